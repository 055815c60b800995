"""Relationships between silver tables."""

from collections.abc import Mapping

from open_data_contract_standard.model import Relationship

from medallion.manifest.compiler.columns import places
from medallion.manifest.compiler.contract import Contract, Contracts
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Reference, SilverTable


def references(
    contract: Contract, silver: Mapping[str, SilverTable], contracts: Contracts, problems: list[InvalidField]
) -> tuple[Reference, ...]:
    """What a silver contract's columns refer to; what is wrong is added to the problems.

    Args:
        contract: Of the table that refers.
        silver: All silver tables by name.
        contracts: The lake's.
        problems: What is wrong.
    """
    found: list[Reference | None] = []
    for item, where in places(contract):
        for position, relationship in enumerate(item.relationships or ()):
            place = where.at("relationships", position)
            if relationship.from_ is not None:
                problems.append(InvalidField(place.at("from"), "is the column itself here; leave it out"))
            found.append(_reference(relationship, [item.name or ""], contract, silver, contracts, place, problems))
    for position, relationship in enumerate(contract.table.relationships or ()):
        place = contract.where.at("relationships", position)
        columns = _own_columns(relationship, contract, silver[contract.name], place, problems)
        if columns:
            found.append(_reference(relationship, columns, contract, silver, contracts, place, problems))
    return tuple(reference for reference in found if reference)


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _own_columns(
    relationship: Relationship, contract: Contract, table: SilverTable, where: Location, problems: list[InvalidField]
) -> list[str]:
    columns = []
    valid = [column.name for column in table.columns]
    written = _listed(relationship.from_)
    if not written:
        problems.append(InvalidField(where.at("from"), f"is missing; it lists columns, such as {contract.name}.{valid[0]}"))
    for name in written:
        owner, _, column = name.rpartition(".")
        if owner not in ("", contract.name):
            problems.append(UnknownValue(where.at("from"), owner, [contract.name]))
        elif column not in valid:
            problems.append(UnknownValue(where.at("from"), column, valid))
        else:
            columns.append(column)
    return columns if len(columns) == len(written) else []


def _reference(
    relationship: Relationship,
    columns: list[str],
    contract: Contract,
    silver: Mapping[str, SilverTable],
    contracts: Contracts,
    where: Location,
    problems: list[InvalidField],
) -> Reference | None:
    if relationship.type not in (None, "foreignKey"):
        problems.append(UnknownValue(where.at("type"), relationship.type, ["foreignKey"]))
    where = where.at("to")
    targets = [name.rpartition(".") for name in _listed(relationship.to)]
    if not targets or not all(table and "." not in table and "/" not in table for table, _, _ in targets):
        problems.append(
            InvalidField(where, f"{relationship.to!r} must be TABLE.COLUMN of a silver table, or a list of such for a composite key")
        )
        return None
    table = targets[0][0]
    if any(other != table for other, _, _ in targets):
        problems.append(
            InvalidField(where, f"names {' and '.join(sorted({other for other, _, _ in targets}))}; one reference is to one table")
        )
        return None
    if len(targets) != len(columns):
        problems.append(InvalidField(where, f"names {len(targets)} columns, and `from` names {len(columns)}"))
        return None
    if ("silver", table) in contracts.unreadable:
        return None
    if table not in silver:
        problems.append(UnknownValue(where, table, silver))
        return None
    if table == contract.name:
        problems.append(InvalidField(where, "refers to its own table, which is not supported"))
        return None
    to = [column for _, _, column in targets]
    valid = [column.name for column in silver[table].columns]
    unknown = [column for column in to if column not in valid]
    if unknown:
        problems.extend(UnknownValue(where, column, valid) for column in unknown)
        return None
    if set(to) != set(silver[table].key):
        problems.append(InvalidField(where, f"{', '.join(to)} is not the primary key of {table}, which is {', '.join(silver[table].key)}"))
        return None
    return Reference(columns=tuple(columns), table=table, to=tuple(to))


__all__ = ["references"]
