"""The steps of a run, each one value: what it is called, which layer it writes, which job does it, and what it reads and writes."""

from collections.abc import Collection, Mapping, Sequence

from medallion.manifest.frozen import Frozen
from medallion.manifest.model import BronzeTable, GoldTable, Product, SilverTable
from medallion.manifest.names import JobName, Layer, Names, StepName, without_history


class Kind(Frozen):
    """What is the same of a step in every product.

    Attributes:
        name: In outcomes, in what runs leave, and in the ids of tasks.
        job: The job that does it, without the prefix.
        layer: The layer that it writes; None for the contracts and who may see what, which are of all.
    """

    name: StepName
    job: JobName
    layer: Layer | None = None


# What a release closes is closed before its contracts change a table, and what it opens is opened after.
TIGHTEN_ACCESS = Kind(name="tighten-access", job="apply-access")
APPLY_CONTRACTS = Kind(name="apply-contracts", job="apply-contracts")
OPEN_ACCESS = Kind(name="open-access", job="apply-access")
INGEST = Kind(name="ingest", job="ingest", layer="bronze")
REFINE = Kind(name="refine", job="refine", layer="silver")
AGGREGATE = Kind(name="aggregate", job="aggregate", layer="gold")
# In the order in which a run does them.
KINDS = (TIGHTEN_ACCESS, APPLY_CONTRACTS, OPEN_ACCESS, INGEST, REFINE, AGGREGATE)
OF_LAYER: Mapping[Layer, Kind] = {kind.layer: kind for kind in KINDS if kind.layer is not None}


class Step(Frozen):
    """What one job does in a run of a product.

    Attributes:
        kind: What it is.
        source: The source that an ingestion reads; empty for every other step.
        tables: The product's tables that it writes, each after those of its own that it is made from.
    """

    kind: Kind
    source: str = ""
    tables: tuple[BronzeTable | SilverTable | GoldTable, ...] = ()

    @property
    def task(self) -> str:
        """The id of its task in a DAG."""
        name = self.kind.name.replace("-", "_")
        return f"{name}_{self.source}" if self.source else name

    def job(self, names: Names) -> str:
        """The Glue job that does it."""
        return names.job(self.kind.job, self.source)

    @property
    def reads(self) -> frozenset[str]:
        """Plain names of the tables that its own are made from or refer to."""
        return frozenset(name for table in self.tables for name in inputs_of(table))

    def is_before(self, other: "Step") -> bool:
        """Whether another step of the same product may not begin before this one has ended.

        A layer follows the whole of the one below; within a layer, a step follows those whose tables it reads.
        """
        place, others = KINDS.index(self.kind), KINDS.index(other.kind)
        if place != others:
            return place < others
        return self != other and not other.reads.isdisjoint(table.name for table in self.tables)


def steps_of(product: Product, *, governed: bool) -> tuple[Step, ...]:
    """The steps of a product's run, each after those that it waits for.

    Args:
        product: The product.
        governed: Whether Lake Formation decides who sees what.

    Raises:
        ValueError: Two sources have tables that are made from tables of the other.
    """
    ingestions = [
        Step(kind=INGEST, source=source, tables=tuple(table for table in product.bronze if table.source == source))
        for source in product.sources
    ]
    others = [Step(kind=kind, tables=tables) for kind, tables in ((REFINE, product.silver), (AGGREGATE, product.gold)) if tables]
    return (*first_steps(governed=governed), *in_order(ingestions), *others)


def first_steps(*, governed: bool) -> tuple[Step, ...]:
    """What brings the tables to a release, before any is written."""
    kinds = (TIGHTEN_ACCESS, APPLY_CONTRACTS, OPEN_ACCESS) if governed else (APPLY_CONTRACTS,)
    return tuple(Step(kind=kind) for kind in kinds)


def before(step: Step, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that one waits for and that no other of those waits for; of the layer below all of them, as each may fail alone."""
    earlier = [other for other in steps if other.is_before(step)]

    def is_awaited(other: Step, later: Step) -> bool:
        return other.is_before(later) and (other.kind != later.kind or other.kind == step.kind)

    return tuple(other for other in earlier if not any(is_awaited(other, later) for later in earlier))


def step_of(table: BronzeTable | SilverTable | GoldTable) -> Step:
    """The step that writes a table, with nothing of what else it writes."""
    return Step(kind=OF_LAYER[table.layer], source=table.source if isinstance(table, BronzeTable) else "", tables=(table,))


def jobs(names: Names, sources: Sequence[str], layers: Collection[Layer] = tuple(OF_LAYER), *, governed: bool) -> tuple[str, ...]:
    """The Glue jobs of a lake, in the order in which a run starts them.

    Args:
        names: The environment's names.
        sources: The lake's sources.
        layers: The layers that it has tables in.
        governed: Whether Lake Formation decides who sees what.
    """
    ingestions = (Step(kind=INGEST, source=source) for source in sources)
    others = (Step(kind=kind) for layer, kind in OF_LAYER.items() if kind != INGEST and layer in layers)
    return tuple(dict.fromkeys(step.job(names) for step in (*first_steps(governed=governed), *ingestions, *others)))


def inputs_of(table: BronzeTable | SilverTable | GoldTable) -> tuple[str, ...]:
    """Plain names of the tables that a table is made from or refers to."""
    match table:
        case BronzeTable():
            return (table.extraction.documents,) if table.extraction is not None else ()
        case SilverTable():
            return (table.input, *(reference.table for reference in table.references))
        case GoldTable():
            return tuple(map(without_history, table.inputs))


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps of one kind, each after those whose tables it reads."""
    ordered: list[Step] = []
    waiting = list(steps)
    while waiting:
        ready = next((step for step in waiting if not any(other.is_before(step) for other in waiting)), None)
        if ready is None:
            raise ValueError(f"{' and '.join(step.task for step in waiting)} would wait for each other")
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)
