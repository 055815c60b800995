"""The way of the data as a picture: sources at the left, gold at the right, an arrow for each input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medallion.manifest.model import BronzeTable, Manifest, SilverTable
from report.markup import Html, element, join

BOX, TALL, GAP, LANE = 188, 46, 16, 80
MARGIN = 12


@dataclass(frozen=True)
class Node:
    """A box of the picture.

    Attributes:
        id: `source.NAME`, or layer and table.
        layer: source, bronze, silver or gold.
        name: What stands in it.
        lane: Its place from the left.
    """

    id: str
    layer: str
    name: str
    lane: int


@dataclass(frozen=True)
class Graph:
    """The boxes and arrows of a manifest.

    Attributes:
        nodes: Each lane's from top to bottom.
        edges: Pairs of ids: what is made from what.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph_of(manifest: Manifest) -> Graph:
    """The lineage of a manifest's tables, ordered so that few arrows cross."""
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    for table in sorted(manifest.tables(), key=lambda one: ("bronze", "silver", "gold").index(one.layer)):
        id = f"{table.layer}.{table.name}"
        if isinstance(table, BronzeTable):
            source = f"source.{table.source}"
            nodes.setdefault(source, Node(source, "source", table.source, 0))
            origins = [source]
        elif isinstance(table, SilverTable):
            origins = [f"bronze.{table.input}"]
        else:
            origins = [f"{layer}.{name}" for name in table.inputs for layer in ("silver", "gold") if f"{layer}.{name}" != id]
        found = [origin for origin in origins if origin in nodes]
        least = {"bronze": 1, "silver": 2, "gold": 3}[table.layer]
        nodes[id] = Node(id, table.layer, table.name, max([least, *(nodes[origin].lane + 1 for origin in found)]))
        edges += [(origin, id) for origin in found]
    return Graph(_ordered(nodes, edges), tuple(edges))


def _ordered(nodes: Mapping[str, Node], edges: Sequence[tuple[str, str]]) -> tuple[Node, ...]:
    lanes: dict[int, list[str]] = {}
    for node in nodes.values():
        lanes.setdefault(node.lane, []).append(node.id)
    near: dict[str, list[str]] = {id: [] for id in nodes}
    for origin, made in edges:
        near[origin].append(made)
        near[made].append(origin)
    for _ in range(6):
        # Each lane by the mean place of its neighbours, forth and back.
        for number in (*sorted(lanes), *sorted(lanes, reverse=True)):
            place = {id: index / max(len(lane) - 1, 1) for lane in lanes.values() for index, id in enumerate(lane)}
            lanes[number].sort(key=lambda node: sum(place[other] for other in near[node]) / len(near[node]) if near[node] else place[node])
    return tuple(nodes[id] for number in sorted(lanes) for id in lanes[number])


def drawn(graph: Graph, notes: Mapping[str, tuple[str, str]], links: Mapping[str, str]) -> Html:
    """The picture.

    Args:
        graph: What is drawn.
        notes: By node: the line under its name, and `bad`, `warn` or nothing.
        links: By node: the element of the page that tells more.
    """
    lanes: dict[int, list[Node]] = {}
    for node in graph.nodes:
        lanes.setdefault(node.lane, []).append(node)
    tallest = max((len(lane) for lane in lanes.values()), default=0)
    height = tallest * (TALL + GAP) - GAP + 2 * MARGIN
    width = len(lanes) * (BOX + LANE) - LANE + 2 * MARGIN
    places: dict[str, tuple[float, float]] = {}
    for column, number in enumerate(sorted(lanes)):
        free = height - 2 * MARGIN - len(lanes[number]) * (TALL + GAP) + GAP
        for row, node in enumerate(lanes[number]):
            places[node.id] = (MARGIN + column * (BOX + LANE), MARGIN + free / 2 + row * (TALL + GAP))
    names = ", ".join(f"{origin} to {made}" for origin, made in graph.edges)
    return element(
        "svg",
        element("title", "Lineage of the tables"),
        element("desc", f"Each arrow is an input: {names}"),
        *(_edge(places, *edge) for edge in graph.edges),
        *(_box(node, *places[node.id], *notes.get(node.id, ("", "")), links.get(node.id)) for node in graph.nodes),
        viewbox=f"0 0 {width} {height:g}",
        width=width,
        height=height,
        role="group",
        aria_label="Lineage of the tables",
        class_="lineage",
        id="graph",
    )


def _edge(places: Mapping[str, tuple[float, float]], origin: str, made: str) -> Html:
    x1, y1, x2, y2 = places[origin][0] + BOX, places[origin][1] + TALL / 2, places[made][0], places[made][1] + TALL / 2
    bend = max((x2 - x1) / 2, 24)
    path = f"M{x1:g},{y1:g} C{x1 + bend:g},{y1:g} {x2 - bend:g},{y2:g} {x2 - 5:g},{y2:g}"
    tip = f"M{x2 - 7:g},{y2 - 4:g} L{x2:g},{y2:g} L{x2 - 7:g},{y2 + 4:g} Z"
    data = {"data_from": origin, "data_to": made}
    return join(element("path", d=path, class_="edge", **data), element("path", d=tip, class_="tip", **data))


def _box(node: Node, x: float, y: float, note: str, level: str, link: str | None) -> Html:
    cut = node.name if len(node.name) <= 24 else f"{node.name[:23]}…"
    inside = join(
        element("title", f"{node.layer} {node.name}{f': {note}' if note else ''}"),
        element("rect", x=x, y=y, width=BOX, height=TALL, rx=6),
        element("rect", x=x, y=y, width=4, height=TALL, rx=2, class_="band"),
        element("text", cut, x=x + 14, y=y + (19 if note else 28), class_="title"),
        element("text", note, x=x + 14, y=y + 36, class_=f"note {level}") if note else None,
    )
    held = element("a", inside, href=f"#{link}", aria_label=f"{node.layer} {node.name}: its columns") if link else inside
    return element("g", held, class_=f"node {node.layer} {level}".rstrip(), data_node=node.id)
