"""A gold contract and the SQL beside it."""

from collections.abc import Mapping
from difflib import get_close_matches

from medallion.manifest.compiler.columns import check_names, column, key, partition, places
from medallion.manifest.compiler.contract import Contract, Contracts
from medallion.manifest.compiler.custom import OF_TABLE, custom_properties
from medallion.manifest.compiler.rules import rules
from medallion.manifest.compiler.sql import query
from medallion.manifest.compiler.types import layer_type
from medallion.manifest.document import shown
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import Column, GoldTable, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID

_NOT_IN_GOLD = ("relationships", "transformSourceObjects", "transformLogic")


def gold_outline(contract: Contract, problems: list[InvalidField]) -> GoldTable:
    """The table without its SQL, so that other gold tables can name it; what is wrong is added to the problems."""
    items = places(contract)
    columns = tuple(column(contract, item, place, layer_type, problems) for item, place in items)
    check_names(items, problems)
    for item, place in items:
        for name in _NOT_IN_GOLD:
            if getattr(item, name):
                problems.append(InvalidField(place.at(name), f"has no effect in gold, whose columns {contract.name}.sql makes"))
    custom_properties(contract.table.customProperties, OF_TABLE["gold"], contract.where, problems)
    return GoldTable(
        product=contract.product,
        name=contract.name,
        contract=contract.file,
        version=contract.version,
        description=contract.description,
        columns=columns,
        inputs=(),
        sql="",
        key=key(items, problems),
        partition=partition(contract, items, {made.name: made.type for made in columns}, problems),
        rules=rules(contract, items, columns, problems),
    )


def with_sql(
    contract: Contract,
    outline: GoldTable,
    others: Mapping[str, SilverTable | GoldTable],
    contracts: Contracts,
    problems: list[InvalidField],
) -> GoldTable:
    """The table with the SQL of the file beside its contract.

    Args:
        contract: Of the table.
        outline: Of `gold_outline`.
        others: All silver and gold tables by name.
        contracts: The lake's.
        problems: What is wrong is added here.
    """
    path = contract.path.with_suffix(".sql")
    where = Location(shown(path))
    if not path.exists():
        problems.append(InvalidField(where, "is missing; it holds the SELECT that makes the table"))
        return outline
    sql = "\n".join(path.read_text(encoding="utf-8").split("\n")).strip().removesuffix(";").rstrip()
    if contracts.unreadable:
        # A name that is not there may be one of theirs.
        return outline
    tables = {
        name: {made.name: made.type for made in table.columns}
        | ({RUN_ID: "string", INGESTED_AT: "timestamp"} if isinstance(table, SilverTable) else {})
        for name, table in others.items()
        if name != contract.name
    }
    inputs, outputs = query(sql, tables, where, problems)
    if outputs:
        _check_outputs(outline.columns, outputs, where, contract.file, problems)
    return outline.model_copy(update={"inputs": inputs, "sql": sql})


def _check_outputs(
    columns: tuple[Column, ...], outputs: tuple[str, ...], where: Location, contract: str, problems: list[InvalidField]
) -> None:
    wanted = [made.name for made in columns]
    for name in wanted:
        if name not in outputs:
            hint = get_close_matches(name, [output for output in outputs if output not in wanted], n=1)
            problems.append(
                InvalidField(where, f"makes no column {name!r}, which {contract} promises" + (f"; is it {hint[0]!r}?" if hint else ""))
            )
    for name in outputs:
        if name not in wanted:
            hint = get_close_matches(name, [other for other in wanted if other not in outputs], n=1)
            problems.append(
                InvalidField(where, f"makes a column {name!r} that {contract} does not have" + (f"; is it {hint[0]!r}?" if hint else ""))
            )
    for name in sorted({name for name in outputs if outputs.count(name) > 1}):
        problems.append(InvalidField(where, f"makes the column {name!r} more than once"))


__all__ = ["gold_outline", "with_sql"]
