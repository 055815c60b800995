"""The columns of a bronze table that is extracted from documents: the key, which is always the same, and the fields to extract."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medallion.manifest.column_types import WRONG, layer_type
from medallion.manifest.engines.extraction.limits import limits_of
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column, ExtractedField, Extraction

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

KEY_COLUMNS = {"document_id": "string", "record": "bigint"}
KEY = tuple(KEY_COLUMNS)
# What a model can say in JSON, by logical type; of numbers the usual exactness first.
TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("string",),
    "integer": ("bigint",),
    "number": ("decimal(p,s)", "double"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp",),
}
# A field's name is said to the model and is a column; a technical column begins with an underscore.
_FIELD = re.compile(r"^[a-z][a-z0-9_]*$")


def field_type(column: "SchemaProperty", where: Location, problems: list[InvalidField]) -> str:
    """The type of a field, of those that one value of JSON can have; of a column of the key its own."""
    logical = column.logicalType
    if not logical:
        problems.append(InvalidField(where.at("logicalType"), f"is missing; it is one of {', '.join(sorted(TYPES))}"))
        return WRONG
    if logical not in TYPES:
        problems.append(UnknownValue(where.at("logicalType"), logical, TYPES))
        return WRONG
    before = len(problems)
    found = layer_type(column, where, problems)
    if len(problems) > before:
        return WRONG
    wanted = KEY_COLUMNS.get(column.name or "")
    if wanted is not None and found != wanted:
        problems.append(InvalidField(where.at("logicalType"), f"{column.name} of an extraction is {wanted}, and this is {found}"))
        return wanted
    if found not in TYPES[logical] and not found.startswith("decimal("):
        place = where.at("physicalType" if column.physicalType else "logicalTypeOptions")
        problems.append(UnknownValue(place, found, TYPES[logical]))
        return WRONG
    return found


def check_extraction(columns: tuple[Column, ...], key: tuple[str, ...], where: Location, problems: list[InvalidField]) -> None:
    """That the key is that of a record, and that there is a field beside it."""
    place = where.at("properties")
    names = [column.name for column in columns]
    if missing := [name for name in KEY if name not in names]:
        problems.append(InvalidField(place, f"a table that is extracted has also {', '.join(missing)}"))
    if key != KEY:
        problems.append(
            InvalidField(
                place,
                f"{' and '.join(KEY)}, in this order, and no other have primaryKey: true: a document has several records, counted from 0",
            )
        )
    if not set(names) - set(KEY):
        problems.append(InvalidField(place, f"has no field to extract; each column but {' and '.join(KEY)} is one"))


def extraction_of(
    items: "Sequence[tuple[SchemaProperty, Location]]",
    custom: Mapping[str, tuple[Any, Location]],
    where: Location,
    problems: list[InvalidField],
) -> Extraction:
    """What is extracted, as the contract says it; what is wrong is added to the problems.

    Args:
        items: The columns, each with its place.
        custom: The custom properties of the table, each with its place.
        where: The table's place.
        problems: What is wrong.
    """
    return Extraction(
        documents=_said("documents", "the bronze table of documents, <source>__<table>", custom, where, problems),
        instruction=_said("instruction", "what the model is asked to do, in a sentence or more", custom, where, problems),
        irrelevant=_said("irrelevant", "", custom, where, problems),
        fields=tuple(_field(item, place, problems) for item, place in items if item.name not in KEY),
    )


def _said(name: str, what: str, custom: Mapping[str, tuple[Any, Location]], where: Location, problems: list[InvalidField]) -> str:
    """The text of a custom property; `what` it is where it must be there."""
    if name not in custom:
        if what:
            problems.append(InvalidField(where.at("customProperties"), f"has no property {name!r}; it is {what}"))
        return ""
    value, place = custom[name]
    if not isinstance(value, str) or not value.strip():
        problems.append(InvalidField(place, f"{value!r} must be text" + (f": {what}" if what else "; leave it out where there is none")))
        return ""
    return value.strip()


def _field(item: "SchemaProperty", where: Location, problems: list[InvalidField]) -> ExtractedField:
    name = item.name or ""
    if name and not _FIELD.match(name):
        problems.append(InvalidField(where.at("name"), f"{name!r}: a field has lower-case letters, digits and underscores, a letter first"))
    description = " ".join((item.description or "").split())
    if not description:
        problems.append(InvalidField(where.at("description"), "is missing; by it the model knows what the field is"))
    # What is wrong with the type is told where the column is made; limits of a wrong type mean nothing.
    wrong: list[InvalidField] = []
    type_ = field_type(item, where, wrong)
    limits = limits_of(item, type_, where, [] if wrong else problems)
    return ExtractedField(name=name, type=type_, description=description, required=bool(item.required), **limits)


__all__ = ["KEY", "KEY_COLUMNS", "TYPES", "check_extraction", "extraction_of", "field_type"]
