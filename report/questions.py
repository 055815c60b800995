"""What is asked of Athena for a report, a handful of queries whatever the number of tables, and what the answers mean."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from medallion.manifest import standard_sql
from medallion.manifest.model import GoldTable, Manifest
from medallion.manifest.names import QUARANTINE_SUFFIX, Names
from report.facts import COUNTS, Point, Refusal, RefusedRow, RuleResult, TableRun
from report.picture import BARS, BINS, Picture

RUNS = 20
ROWS = 5000
EXAMPLES = 3
# A decade of days.
POINTS = 3653
HIDDEN_ERROR = "The cause is hidden, as it may quote values."

type Row = Sequence[Any]


def runs_query(names: Names, hidden: Collection[str] = ()) -> str:
    """The outcomes of the newest runs.

    Args:
        names: What tables are called.
        hidden: Those of `QUOTING` that may not be asked for; `HIDDEN_ERROR` stands for an error.
    """
    error = f"CASE WHEN outcome = 'failed' THEN {standard_sql.text(HIDDEN_ERROR)} END AS error" if "error" in hidden else "error"
    reason = "CAST(NULL AS varchar) AS reason" if "reason" in hidden else "reason"
    counts = ", ".join(f"element_at(row_counts, '{name}') AS rows_{name}" for name in COUNTS)
    return (
        f"SELECT run_id, product, step, table_name, outcome, seconds, {error}, release, to_unixtime(started_at) AS started,"
        f" to_unixtime(finished_at) AS finished, {reason}, {counts}"
        f" FROM {names.database('ops')}.runs WHERE run_id IN ({_newest(names)}) ORDER BY finished_at DESC, table_name LIMIT {ROWS}"
    )


def checks_query(names: Names) -> str:
    """What the rules found in the newest runs."""
    return (
        "SELECT run_id, table_name, rule, severity, checked, failed, to_unixtime(checked_at) AS at"
        f" FROM {names.database('ops')}.quality_results WHERE run_id IN ({_newest(names)}) ORDER BY checked_at DESC, table_name, rule LIMIT {ROWS}"
    )


def refusals_query(names: Names, tables: Sequence[str], hidden: Collection[str] = ()) -> str:
    """The rows that are in the quarantines of some silver tables, counted by rule, with the newest few of each, and counted by table.

    Args:
        names: What tables are called.
        tables: The silver tables.
        hidden: Those of them whose rows may only be counted.
    """
    rows = {table: "CAST(NULL AS varchar)" if table in hidden else "_row" for table in tables}
    parts = [
        f"SELECT {standard_sql.text(table)} AS table_name, rule, {rows[table]} AS _row, to_unixtime(_quarantined_at) AS at,"
        f" row_number() OVER (PARTITION BY rule ORDER BY _quarantined_at DESC, {rows[table]}) AS place, count(*) OVER (PARTITION BY rule) AS total"
        f" FROM {_quarantine(names, table)} CROSS JOIN UNNEST(_rules) AS broken(rule)"
        f" UNION ALL SELECT {standard_sql.text(table)}, NULL, NULL, NULL, 1, count(*) FROM {_quarantine(names, table)}"
        for table in tables
    ]
    return (
        f"SELECT table_name, rule, total, _row, at FROM ({' UNION ALL '.join(parts)}) AS refused WHERE place <= {EXAMPLES}"
        f" ORDER BY table_name, total DESC, rule, place LIMIT {ROWS}"
    )


def points_query(manifest: Manifest, names: Names, pictures: Sequence[Picture]) -> str:
    """The values of all pictures, those of one bounded by what it can hold."""
    tables = {table.name: table for table in manifest.tables("gold") if isinstance(table, GoldTable)}
    parts = [_points(picture, tables[picture.table], names) for picture in pictures]
    return f"SELECT picture, place, measured FROM ({' UNION ALL '.join(parts)}) AS pictures"


def runs_of(rows: Iterable[Row]) -> tuple[TableRun, ...]:
    """The answer to a `runs_query`."""
    return tuple(
        TableRun(
            run_id=row[0],
            product=row[1],
            step=row[2],
            table=row[3],
            outcome=row[4],
            seconds=row[5] or 0.0,
            error=row[6],
            release=row[7] or "",
            started_at=_moment(row[8]),
            finished_at=_moment(row[9]),
            reason=row[10],
            rows={name: value for name, value in zip(COUNTS, row[11:], strict=True) if value is not None},
        )
        for row in rows
    )


def checks_of(rows: Iterable[Row]) -> tuple[RuleResult, ...]:
    """The answer to a `checks_query`."""
    return tuple(
        RuleResult(run_id=row[0], table=row[1], rule=row[2], severity=row[3], checked=row[4], failed=row[5], checked_at=_moment(row[6]))
        for row in rows
    )


def refusals_of(rows: Iterable[Row]) -> tuple[Refusal, ...]:
    """The answer to a `refusals_query`."""
    found: dict[tuple[str, str], Refusal] = {}
    for table, rule, total, row, at in rows:
        if rule is None:
            continue
        before = found.get((table, rule), Refusal(table=table, rule=rule, rows=total))
        example = RefusedRow(row=row or "", refused_at=_moment(at))
        found[table, rule] = before.model_copy(update={"examples": (*before.examples, example)})
    return tuple(found.values())


def quarantined_of(rows: Iterable[Row]) -> dict[str, int]:
    """The answer to a `refusals_query`: how many rows each table has in quarantine."""
    return {table: total for table, rule, total, _, _ in rows if rule is None and total}


def points_of(rows: Iterable[Row]) -> tuple[Point, ...]:
    """The answer to a `points_query`."""
    return tuple(Point(picture=row[0], at=row[1], value=_number(row[2])) for row in rows)


def _newest(names: Names) -> str:
    return f"SELECT run_id FROM {names.database('ops')}.runs GROUP BY run_id ORDER BY max(finished_at) DESC LIMIT {RUNS}"


def _points(picture: Picture, table: GoldTable, names: Names) -> str:
    source = f"{names.database('gold')}.{standard_sql.identifier(table.name)}"
    measure, by = standard_sql.identifier(picture.measure or ""), standard_sql.identifier(picture.by or "")
    measured = f"CAST({measure} AS double)"
    value = "CAST(count(*) AS double)" if picture.measure is None else f"{'avg' if picture.mean else 'sum'}({measured})"
    if picture.kind == "time":
        day = f"CAST({by} AS varchar)" if table.column(picture.by or "").type == "date" else f"date_format({by}, '%Y-%m-%d')"
        grouped = f"SELECT {day} AS place, {value} AS measured FROM {source} WHERE {by} IS NOT NULL GROUP BY {day}"
        ordered = f"{grouped} ORDER BY 1 DESC LIMIT {POINTS}"
    elif picture.kind == "bars":
        name = f"CAST({by} AS varchar)"
        # One more than there is room for tells that there are more.
        ordered = f"SELECT {name} AS place, {value} AS measured FROM {source} GROUP BY {name} ORDER BY 2 DESC LIMIT {BARS + 1}"
    else:
        ordered = _spread(source, measure, measured)
    return f"SELECT {picture.number} AS picture, place, measured FROM ({ordered}) AS picture_{picture.number}"


def _spread(source: str, measure: str, measured: str) -> str:
    # What lies beyond the last of a hundred parts would press all others into one bar.
    ends = f"SELECT min({measured}) AS low, approx_percentile({measured}, 0.99) AS high FROM {source}"
    bar = f"CAST(floor((least({measured}, high) - low) * {BINS} / (high - low + 1e-9)) AS bigint)"
    begin = f"low + {bar} * (high - low) / {BINS}"
    bars = (
        f"SELECT {begin} AS begins, count(*) AS held FROM {source} CROSS JOIN ({ends}) AS ends WHERE {measure} IS NOT NULL GROUP BY {begin}"
    )
    return (
        "SELECT CAST(CAST(begins AS decimal(38,6)) AS varchar) AS place, CAST(held AS double) AS measured"
        f" FROM ({bars}) AS bars ORDER BY begins LIMIT {BINS + 1}"
    )


def _quarantine(names: Names, table: str) -> str:
    return f"{names.database('silver')}.{standard_sql.identifier(table + QUARANTINE_SUFFIX)}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _number(value: Any) -> float | None:
    return float(value) if value is not None else None
