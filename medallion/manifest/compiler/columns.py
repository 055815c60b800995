"""What the columns of every layer have in common."""

import re
from collections import Counter
from collections.abc import Callable
from typing import get_args

from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.custom import OF_COLUMN, custom_properties
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Classification, Column
from medallion.manifest.names import reserved_column

_SOURCE_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_OWN_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_TRANSFORM = re.compile(r"^(days|months|years|identity|bucket\(([1-9]\d*)\))$")
_TRANSFORMS = ("days", "months", "years", "bucket(N)", "identity")
_TIMES = ("date", "timestamp", "timestamp_ntz")

Places = list[tuple[SchemaProperty, Location]]


def places(contract: Contract) -> Places:
    """The columns of a contract, each with its place."""
    return [(column, contract.where.at("properties", position)) for position, column in enumerate(contract.table.properties or ())]


def column(
    contract: Contract,
    item: SchemaProperty,
    where: Location,
    type_of: Callable[[SchemaProperty, Location, list[InvalidField]], str],
    problems: list[InvalidField],
) -> Column:
    """A column of any layer, without its expression."""
    name = item.name or ""
    if not name:
        problems.append(InvalidField(where.at("name"), "is missing"))
    elif contract.layer == "bronze":
        if not _SOURCE_NAME.match(name):
            problems.append(InvalidField(where.at("name"), f"{name!r}: a column has letters, digits and underscores, and no digit first"))
        if owner := reserved_column(name):
            advice = "leave the column out, or let the source give it another name, as by a view"
            problems.append(InvalidField(where.at("name"), f"{name!r} is reserved: {owner} keeps it for a column of its own; {advice}"))
    elif name.startswith("_"):
        problems.append(InvalidField(where.at("name"), f"{name!r}: names that begin with an underscore are reserved for technical columns"))
    elif not _OWN_NAME.match(name):
        problems.append(
            InvalidField(where.at("name"), f"{name!r}: a column has lower-case letters, digits and underscores, a letter first")
        )
    return Column(
        name=name,
        type=type_of(item, where, problems),
        required=bool(item.required or item.primaryKey),
        unique=bool(item.unique),
        classification=_classification(item, where, problems),
        description=" ".join((item.description or "").split()),
    )


def _classification(item: SchemaProperty, where: Location, problems: list[InvalidField]) -> Classification:
    valid: tuple[Classification, ...] = get_args(Classification)
    for known in valid:
        if item.classification == known:
            return known
    if item.classification is not None:
        problems.append(UnknownValue(where.at("classification"), item.classification, valid))
    return "restricted"


def check_names(columns: Places, problems: list[InvalidField]) -> None:
    """That no two columns have one name; Spark does not tell upper from lower case."""
    count = Counter((item.name or "").lower() for item, _ in columns)
    for item, where in columns:
        if item.name and count[item.name.lower()] > 1:
            problems.append(InvalidField(where.at("name"), f"{item.name!r} names more than one column (upper and lower case are the same)"))


def key(columns: Places, problems: list[InvalidField]) -> tuple[str, ...]:
    """The primary key, in the order of `primaryKeyPosition`, or else of the columns."""
    members = [(item, where) for item, where in columns if item.primaryKey]
    positions = [item.primaryKeyPosition for item, _ in members]
    given = [position for position in positions if position not in (None, -1)]
    if given and (len(given) < len(positions) or len(set(given)) < len(given)):
        for _, where in members:
            problems.append(
                InvalidField(where.at("primaryKeyPosition"), "every column of the key needs a position of its own, or none has one")
            )
        given = []
    if given:
        members.sort(key=lambda member: member[0].primaryKeyPosition or 0)
    for item, where in columns:
        if item.primaryKeyPosition not in (None, -1) and not item.primaryKey:
            problems.append(InvalidField(where.at("primaryKeyPosition"), "needs primaryKey: true beside it"))
    return tuple(item.name or "" for item, _ in members)


def partition(contract: Contract, columns: Places, types: dict[str, str], problems: list[InvalidField]) -> tuple[str, ...]:
    """The partition transforms, in the order of `partitionKeyPosition`, or else of the columns."""
    found: list[tuple[int, int, str]] = []
    for position, (item, where) in enumerate(columns):
        custom = custom_properties(item.customProperties, OF_COLUMN[contract.layer], where, problems)
        transform, place = custom.get("partitionTransform", ("identity", where))
        if not item.partitioned:
            if "partitionTransform" in custom:
                problems.append(InvalidField(place, "needs partitioned: true on the column"))
            continue
        match = _TRANSFORM.match(str(transform))
        if not match:
            problems.append(UnknownValue(place, str(transform), _TRANSFORMS))
            continue
        type_ = types.get(item.name or "", "")
        if transform in ("days", "months", "years") and type_ not in _TIMES:
            problems.append(InvalidField(place, f"{transform!r} needs a {' or '.join(_TIMES)}, and {item.name} is {type_}"))
        if type_ in ("float", "double") or type_.startswith(("array", "struct", "map")):
            problems.append(InvalidField(where.at("partitioned"), f"a {type_} can't part a table"))
        written = str(item.name)
        if transform != "identity":
            written = f"bucket({match[2]}, {item.name})" if match[2] else f"{transform}({item.name})"
        found.append((item.partitionKeyPosition if item.partitionKeyPosition is not None else -1, position, written))
    return tuple(written for _, _, written in sorted(found))


__all__ = ["Places", "check_names", "column", "key", "partition", "places"]
