"""The parts of the page that are tables: what came in, what was refused, checks, times, runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from medallion.manifest.model import SilverTable
from medallion.manifest.steps import KINDS, REFINE
from report.chart import spark
from report.facts import COUNTS, Facts, RuleResult, TableRun
from report.markup import Html, Piece, element, join
from report.story import STEPS, last_attempts, newest_outcomes, newest_runs
from report.visible import Cell, cells, error_text, open_columns
from report.words import count, duration, moment, plural

_LAYER: Mapping[str, str] = {kind.name: kind.layer for kind in KINDS if kind.layer is not None}


def section(id: str, title: str, intro: str, *content: Piece) -> Html:
    """A part of the page with its heading."""
    return element("section", element("h2", title), element("p", intro, class_="intro"), *content, id=id)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Piece]], *, numbers: Iterable[int] = ()) -> Html:
    """A table that can be sorted by its columns.

    Args:
        caption: What it holds, for those who hear the page.
        head: The names of its columns.
        rows: Its cells; the first of a row is the row's own heading.
        numbers: The columns that hold numbers.
    """
    right = set(numbers)
    headings = [element("th", name, scope="col", class_="number" if place in right else None) for place, name in enumerate(head)]
    lines = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_="number" if place in right else None) for place, cell in enumerate(row[1:], 1)),
        )
        for row in rows
    ]
    body = join(element("caption", caption), element("thead", element("tr", *headings)), element("tbody", *lines))
    return element("div", element("table", body, class_="sortable"), class_="wide", tabindex=0, role="region", aria_label=caption)


def arrivals(facts: Facts) -> Html:
    """Rows of the newest run of each product, by table."""
    newest = newest_outcomes(facts)
    intro = (
        "Each table of the newest run. A row that silver reads is merged, superseded by a newer one of the same batch, stale, unchanged or refused; "
        "deletions are counted apart. A run that finds nothing new leaves no record."
    )
    if not newest:
        return section("arrivals", "What came in", "Nothing was recorded yet.")
    used = [name for name in COUNTS if any(name in one.rows for one in newest)]
    rows = [
        (_table_name(one.table), _layer(one.step), _outcome(one.outcome), *(_rows(one, name) for name in used), _bar(one)) for one in newest
    ]
    shown = table(
        "Rows of the newest run by table",
        ("table", "layer", "outcome", *(_head(name) for name in used), "share"),
        rows,
        numbers=range(3, 3 + len(used)),
    )
    return section("arrivals", "What came in", intro, shown)


def refusals(facts: Facts) -> Html:
    """What is in quarantine, by table and rule, with examples that hide what is not everybody's."""
    if not facts.refusals:
        return section("quarantine", "Quarantine", "No row is in quarantine." if facts.runs else "Nothing has run yet.")
    tables = {one.name: one for one in facts.manifest.tables("silver") if isinstance(one, SilverTable)}
    most = max(one.rows for one in facts.refusals)
    parts: list[Html] = []
    for name in dict.fromkeys(one.table for one in facts.refusals):
        shown = open_columns(facts.manifest, tables[name]) if name in tables else frozenset()
        rules = []
        for one in facts.refusals:
            if one.table != name:
                continue
            head = join(element("code", one.rule), element("span", plural(one.rows, "row"), class_="count"), _meter(one.rows / most))
            examples = [cells(example.row, shown) for example in one.examples]
            rules.append(element("details", element("summary", head), _examples(one.rule, [found for found in examples if found])))
        parts.append(element("div", element("h3", name), *rules, class_="refused"))
    intro = (
        "Rows that silver refused, by the rule that they broke; a row that broke two counts in both. Open a rule for examples: "
        "only columns that the contracts call public or internal are shown."
    )
    return section("quarantine", "Quarantine", intro, *parts)


def _examples(rule: str, rows: Sequence[tuple[Cell, ...]]) -> Html:
    if not rows:
        return element("p", "No example can be shown.", class_="intro")
    names = list(dict.fromkeys(cell.column for row in rows for cell in row))
    about = rule.partition(".")[0]
    head = [element("th", name, scope="col", class_="about" if name == about else None) for name in names]
    lines = []
    for row in rows:
        held = {cell.column: cell for cell in row}
        lines.append(element("tr", *(_example(held.get(name), name == about) for name in names)))
    body = join(element("caption", f"Rows that broke {rule}"), element("thead", element("tr", *head)), element("tbody", *lines))
    return element("div", element("table", body), class_="wide", tabindex=0, role="region", aria_label=f"Rows that broke {rule}")


def _example(cell: Cell | None, about: bool) -> Html:
    if cell is None:
        return element("td", "", class_="none")
    if cell.text is None:
        return element("td", "hidden", class_="hidden", title="not public or internal by contract")
    return element("td", cell.text, class_=" ".join(name for name, worn in (("none", cell.null), ("about", about)) if worn) or None)


def checks(facts: Facts) -> Html:
    """The newest result of each rule, those that found something first."""
    found: dict[tuple[str, str], list[RuleResult]] = {}
    for one in facts.checks:
        found.setdefault((one.table, one.rule), []).append(one)
    if not found:
        return section("checks", "Checks", "No rule has been checked yet.")
    newest = sorted(found.values(), key=lambda results: (-results[0].failed, results[0].table, results[0].rule))
    held = sum(results[0].failed == 0 for results in newest)
    made = [
        (
            join(_table_name(results[0].table), " ", element("code", results[0].rule)),
            _severity(results[0]),
            count(results[0].checked),
            count(results[0].failed),
            _share(results[0]),
            spark([one.failed for one in reversed(results[:20])], "rows that broke it", bad=results[0].failed > 0),
        )
        for results in newest
    ]
    intro = f"{held} of {plural(len(newest), 'rule')} found nothing wrong when they were last checked."
    head = ("rule", "severity", "checked", "failed", "share", "over the runs")
    broken, kept = made[: len(made) - held], made[len(made) - held :]
    shown = table("Rules that rows broke", head, broken, numbers=(2, 3, 4)) if broken else None
    name = "Rules that nothing broke"
    rest = element("details", element("summary", f"{name}: {held}"), table(name, head, kept, numbers=(2, 3, 4))) if kept else None
    return section("checks", "Checks", intro, shown, rest)


def timings(facts: Facts) -> Html:
    """How long each table took: the newest run as bars in time, and all runs as a line."""
    newest = [one for one in newest_outcomes(facts) if one.outcome != "skipped"]
    if not newest:
        return section("timings", "Timings", "Nothing was recorded yet.")
    begin = min(one.started_at for one in newest)
    total = max((max(one.finished_at for one in newest) - begin).total_seconds(), 0.1)
    history: dict[tuple[str, str], list[float]] = {}
    for run in dict.fromkeys(one.run_id for one in facts.runs):
        for one in last_attempts(other for other in facts.runs if other.run_id == run and other.outcome != "skipped"):
            history.setdefault((one.step, one.table), []).append(one.seconds)
    rows = []
    for one in sorted(newest, key=lambda one: (one.started_at, one.table)):
        left, wide = (one.started_at - begin).total_seconds() / total, one.seconds / total
        past = history[one.step, one.table]
        rows.append(
            (
                _table_name(one.table),
                element("span", one.step),
                duration(one.seconds),
                _span(left, wide, _LAYER[one.step]),
                spark(list(reversed(past)), "seconds"),
            )
        )
    steps = []
    for step in STEPS:
        of_step = [one for one in newest if one.step == step]
        if of_step:
            took = max(one.finished_at for one in of_step) - min(one.started_at for one in of_step)
            steps.append(f"{step} {duration(took / timedelta(seconds=1))}")
    intro = f"From the first table's beginning to the last one's end {duration(total)}: {', '.join(steps)}. Starting Spark comes on top."
    return section(
        "timings",
        "Timings",
        intro,
        table("Times of the newest run", ("table", "step", "took", "when", "over the runs"), rows, numbers=(2,)),
    )


def history(facts: Facts) -> Html:
    """All runs, each with what it did to every table."""
    if not facts.runs:
        return section("runs", "Runs", "Nothing has run yet.")
    newest = set(newest_runs(facts))
    parts = []
    for run in dict.fromkeys(one.run_id for one in facts.runs):
        outcomes = last_attempts(one for one in facts.runs if one.run_id == run)
        parts.append(_run(run, outcomes, newest=run in newest))
    intro = f"The newest {plural(len(parts), 'run') if len(parts) > 1 else 'run'} that changed something or failed, with what a person decided in between."
    return section("runs", "Runs", intro, *parts)


def _run(run: str, outcomes: Sequence[TableRun], *, newest: bool) -> Html:
    failed, skipped = (sum(one.outcome == outcome for one in outcomes) for outcome in ("failed", "skipped"))
    begin, end = min(one.started_at for one in outcomes), max(one.finished_at for one in outcomes)
    state = f"{failed} failed{f', {skipped} skipped' if skipped else ''}" if failed or skipped else "all well"
    told = join(
        element("span", moment(begin), class_="when"),
        element("span", state, class_="bad" if failed or skipped else "good"),
        element("span", f"{plural(len(outcomes), 'table')}, {duration((end - begin).total_seconds())}", class_="count"),
        element("code", run),
    )
    used = [name for name in COUNTS if any(name in one.rows for one in outcomes)]
    rows = [
        (_table_name(one.table), one.step, _outcome(one.outcome), *(_rows(one, name) for name in used), duration(one.seconds), _why(one))
        for one in outcomes
    ]
    head = ("table", "step", "outcome", *(_head(name) for name in used), "took", "why")
    shown = table(f"Tables of run {run}", head, rows, numbers=range(3, 4 + len(used)))
    return element("details", element("summary", told), shown, open=newest and bool(failed))


def _why(one: TableRun) -> str:
    return error_text(one.error) if one.error else one.reason or ""


def _head(name: str) -> str:
    return "refused" if name == "quarantined" else name


def _rows(one: TableRun, name: str) -> Html | None:
    if name not in one.rows:
        return None
    return element("span", count(one.rows[name]), class_="zero" if one.rows[name] == 0 else "bad" if name == "quarantined" else None)


def _bar(one: TableRun) -> Html | None:
    """A refined table's rows as one bar, in parts."""
    read = one.rows.get("read", 0)
    if one.step != REFINE.name or not read:
        return None
    parts = [(name, one.rows.get(name, 0)) for name in ("merged", "unchanged", "superseded", "stale", "quarantined")]
    told = ", ".join(f"{_head(name)} {rows / read:.1%}" for name, rows in parts if rows)
    x, drawn = 0.0, []
    for name, rows in parts:
        # Whatever is there can be seen.
        wide = max(100 * rows / read, 2.0 if rows else 0)
        drawn.append(element("rect", x=min(x, 98.0), y=0, width=wide, height=8, class_=name))
        x += wide
    return element(
        "svg", element("title", told), *drawn, viewbox="0 0 100 8", preserveAspectRatio="none", class_="parts", role="img", aria_label=told
    )


def _meter(share: float) -> Html:
    return element(
        "svg",
        element("rect", x=0, y=0, width=max(100 * share, 2), height=6, class_="quarantined"),
        viewbox="0 0 100 6",
        class_="meter",
        aria_hidden="true",
    )


def _span(left: float, wide: float, layer: str) -> Html:
    x = min(max(100 * left, 0), 99)
    bar = element("rect", x=x, y=0, width=min(max(100 * wide, 1), 100 - x), height=8, class_=layer)
    return element("svg", bar, viewbox="0 0 100 8", preserveAspectRatio="none", class_="parts", aria_hidden="true")


def _table_name(full: str) -> Html:
    database, _, name = full.partition(".")
    return element("span", name, title=f"{database}.{name}", class_="table")


def _layer(step: str) -> Html:
    return element("span", _LAYER.get(step, step), class_=f"layer {_LAYER.get(step, '')}")


def _outcome(outcome: str) -> Html:
    return element("span", outcome, class_={"failed": "bad", "skipped": "warn"}.get(outcome, "good"))


def _severity(one: RuleResult) -> Html:
    return element("span", one.severity, class_=("bad" if one.severity == "error" else "warn") if one.failed else None)


def _share(one: RuleResult) -> str:
    if not one.checked or not one.failed:
        return "0 %"
    share = 100 * one.failed / one.checked
    return f"{share:.2f} %" if share >= 0.01 else "< 0.01 %"
