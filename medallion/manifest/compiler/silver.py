"""A silver contract: what a bronze table's rows become."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.column_types import layer_type
from medallion.manifest.compiler.columns import Places, check_names, column, key, partition, places
from medallion.manifest.compiler.contract import Contract, Contracts
from medallion.manifest.compiler.custom import OF_TABLE, custom_properties
from medallion.manifest.compiler.rules import demands
from medallion.manifest.compiler.sql import row_expression
from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import BronzeTable, Column, SilverTable
from medallion.manifest.names import DELETED, INGESTED_AT, RUN_ID, VALIDITY, history_table
from medallion.manifest.spark_sql import identifier

_TIMES = ("timestamp", "timestamp_ntz", "date")


def compile_silver(
    contract: Contract, bronze: Mapping[str, BronzeTable], contracts: Contracts, problems: list[InvalidField]
) -> SilverTable:
    """The table without its references; what is wrong is added to the problems.

    Args:
        contract: Of the table.
        bronze: All bronze tables by the name of their table in Glue.
        contracts: The lake's.
        problems: What is wrong.
    """
    where = contract.where
    items = places(contract)
    source = _input(contract, items, bronze, contracts, problems)
    columns = tuple(
        column(contract, item, place, layer_type, problems).model_copy(update={"expression": _expression(item, place, source, problems)})
        for item, place in items
    )
    check_names(items, problems)
    types = {made.name: made.type for made in columns}
    custom = custom_properties(contract.table.customProperties, OF_TABLE["silver"], where, problems)
    found_key = key(items, problems)
    if not found_key:
        problems.append(InvalidField(where.at("properties"), "no column has primaryKey: true; silver holds one row a key"))
    if source is not None:
        _check_told(columns, found_key, source, custom, where, problems)
    demanded = demands(contract, items, columns, problems)
    return SilverTable(
        product=contract.product,
        name=contract.name,
        contract=contract.file,
        version=contract.version,
        description=contract.description,
        columns=columns,
        input=source.name if source else "",
        key=found_key,
        sequence=_sequence(custom, types, problems),
        partition=partition(contract, items, types, problems),
        rules=demanded.rules,
        measures=demanded.measures,
        maximum_deleted_share=_share(custom, problems),
        history=_history(custom, columns, found_key, contract, source, problems),
    )


def _names_of(source: BronzeTable) -> list[str]:
    """What an expression over a bronze row may name."""
    # A row that says that it is gone has nothing to make a column from.
    told = [made.name for made in way_of(source.mode).adds if made.name != DELETED]
    return [made.name for made in source.columns] + [RUN_ID, INGESTED_AT, *told]


def _check_told(
    columns: Sequence[Column],
    keys: Sequence[str],
    source: BronzeTable,
    custom: Mapping[str, tuple[object, Location]],
    where: Location,
    problems: list[InvalidField],
) -> None:
    """That what rows say of themselves can be followed: their own order, and deletions, of which only the source's key is known."""
    way = way_of(source.mode)
    if way.no_sequence and "sequence" in custom:
        problems.append(InvalidField(custom["sequence"][1], f"{way.no_sequence}; leave it out"))
    if not way.tells(DELETED):
        return
    for one in columns:
        if one.name in keys and one.expression is not None:
            named = row_expression(one.expression, _names_of(source), source.name, where, [])
            if foreign := [name for name in named if name not in source.key]:
                problems.append(
                    InvalidField(
                        where.at("properties"),
                        f"the key's column {one.name} is made from {', '.join(foreign)}, and a deletion names only the key "
                        f"({', '.join(source.key)}); make it from that",
                    )
                )


def _sequence(custom: Mapping[str, tuple[object, Location]], types: Mapping[str, str], problems: list[InvalidField]) -> tuple[str, ...]:
    if "sequence" not in custom:
        return ()
    value, where = custom["sequence"]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        problems.append(InvalidField(where, "must be a list of columns, such as [updated_at]"))
        return ()
    for position, name in enumerate(value):
        if name not in types:
            problems.append(UnknownValue(where.at(position), name, types))
    return tuple(value)


def _share(custom: Mapping[str, tuple[object, Location]], problems: list[InvalidField]) -> float:
    value, where = custom.get("maximumDeletedShare", (SilverTable.model_fields["maximum_deleted_share"].default, Location("")))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        problems.append(InvalidField(where, f"{value!r} must be a number from 0 to 1, such as 0.2"))
        return 0.0
    return float(value)


def _history(
    custom: Mapping[str, tuple[object, Location]],
    columns: Sequence[Column],
    keys: Sequence[str],
    contract: Contract,
    source: BronzeTable | None,
    problems: list[InvalidField],
) -> bool:
    """Whether a history is kept: then each version needs a time from which it holds, and the names of its validity are taken."""
    value, where = custom.get("history", (False, Location("")))
    if not isinstance(value, bool):
        problems.append(InvalidField(where, f"{value!r} is not true or false"))
        return False
    if not value:
        return False
    by_name = {one.name: one for one in columns}
    for item, place in places(contract):
        if item.name in VALIDITY:
            problems.append(
                InvalidField(
                    place.at("name"),
                    f"{item.name!r} is a column of {history_table(contract.name)}, as are {', '.join(VALIDITY)}; call it otherwise",
                )
            )
    sequence, place = custom.get("sequence", ([], where))
    first = by_name.get(str(sequence[0])) if isinstance(sequence, list) and sequence else None
    if first is not None and (source is None or way_of(source.mode).grows):
        if first.type not in _TIMES:
            problems.append(
                InvalidField(
                    place.at(0),
                    f"{first.name} is {first.type}; a history holds from when to when, so its sequence begins with a {' or '.join(_TIMES)}",
                )
            )
        elif not first.required and first.name not in keys:
            problems.append(
                InvalidField(
                    place.at(0), f"{first.name} may be null, and such a version would have no place in the history; say required: true"
                )
            )
    return True


def _bronze_names(contract: Contract, bronze: Mapping[str, BronzeTable]) -> dict[str, list[BronzeTable]]:
    """The bronze tables that a contract may name: by Glue's name, and by their contract's, its own product's first."""
    found: dict[str, list[BronzeTable]] = {name: [table] for name, table in bronze.items()}
    for own in (True, False):
        short: dict[str, list[BronzeTable]] = {}
        for table in bronze.values():
            if (table.product == contract.product) == own:
                short.setdefault(table.name.removeprefix(f"{table.source}__"), []).append(table)
        for name, tables in short.items():
            found.setdefault(name, tables)
    return found


def _input(
    contract: Contract, items: Places, bronze: Mapping[str, BronzeTable], contracts: Contracts, problems: list[InvalidField]
) -> BronzeTable | None:
    """The one bronze table that the columns are made from."""
    names = _bronze_names(contract, bronze)
    broken = {name for layer, name in contracts.unreadable if layer == "bronze"}
    inputs: dict[str, Location] = {}
    for item, where in items:
        for position, written in enumerate(item.transformSourceObjects or ()):
            inputs.setdefault(written.partition(".")[0], where.at("transformSourceObjects", position))
    if not inputs:
        inputs[contract.name] = contract.where
    found: dict[str, BronzeTable] = {}
    for name, where in inputs.items():
        if name in names and len(names[name]) > 1:
            full = " and ".join(sorted(table.name for table in names[name]))
            problems.append(InvalidField(where, f"{name!r} could be {full}; write its full name"))
        elif name in names:
            found[names[name][0].name] = names[name][0]
        elif name not in broken and name.partition("__")[2] not in broken:
            hint = get_close_matches(name, names, n=1)
            default = "; name the input in transformSourceObjects" if where == contract.where else ""
            problems.append(
                InvalidField(
                    where,
                    f"there is no bronze table {name!r}; there are {', '.join(sorted(bronze)) or 'none'}"
                    + (f"; did you mean {hint[0]!r}?" if hint else "")
                    + default,
                )
            )
    if len(found) > 1:
        problems.append(
            InvalidField(
                contract.where, f"reads {' and '.join(sorted(found))}; a silver table has one input: join in gold, or in a second table"
            )
        )
    return next(iter(found.values())) if len(found) == 1 else None


def _expression(item: SchemaProperty, where: Location, source: BronzeTable | None, problems: list[InvalidField]) -> str | None:
    """What makes a column: its logic, or the one source column, or the bronze column of the same name."""
    if source is None:
        return None
    logic = item.transformLogic
    objects = item.transformSourceObjects or ()
    valid = _names_of(source)
    named = [written.partition(".")[2] for written in objects if "." in written]
    for position, written in enumerate(objects):
        wanted = written.partition(".")[2]
        if wanted and wanted not in valid:
            problems.append(UnknownValue(where.at("transformSourceObjects", position), wanted, valid))
    if logic is not None:
        row_expression(logic, valid, source.name, where.at("transformLogic"), problems)
        return logic.strip()
    if len(named) > 1:
        problems.append(InvalidField(where.at("transformLogic"), f"is missing; it says what becomes of {' and '.join(named)}"))
        return None
    wanted = named[0] if named else item.name or ""
    if not named and wanted and wanted not in valid:
        problems.append(UnknownColumn(where, wanted, source.name, [made.name for made in source.columns]))
    return identifier(wanted)


class UnknownColumn(InvalidField):
    """A column has neither logic nor a bronze column of its name."""

    def __init__(self, where: Location, name: str, table: str, valid: Sequence[str]) -> None:
        hint = get_close_matches(name, valid, n=1)
        super().__init__(
            where,
            f"{table} has no column {name!r}, and there is no transformLogic; it has {', '.join(valid)}"
            + (f"; did you mean transformSourceObjects: [{table}.{hint[0]}]?" if hint else "; name one in transformSourceObjects"),
        )


__all__ = ["UnknownColumn", "compile_silver"]
