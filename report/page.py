"""The page itself: one file that asks for nothing when it is opened."""

import hashlib
from base64 import b64encode
from datetime import date
from pathlib import Path

from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.lineage import Lineage, Place
from medallion.manifest.model import BronzeTable, GoldTable, SilverTable
from report.access import TITLE, access
from report.chart import DAYS, bars, over_time, spread
from report.extraction.questions import extracted
from report.extraction.section import texts
from report.facts import Facts
from report.graph import drawn, graph_of
from report.markup import Html, Piece, element, join
from report.picture import BARS, TABLES, Picture, pictured, pictures
from report.sections import arrivals, checks, history, refusals, section, timings
from report.story import Story, newest_outcomes, standing_failures, story
from report.words import moment, plural, short

type LakeTable = BronzeTable | SilverTable | GoldTable

_HERE = Path(__file__).parent
PARTS = (
    ("arrivals", "What came in"),
    ("gold", "Gold"),
    ("texts", "Rows from texts"),
    ("quarantine", "Quarantine"),
    ("checks", "Checks"),
    ("timings", "Timings"),
    ("lineage", "Lineage"),
    ("access", TITLE),
    ("runs", "Runs"),
)


def page(facts: Facts) -> str:
    """The report as an HTML document."""
    style, script = (_HERE / "page.css").read_text(encoding="utf-8"), (_HERE / "page.js").read_text(encoding="utf-8")
    title = f"{facts.manifest.lake}, {facts.environment}"
    told = story(facts)
    # Even if text of a table became code, it would not be run: only what has these hashes is.
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("title", f"{told.headline} · {title}"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element("a", "To the content", href="#content", class_="skip"),
        _top(facts, told),
        element(
            "main",
            _problems(facts, told),
            arrivals(facts),
            _gold(facts),
            texts(facts),
            refusals(facts),
            checks(facts),
            timings(facts),
            _lineage(facts),
            access(facts),
            history(facts),
            id="content",
        ),
        element(
            "footer",
            element(
                "p",
                f"Written by lake report on {moment(facts.written_at)} UTC from {facts.names.database('ops')}, the quarantines, the gold tables, what models extracted and the contracts of release {facts.release}. Times are UTC.{_asked_as(facts)}",
            ),
        ),
        element("script", Html(script)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _asked_as(facts: Facts) -> str:
    if facts.persona is None:
        return ""
    return f" Athena was asked as {facts.persona}" + (f", who does not see {', '.join(facts.hidden)}." if facts.hidden else ".")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _top(facts: Facts, told: Story) -> Html:
    newest = newest_outcomes(facts)
    when = f"The newest run began on {moment(min(one.started_at for one in newest))} UTC." if newest else "Next: lake run"
    absent = {id for id, there in (("texts", extracted(facts.manifest)), ("access", facts.access)) if not there}
    shown = [(id, name) for id, name in PARTS if id not in absent]
    links = [element("a", name, href=f"#{id}") for id, name in shown]
    return element(
        "header",
        element(
            "p",
            element("strong", facts.manifest.lake),
            element("span", facts.environment, class_="tag"),
            element("span", f"release {facts.release}"),
            element("span", facts.names.region),
            element("span", moment(facts.written_at)),
            class_="context",
        ),
        element("h1", told.headline),
        element("p", when, class_="when"),
        element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in told.figures), class_="figures")
        if told.figures
        else None,
        element("nav", *links, aria_label="Parts of the page"),
    )


def _problems(facts: Facts, told: Story) -> Html:
    if not told.problems:
        calm = "Nothing failed, and no row is in quarantine." if facts.runs else "There is nothing to look at yet."
        return element("section", element("h2", "To look at"), element("p", calm, class_="calm"), id="problems")
    listed = [
        element(
            "li",
            element("strong", problem.what),
            element("p", problem.detail) if problem.detail else None,
            element("p", *_commands(problem.advice), class_="advice") if problem.advice else None,
            class_=problem.level,
        )
        for problem in told.problems[:30]
    ]
    more = len(told.problems) - len(listed)
    return element(
        "section",
        element("h2", "To look at"),
        element("ul", *listed, class_="problems"),
        element("p", f"and {more} more") if more else None,
        id="problems",
    )


def _commands(text: str) -> list[Piece]:
    return [element("code", part) if place % 2 else part for place, part in enumerate(text.split("`"))]


def _gold(facts: Facts) -> Html:
    golden = [table for table in facts.manifest.tables("gold") if isinstance(table, GoldTable)]
    if not golden:
        return section("gold", "Gold", "This lake has no gold tables.")
    chosen = pictures(facts.manifest, facts.names, facts.there)
    shown = pictured(facts.manifest, facts.names, facts.there)
    cards = []
    for table in golden:
        if table not in shown and f"{facts.names.database('gold')}.{table.name}" in facts.there:
            continue
        mine = [drawing for picture in chosen if picture.table == table.name and (drawing := _picture(facts, picture)) is not None]
        if not mine:
            known = any(picture.table == table.name for picture in chosen)
            absent = f"{facts.names.database('gold')}.{table.name}" not in facts.there
            why = (
                "It is not there yet."
                if absent
                else "It is empty."
                if known
                else "None of its columns that everybody may see can be drawn."
            )
            mine = [element("p", why, class_="intro")]
        about = element("p", table.description, class_="intro") if table.description else None
        cards.append(element("article", element("h3", table.name), about, *mine, class_="card"))
    left = len(golden) - len(cards)
    intro = "The tables that people ask for, drawn from what they hold now."
    return section(
        "gold",
        "Gold",
        intro + (f" {left} more than the {TABLES} that have room are left out." if left else ""),
        element("div", *cards, class_="cards"),
    )


def _picture(facts: Facts, picture: Picture) -> Html | None:
    points = [(point.at, point.value) for point in facts.points if point.picture == picture.number and point.value is not None]
    if not points:
        return None
    what, note = f"{picture.table}: {picture.title}", ""
    if picture.kind == "time":
        days = sorted((date.fromisoformat(at), value) for at, value in points if at)
        if not days:
            return None
        drawing = over_time(days, what)
        values = [value for _, value in days]
        together = f"mean {short(sum(values) / len(values))}" if picture.mean else f"sum {short(sum(values))}"
        note = f"{'days, and the mean of a week · ' if len(days) > DAYS else ''}highest {short(max(values))}, {together}"
    elif picture.kind == "bars":
        named = sorted(((at or "no name", value) for at, value in points), key=lambda one: -one[1])
        drawing = bars(named[:BARS], what)
        note = f"the {BARS} greatest" if len(named) > BARS else ""
    else:
        drawing = spread(sorted((float(at), value) for at, value in points if at), what)
    caption = element("figcaption", element("span", picture.title), element("span", note, class_="count") if note else None)
    return element("figure", caption, drawing)


def _lineage(facts: Facts) -> Html:
    if not any(True for _ in facts.manifest.tables()):
        return section("lineage", "Lineage", "There are no contracts.")
    graph = graph_of(facts.manifest)
    links = {f"{table.layer}.{table.name}": _anchor(table) for table in facts.manifest.tables()}
    picture = element(
        "div", drawn(graph, _notes(facts), links), class_="wide canvas", tabindex=0, role="region", aria_label="Lineage of the tables"
    )
    known = lineage(facts.manifest)
    details = [_columns(table, known) for table in facts.manifest.tables()]
    intro = "What is made from what. Choose a table to see its way, its columns, and where each of them goes."
    return section("lineage", "Lineage", intro, picture, element("div", *details, class_="columns"))


def _notes(facts: Facts) -> dict[str, tuple[str, str]]:
    layers = {facts.names.database(layer): layer for layer in ("bronze", "silver", "gold")}
    found: dict[str, tuple[str, str]] = {}
    for one in newest_outcomes(facts):
        database, _, name = one.table.partition(".")
        refused = one.rows.get("quarantined", 0)
        told = f"{short(one.rows['read'])} read" if "read" in one.rows else one.outcome
        found[f"{layers.get(database, database)}.{name}"] = (f"{told}, {short(refused)} refused", "warn") if refused else (told, "")
    for one in standing_failures(facts):
        database, _, name = one.table.partition(".")
        found[f"{layers.get(database, database)}.{name}"] = (one.outcome, "bad" if one.outcome == "failed" else "warn")
    return found


def _anchor(table: LakeTable) -> str:
    return f"table-{table.layer}-{table.name}"


def _columns(table: LakeTable, known: Lineage) -> Html:
    own = f"{table.layer}.{table.name}"
    lines = []
    for column in table.columns:
        goes = [place for place in known.made_from(Place(own, column.name)) if place.column is not None]
        told = join(
            *(
                join(element("wbr") if number else None, element("code", str(place), class_="goes"))
                for number, place in enumerate(goes[:12])
            )
        )
        lines.append(
            element(
                "tr",
                element("th", element("code", column.name), scope="row"),
                element("td", element("code", column.type)),
                element("td", element("span", column.classification, class_=f"class {column.classification}")),
                element("td", element("code", column.expression) if column.expression else None),
                element("td", told, f" and {len(goes) - 12} more" if len(goes) > 12 else None),
            )
        )
    head = element("tr", *(element("th", name, scope="col") for name in ("column", "type", "class", "made by", "goes into")))
    body = join(element("caption", f"Columns of {own}"), element("thead", head), element("tbody", *lines))
    rest = join(
        element("p", table.description, class_="intro") if table.description else None,
        element("p", _facts_of(table), class_="intro"),
        element("div", element("table", body), class_="wide", tabindex=0, role="region", aria_label=f"Columns of {own}"),
    )
    head_line = join(
        element("span", table.layer, class_=f"layer {table.layer}"),
        " ",
        element("strong", table.name),
        element("span", plural(len(table.columns), "column"), class_="count"),
    )
    return element("details", element("summary", head_line), rest, id=_anchor(table))


def _facts_of(table: LakeTable) -> str:
    match table:
        case BronzeTable():
            return f"Read from {table.source} ({table.object}) by {table.mode}{f', watermark {table.watermark}' if table.watermark else ''}. {table.contract}, version {table.version}."
        case SilverTable():
            refers = f" Refers to {', '.join(reference.table for reference in table.references)}." if table.references else ""
            return f"Made from {table.input}, key {', '.join(table.key)}, {plural(len(table.rules), 'rule')}.{refers} {table.contract}, version {table.version}."
        case GoldTable():
            return f"Made by SQL from {', '.join(table.inputs)}{f', key {", ".join(table.key)}' if table.key else ''}. {table.contract}, version {table.version}."
