"""What changes between two manifests, and whether readers and tables survive it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from medallion.manifest.engines.registry import way_of
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import BronzeTable, Classification, Column, GoldTable, Manifest, SilverTable
from medallion.manifest.names import history_table
from medallion.manifest.widening import becomes

type AnyTable = BronzeTable | SilverTable | GoldTable
Kind = Literal["added", "dropped", "type", "required", "unique", "key", "partition", "origin", "values", "rule", "ingestion", "history"]
type _Maker = Callable[[Kind, bool, str], "Change"]

_OPENNESS: tuple[Classification, ...] = ("restricted", "confidential", "internal", "public")


class Change(Frozen):
    """One difference that a table or its readers notice.

    Attributes:
        table: Layer and name, such as `silver.orders`.
        column: None where it is about the table.
        kind: What it is about.
        breaking: Whether it needs a new table beside the old one.
        detail: What was and what would be, for people.
    """

    table: str
    column: str | None
    kind: Kind
    breaking: bool
    detail: str


class AccessChange(Frozen):
    """A column that more or fewer readers may see.

    Attributes:
        table: Layer and name.
        column: The column.
        before: Its classification; None where the column is new.
        after: Its classification.
        opened: Whether more may see it than before; a new column counts as open unless it is restricted.
    """

    table: str
    column: str
    before: Classification | None
    after: Classification
    opened: bool


class Comparison(Frozen):
    """All that differs between two manifests.

    Attributes:
        changes: In the order of layers, tables and columns.
        access: What changes for readers.
    """

    changes: tuple[Change, ...]
    access: tuple[AccessChange, ...]

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that a table or its readers would not survive."""
        return tuple(change for change in self.changes if change.breaking)


def compare(before: Manifest, after: Manifest) -> Comparison:
    """What becomes of each table of one manifest in another; adding is compatible.

    Args:
        before: What is deployed, or merged.
        after: What would be.
    """
    old, new = _by_name(before), _by_name(after)
    changes: list[Change] = []
    access: list[AccessChange] = []
    for name in _in_layers(old.keys() | new.keys()):
        was, is_ = old.get(name), new.get(name)
        if was is None and is_ is not None:
            changes.append(Change(table=name, column=None, kind="added", breaking=False, detail=f"new table of {len(is_.columns)} columns"))
        elif is_ is None:
            detail = "its contract is gone: its rows stay, and nothing adds to them any more"
            changes.append(Change(table=name, column=None, kind="dropped", breaking=True, detail=detail))
        elif was is not None:
            changes.extend(_table(name, was, is_))
        if is_ is not None:
            access.extend(_access(name, was, is_))
    return Comparison(changes=tuple(changes), access=tuple(access))


def _by_name(manifest: Manifest) -> dict[str, AnyTable]:
    return {f"{table.layer}.{table.name}": table for table in manifest.tables()}


def _in_layers(names: Iterable[str]) -> list[str]:
    layers = ("bronze", "silver", "gold")
    return sorted(names, key=lambda name: (layers.index(name.partition(".")[0]), name))


def _table(name: str, was: AnyTable, is_: AnyTable) -> Iterator[Change]:
    def change(kind: Kind, breaking: bool, detail: str) -> Change:
        return Change(table=name, column=None, kind=kind, breaking=breaking, detail=detail)

    if was.key != is_.key:
        yield change("key", True, f"({', '.join(was.key) or 'none'}) becomes ({', '.join(is_.key) or 'none'})")
    if not isinstance(was, BronzeTable) and not isinstance(is_, BronzeTable) and was.partition != is_.partition:
        yield change("partition", True, f"{', '.join(was.partition) or 'none'} becomes {', '.join(is_.partition) or 'none'}")
    if isinstance(was, BronzeTable) and isinstance(is_, BronzeTable):
        yield from _bronze(was, is_, change)
    elif isinstance(was, SilverTable) and isinstance(is_, SilverTable):
        if was.input != is_.input:
            yield change("origin", True, f"is made from {is_.input} instead of {was.input}")
        if was.sequence != is_.sequence:
            yield change(
                "values",
                False,
                "versions of a row are ordered by ({}) instead of ({})".format(*map(", ".join, (is_.sequence, was.sequence))),
            )
        if was.history != is_.history:
            beside = history_table(is_.name)
            told = (
                f"{beside} keeps every version of a row from now on, beginning with the present ones"
                if is_.history
                else f"{beside} keeps its rows, and nothing adds to them any more"
            )
            yield change("history", not is_.history, told)
        before, after = ({(reference.columns, reference.table): reference for reference in table.references} for table in (was, is_))
        for columns, target in sorted(after.keys() - before.keys()):
            yield change("rule", False, f"({', '.join(columns)}) must exist in {target}: rows that don't are quarantined from now on")
        for columns, target in sorted(before.keys() - after.keys()):
            yield change("rule", False, f"({', '.join(columns)}) need not exist in {target} any more")
    elif isinstance(was, GoldTable) and isinstance(is_, GoldTable) and (was.sql, was.python) != (is_.sql, is_.python):
        yield change("values", False, f"its {'Python' if is_.python else 'SQL'} changed: values may be others")
    yield from _columns(name, was, is_)
    yield from _rules(was, is_, change)


def _bronze(was: BronzeTable, is_: BronzeTable, change: _Maker) -> Iterator[Change]:
    if was.object != is_.object:
        yield change("origin", True, f"is read from {is_.object} instead of {was.object}")
    if was.extraction is not None and is_.extraction is not None and was.extraction != is_.extraction:
        yield change("ingestion", False, "what is extracted changed: every document is asked about again")
    if was.mode != is_.mode:
        told = "deleted rows are not seen any more" if way_of(is_.mode).grows else "deleted rows are seen from now on"
        yield change("ingestion", False, f"{was.mode} becomes {is_.mode}: {told}")
    elif was.watermark != is_.watermark:
        yield change(
            "ingestion", True, f"the watermark {was.watermark} becomes {is_.watermark}, and what was remembered means nothing to it"
        )


def _columns(name: str, was: AnyTable, is_: AnyTable) -> Iterator[Change]:
    old, new = _columns_of(was), _columns_of(is_)
    for column in was.columns:
        if column.name not in new:
            yield Change(table=name, column=column.name, kind="dropped", breaking=True, detail=f"{column.type} would be dropped")
        else:
            yield from _column(name, column, new[column.name], demanding=not isinstance(is_, BronzeTable))
    for column in is_.columns:
        if column.name not in old:
            # Bronze takes nulls whatever its contract says.
            breaking = column.required and not isinstance(is_, BronzeTable)
            told = "new and required, and the rows that are there have no value" if breaking else "new"
            yield Change(table=name, column=column.name, kind="added", breaking=breaking, detail=f"{column.type}, {told}")


def _column(table: str, was: Column, is_: Column, *, demanding: bool) -> Iterator[Change]:
    def change(kind: Kind, breaking: bool, detail: str) -> Change:
        return Change(table=table, column=was.name, kind=kind, breaking=breaking, detail=detail)

    old, new = (column.type.replace(" ", "") for column in (was, is_))
    if old != new:
        kept = becomes(old, new)
        yield change("type", not kept, f"{was.type} becomes {is_.type}" + (", which holds all its values" if kept else ""))
    if is_.required and not was.required:
        told = "would be required" if demanding else "is never null, the contract says now"
        yield change("required", demanding, told)
    elif was.required and not is_.required:
        yield change("required", False, "may be null from now on")
    if is_.unique and not was.unique:
        yield change("unique", False, "must be unique: a run with repeated values stops the table")
    elif was.unique and not is_.unique:
        yield change("unique", False, "need not be unique any more")
    if was.expression != is_.expression:
        yield change("values", False, f"is {is_.expression} instead of {was.expression}: values may be others")


def _rules(was: AnyTable, is_: AnyTable, change: _Maker) -> Iterator[Change]:
    if isinstance(was, BronzeTable) or isinstance(is_, BronzeTable):
        return
    old, new = ({rule.name: rule for rule in table.rules} for table in (was, is_))
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            yield change("rule", False, f"{name} is new ({after.severity}): {after.expression}")
        elif after is None and before is not None:
            yield change("rule", False, f"{name} is gone: {before.expression}")
        elif before is not None and after is not None and (before.expression, before.severity) != (after.expression, after.severity):
            yield change(
                "rule", False, f"{name} is {after.expression} ({after.severity}) instead of {before.expression} ({before.severity})"
            )
    kept, asked = ({measure.name: measure for measure in table.measures} for table in (was, is_))
    for name in sorted(name for name in kept.keys() | asked.keys() if kept.get(name) != asked.get(name)):
        one = asked.get(name)
        yield change(
            "rule", False, f"{name} is gone" if one is None else f"{name} is {'another' if name in kept else 'new'} ({one.severity})"
        )


def _access(name: str, was: AnyTable | None, is_: AnyTable) -> Iterator[AccessChange]:
    old = _columns_of(was) if was is not None else {}
    for column in is_.columns:
        before = old[column.name].classification if column.name in old else None
        if before == column.classification or (before is None and column.classification == "restricted"):
            continue
        opened = before is None or _OPENNESS.index(column.classification) > _OPENNESS.index(before)
        yield AccessChange(table=name, column=column.name, before=before, after=column.classification, opened=opened)


def _columns_of(table: AnyTable) -> Mapping[str, Column]:
    return {column.name: column for column in table.columns}


__all__ = ["AccessChange", "Change", "Comparison", "compare"]
