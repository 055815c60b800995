"""How far DynamoDB tables have moved from their bronze contracts, by what was seen of their items."""

from collections.abc import Iterable, Iterator, Mapping

from medallion.manifest.drafting.difference import Drift, Kind
from medallion.manifest.drafting.drafts import Unreadable
from medallion.manifest.drafting.layout import flow
from medallion.manifest.engines.dynamodb.attribute import Attribute, ObservedItems
from medallion.manifest.engines.dynamodb.item_draft import item_column, unusable
from medallion.manifest.engines.dynamodb.item_type import ItemType, chosen, misfits, parsed, unknown_fields
from medallion.manifest.model import BronzeTable, Column
from medallion.manifest.widening import becomes


def item_drift(contracts: Iterable[BronzeTable], observed: Iterable[ObservedItems]) -> tuple[Drift, ...]:
    """All differences of one source that its tables and a sample of their items show.

    Args:
        contracts: The bronze tables of the source.
        observed: All tables that it has.
    """
    there = {table.object: table for table in observed}
    return tuple(found for contract in contracts for found in _table(contract, there))


def _table(contract: BronzeTable, there: Mapping[str, ObservedItems]) -> Iterator[Drift]:
    table = there.get(contract.object)
    if table is None:
        near = next((name for name in there if name.lower() == contract.object.lower()), None)
        told = f"; there is {near}, for which physicalName: {near} would be right" if near else ""
        yield _drift(
            contract,
            None,
            "gone",
            stops=True,
            detail=f"{contract.object} is not there any more{told}. Its rows stay in the lake; to end it take its contracts away",
        )
        return
    if table.recovery is False:
        detail = f"point-in-time recovery of {table.name} is off, and nothing can be exported: turn it on"
        yield _drift(contract, None, "forbidden", stops=True, detail=detail)
    key = tuple(name for name, _ in table.key)
    if set(key) != set(contract.key):
        detail = (
            f"the key is ({', '.join(key)}) and was ({', '.join(contract.key)}): rows would be merged by the wrong one. "
            f"A key never changes: make {contract.object}_v2 beside it with the new one"
        )
        yield _drift(contract, None, "key", stops=True, detail=detail)
    yield from attribute_drift(contract, table.attributes, f"in {table.seen} that were looked at")


def attribute_drift(
    contract: BronzeTable, attributes: Mapping[str, Attribute], seen_in: str, *, digits_known: bool = True
) -> Iterator[Drift]:
    """The differences of a table's attributes; one that was not seen is none, as items may lack any.

    Args:
        contract: The bronze table.
        attributes: What was seen.
        seen_in: Where, for people.
        digits_known: Whether the numbers' lengths were seen.
    """
    for column in contract.columns:
        if column.name in attributes:
            yield from _changed(contract, column, attributes[column.name], seen_in, digits_known=digits_known)
    known = {column.name for column in contract.columns}
    for name, seen in attributes.items():
        if name not in known:
            yield _added(contract, name, seen, seen_in, digits_known=digits_known)


def _changed(contract: BronzeTable, column: Column, seen: Attribute, seen_in: str, *, digits_known: bool) -> Iterator[Drift]:
    type = parsed(column.type)
    problems = list(misfits(seen, type, column.name, digits_known=digits_known))
    new = list(unknown_fields(seen, type, column.name))
    if not problems and not new:
        return
    now = _chosen(seen, column.name, digits_known=digits_known)
    if not problems:
        detail = f"{', '.join(new)}: new {seen_in}; not read until the contract has it, and a {column.type} can't become one that has: read it in {contract.object}_v2 beside it"
        yield _drift(contract, column.name, "added", stops=False, detail=detail)
    elif isinstance(now, str):
        yield _drift(contract, column.name, "retyped", stops=True, detail=f"{'; '.join(problems)}, {seen_in}: {now}")
    elif becomes(column.type, now.spark):
        detail = f"{'; '.join(problems)}, {seen_in}: the table widens with the contract, in silver too"
        yield _drift(contract, column.name, "widened", stops=True, detail=detail, accept=_line(contract, column.name, now))
    else:
        detail = f"{'; '.join(problems)}, {seen_in}; no table becomes a {now.spark}: make {contract.object}_v2 beside it, with this line"
        yield _drift(contract, column.name, "retyped", stops=True, detail=detail, accept=_line(contract, column.name, now))


def _added(contract: BronzeTable, name: str, seen: Attribute, seen_in: str, *, digits_known: bool) -> Drift:
    if problem := unusable(name, (column.name for column in contract.columns)):
        return _drift(contract, name, "added", stops=False, detail=f"new {seen_in}; not read, and can't be: {problem}")
    now = _chosen(seen, name, digits_known=digits_known)
    if isinstance(now, str):
        return _drift(contract, name, "added", stops=False, detail=f"new {seen_in}; not read, and can't be: {now}")
    return _drift(
        contract,
        name,
        "added",
        stops=False,
        detail=f"{now.spark}, new {seen_in}; not read until the contract has it",
        accept=_line(contract, name, now),
    )


def _chosen(seen: Attribute, name: str, *, digits_known: bool) -> ItemType | str:
    """The type that holds what was seen, or why there is none."""
    try:
        return chosen(seen if digits_known else longest(seen), [], name)
    except Unreadable as error:
        return str(error)


def longest(seen: Attribute) -> Attribute:
    """The same with numbers of 38 digits before the point, where how long they are was not seen."""
    return Attribute(
        kinds=seen.kinds,
        nulls=seen.nulls,
        whole=38,
        behind=0,
        fields={name: longest(inner) for name, inner in seen.fields.items()},
        element=longest(seen.element) if seen.element else None,
    )


def _line(contract: BronzeTable, name: str, type: ItemType) -> tuple[str, ...]:
    return (f"- {flow(item_column(contract.object, name, type, list(contract.key)))}",)


def _drift(contract: BronzeTable, column: str | None, kind: Kind, *, stops: bool, detail: str, accept: tuple[str, ...] = ()) -> Drift:
    return Drift(contract=contract.contract, table=contract.name, column=column, kind=kind, stops=stops, detail=detail, accept=accept)


__all__ = ["attribute_drift", "item_drift"]
