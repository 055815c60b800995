"""Drafts of bronze and silver contracts for DynamoDB tables, from their keys and what was seen of their items."""

import re
from collections.abc import Iterable

from medallion.manifest.drafting.drafts import DraftedTable, Drafts, Left, Sampled, Unreadable
from medallion.manifest.drafting.layout import Field, document, flow, listed
from medallion.manifest.drafting.naming import own_name, unused
from medallion.manifest.drafting.personal import judged
from medallion.manifest.drafting.scalar import scalar
from medallion.manifest.drafting.taken_names import TakenNames
from medallion.manifest.engines.dynamodb.attribute import ObservedItems
from medallion.manifest.engines.dynamodb.item_type import ItemType, chosen
from medallion.manifest.model import Classification, Manifest
from medallion.manifest.names import reserved_column

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What an empty key column is read as, by DynamoDB's type.
_KEY_TYPES = {"S": "string", "N": "decimal(38,0)", "B": "binary"}
_OPENNESS: tuple[Classification, ...] = ("restricted", "confidential", "internal", "public")


def draft_items(tables: Iterable[ObservedItems], *, source: str, product: str, lake: str, manifest: Manifest | None) -> Drafts:
    """Drafts contracts, none of which stands in the way of one that there is.

    Args:
        tables: What the source has of the tables that are meant.
        source: The logical source.
        product: The product that gets them.
        lake: The lake's name, for the contracts' ids.
        manifest: The lake's contracts so far; None where there are none.
    """
    names = TakenNames(source, manifest)
    sampled = list[Sampled]()
    drafted, existing, left = list[DraftedTable](), list[tuple[str, str]](), list[Left]()
    for table in tables:
        if table.object in names.contracts:
            existing.append((table.name, names.contracts[table.object]))
            continue
        sampled.append(Sampled(table=table.name, items=table.items, whole=table.whole, read_units=table.capacity))
        own_left: list[Left] = []
        try:
            drafted.append(_drafted(table, names, own_left, source=source, product=product, lake=lake))
        except Unreadable as error:
            left.append(Left(table=table.name, column=None, reason=str(error)))
        left.extend(own_left)
    return Drafts(tables=tuple(drafted), existing=tuple(existing), left=tuple(left), sampled=tuple(sampled))


def _drafted(table: ObservedItems, names: TakenNames, left: list[Left], *, source: str, product: str, lake: str) -> DraftedTable:
    for part, _ in table.key:
        if problem := unusable(part, ()):
            raise Unreadable(f"{part} is of its key, and {problem}")
    notes = [*_seen(table)]
    types = _types(table, notes, left)
    if (name := names.take(table.object)) is None:
        raise Unreadable("its name has no letter or digit that the lake could call it by; write its contract by hand, with physicalName")
    taken: set[str] = set()
    own: dict[str, str] = {}
    for attribute in types:
        own[attribute] = unused([own_name(attribute, "c") or "c"], taken)
        taken.add(own[attribute])
    judgements = {attribute: _judged(table.object, attribute, type) for attribute, type in types.items()}
    head = [f"Drafted from {source}: DynamoDB table {table.name}. Look through it, and delete these lines.", *notes]
    bronze_head = [*head, *(f"Not read: {one.column}: {one.reason}." for one in left)]
    key = [attribute for attribute, _ in table.key]
    fields: list[Field] = [("name", name)]
    if table.object != name:
        fields.append(("physicalName", scalar(table.object)))
    bronze = document(
        head=bronze_head,
        id=f"{lake}.{product}.bronze.{name}",
        server=source,
        table=[*fields, ("customProperties", listed([flow([("property", "ingestion"), ("value", "export")])]))],
        properties=[item_column(table.object, attribute, type, key) for attribute, type in types.items()],
        notes=["" for _ in types],
    )
    input = f"{source}__{name}" if names.is_ambiguous(name) else name
    silver = document(
        head=head,
        id=f"{lake}.{product}.silver.{name}",
        server=None,
        table=[("name", name)],
        properties=[
            _silver_column(attribute, own[attribute], type, key, input, judgements[attribute][0]) for attribute, type in types.items()
        ],
        notes=[judgements[attribute][1] for attribute in types],
    )
    renamed = [(table.object, name)] if table.object != name else []
    return DraftedTable(
        table=table.name,
        name=name,
        files=((f"contracts/{product}/bronze/{name}.yaml", bronze), (f"contracts/{product}/silver/{name}.yaml", silver)),
        mode="export",
        key=tuple(key),
        restricted=tuple(own[attribute] for attribute, (classification, _) in judgements.items() if classification == "restricted"),
        renamed=tuple(renamed + [pair for pair in own.items() if pair[0] != pair[1]]),
        notes=tuple(notes),
    )


def _seen(table: ObservedItems) -> list[str]:
    notes = [] if table.items else ["No item was seen: only its key is known. Draft it again once there are some."]
    if table.items and not table.whole:
        notes.append(
            f"Attributes and their types are those of {table.items:,} items; another type in one that was not seen stops the table."
        )
    if table.recovery is False:
        notes.append("Point-in-time recovery is off, and nothing can be exported without it: turn it on before the first run.")
    return notes


def _types(table: ObservedItems, notes: list[str], left: list[Left]) -> dict[str, ItemType]:
    """The type of each attribute that can be read, the key's first."""
    types: dict[str, ItemType] = {}
    for name, kind in table.key:
        seen = table.attributes.get(name)
        types[name] = chosen(seen, notes, name) if seen is not None and seen.kinds else ItemType(plain=_KEY_TYPES[kind])
    for name, seen in table.attributes.items():
        if name in types:
            continue
        if problem := unusable(name, types):
            left.append(Left(table=table.name, column=name, reason=problem))
            continue
        try:
            types[name] = chosen(seen, notes, name)
        except Unreadable as error:
            left.append(Left(table=table.name, column=name, reason=str(error)))
    return types


def unusable(name: str, others: Iterable[str]) -> str:
    """Why an attribute can't be a column beside others; empty where it can."""
    if not _NAME.fullmatch(name):
        return "its name has other characters than letters, digits and underscores"
    if twin := next((other for other in others if other.lower() == name.lower()), None):
        return f"{twin} is called so too, and Spark does not tell upper from lower case"
    owner = reserved_column(name)
    return f"{owner} keeps its name for a column of its own" if owner else ""


def item_column(table: str, name: str, type: ItemType, key: list[str]) -> list[Field]:
    """The fields of one bronze column."""
    fields: list[Field] = [("name", scalar(name)), *type.written]
    if name in key:
        fields += _key_fields(name, key)
    return [*fields, ("classification", _judged(table, name, type)[0])]


def _key_fields(name: str, key: list[str]) -> list[Field]:
    position = [("primaryKeyPosition", str(key.index(name) + 1))] if len(key) > 1 else []
    return [("primaryKey", "true"), *position, ("required", "true")]


def _silver_column(name: str, own: str, type: ItemType, key: list[str], input: str, classification: str) -> list[Field]:
    fields: list[Field] = [("name", scalar(own)), *type.own.written]
    if name in key:
        fields += _key_fields(name, key)
    if name in key or own != name:
        fields.append(("transformSourceObjects", listed([scalar(f"{input}.{name}")])))
    return [*fields, ("classification", classification)]


def _judged(table: str, name: str, type: ItemType) -> tuple[Classification, str]:
    """A classification by name and type; what holds others is as restricted as the most restricted of them."""
    # Maps with keys of their own, and binary, may hold anything, as JSON may.
    kind = "jsonb" if type.value else "bytea" if type.plain == "binary" else "text"
    found = judged(table, name, kind)
    if kind == "jsonb" and found[0] == "restricted" and "jsonb" in found[1]:
        found = ("restricted", "a map may hold anything")
    elif kind == "bytea" and "bytea" in found[1]:
        found = ("restricted", "binary may hold anything")
    inner = [(field, inside) for field, inside in type.fields]
    if type.element is not None:
        inner += [(name, type.element)]
    for field, inside in inner:
        one, why = _judged(table, field, inside)
        if _OPENNESS.index(one) < _OPENNESS.index(found[0]):
            found = (one, why if field == name else f"holds {field}, which {why}")
    return found


__all__ = ["draft_items", "item_column", "unusable"]
