"""How far a source's tables have moved from their bronze contracts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from medallion.manifest.drafting.difference import Drift, Kind
from medallion.manifest.drafting.drafts import Unreadable
from medallion.manifest.drafting.layout import flow
from medallion.manifest.engines.postgres.bronze_text import bronze_column
from medallion.manifest.engines.postgres.observed import ObservedColumn, ObservedTable
from medallion.manifest.engines.postgres.reading import Reading, reading, type_reading
from medallion.manifest.model import BronzeTable, Column
from medallion.manifest.widening import becomes

type Fits = Callable[[str, str], bool]


def drift(contracts: Iterable[BronzeTable], observed: Iterable[ObservedTable], fits: Fits) -> tuple[Drift, ...]:
    """All differences of one source.

    Args:
        contracts: The bronze tables of the source.
        observed: All that it has.
        fits: Whether the reader takes values of one Spark type for another without loss.
    """
    there = {table.object: table for table in observed}
    return tuple(found for contract in contracts for found in _table(contract, there, fits))


def _table(contract: BronzeTable, there: Mapping[str | None, ObservedTable], fits: Fits) -> Iterator[Drift]:
    def of_table(kind: Kind, detail: str) -> Drift:
        return Drift(contract=contract.contract, table=contract.name, column=None, kind=kind, stops=True, detail=detail)

    table = there.get(contract.object)
    if table is None:
        near = next((name for name in there if name and name.lower() == contract.object.lower()), None)
        told = f"; there is {near}, for which physicalName: {near} would be right" if near else ""
        yield of_table(
            "gone", f"{contract.object} is not there any more{told}. Its rows stay in the lake; to end it take its contracts away"
        )
        return
    if not table.readable:
        yield of_table("forbidden", f"the login may not read {table.full_name} any more: GRANT SELECT on it")
        return
    yield from _columns(contract, table, fits)
    key_there = all(any(column.name == name for column in table.columns) for name in contract.key)
    if contract.key and key_there and table.key_origin == "the primary key" and set(table.key) != set(contract.key):
        yield of_table(
            "key",
            f"the key is ({', '.join(table.key)}) and was ({', '.join(contract.key)}): rows would be merged by the wrong one. "
            f"A key never changes: make {contract.object}_v2 beside it with the new one",
        )


def _columns(contract: BronzeTable, table: ObservedTable, fits: Fits) -> Iterator[Drift]:
    observed = {column.name: column for column in table.columns}
    known = {column.name for column in contract.columns}
    added = [column for column in table.columns if column.name not in known]
    for column in contract.columns:
        now = observed.get(column.name)
        if now is None:
            missing, new_name = _missing(contract, column, table, added)
            added = [other for other in added if other.name != new_name]
            yield missing
        elif not now.readable:
            yield _drift(contract, column.name, "forbidden", stops=True, detail="the login may not read it any more: GRANT SELECT on it")
        else:
            yield from _changed(contract, column, now, table, fits)
    for new in added:
        try:
            line = _line(table, new, reading(new, known), contract.key)
        except Unreadable as error:
            yield _drift(contract, new.name, "added", stops=False, detail=f"{new.type}; not read, and can't be: {error}")
        else:
            yield _drift(contract, new.name, "added", stops=False, detail=f"{new.type}; not read until the contract has it", accept=line)


def _missing(contract: BronzeTable, column: Column, table: ObservedTable, added: list[ObservedColumn]) -> tuple[Drift, str | None]:
    """A column that is gone, or more likely has another name, and that name: of the same type, in the same place or called alike."""
    place = [one.name for one in contract.columns].index(column.name)
    scores: list[tuple[float, ObservedColumn, Reading]] = []
    for other in added:
        try:
            read = reading(other)
        except Unreadable:
            continue
        if read.spark == column.type:
            alike = SequenceMatcher(None, column.name.lower(), other.name.lower()).ratio()
            same_place = place < len(table.columns) and table.columns[place].name == other.name
            scores.append((alike + (0.5 if same_place else 0.0), other, read))
    best = max(scores, key=lambda score: score[0], default=None)
    in_key = " It is of the key, which never changes: make a new table _v2." if column.name in contract.key else ""
    in_key = in_key or (" It is the watermark: say ingestion: snapshot, or another watermark." if column.name == contract.watermark else "")
    if best is not None and best[0] >= 0.5:
        now = best[1].name
        detail = f"is not there any more; is it {now} now? Name that in its place, in silver too: transformSourceObjects.{in_key}"
        line = _line(table, best[1], best[2], contract.key)
        return _drift(contract, column.name, "renamed", stops=True, detail=detail, accept=line), now
    detail = f"is not there any more: take its line away, in silver too.{in_key}"
    return _drift(contract, column.name, "dropped", stops=True, detail=detail), None


def _changed(contract: BronzeTable, column: Column, now: ObservedColumn, table: ObservedTable, fits: Fits) -> Iterator[Drift]:
    try:
        read = type_reading(now)
    except Unreadable as error:
        yield _drift(contract, column.name, "retyped", stops=True, detail=f"was {column.type}, and can't be read now: {error}")
        return
    line = _line(table, now, read, contract.key)
    if read.spark != column.type:
        if fits(read.spark, column.type):
            detail = f"is {now.type} ({read.spark}) at the source, which fits into {column.type}: nothing needs to be done"
            yield _drift(contract, column.name, "narrowed", stops=False, detail=detail)
        elif becomes(column.type, read.spark):
            detail = f"was {column.type} and is {now.type} ({read.spark}): the table widens with the contract, in silver too"
            yield _drift(contract, column.name, "widened", stops=True, detail=detail, accept=line)
        else:
            detail = (
                f"was {column.type} and is {now.type} ({read.spark}), which no table becomes: make {contract.object}_v2 beside it, "
                "with this line"
            )
            yield _drift(contract, column.name, "retyped", stops=True, detail=detail, accept=line)
    if column.required and not now.required and table.kind in ("table", "partitioned table"):
        watermark = column.name == contract.watermark
        told = "may be null now" + (
            "; a row without the watermark stops the run" if watermark else ": silver refuses such rows if it requires the column"
        )
        if not (column.name in contract.key and column.name not in table.key):
            yield _drift(contract, column.name, "nullable", stops=watermark, detail=told, accept=line)


def _line(table: ObservedTable, column: ObservedColumn, read: Reading, key: tuple[str, ...]) -> tuple[str, ...]:
    return (f"- {flow(bronze_column(table.name, column, read, key))}",)


def _drift(contract: BronzeTable, column: str, kind: Kind, *, stops: bool, detail: str, accept: tuple[str, ...] = ()) -> Drift:
    return Drift(contract=contract.contract, table=contract.name, column=column, kind=kind, stops=stops, detail=detail, accept=accept)


__all__ = ["Drift", "drift"]
