"""A gold contract, and the SQL or Python beside it."""

from collections.abc import Mapping
from difflib import get_close_matches

from medallion.manifest.column_types import layer_type
from medallion.manifest.compiler.columns import check_names, column, key, partition, places
from medallion.manifest.compiler.contract import Contract, Contracts
from medallion.manifest.compiler.custom import OF_TABLE, custom_properties
from medallion.manifest.compiler.python import check_python
from medallion.manifest.compiler.refresh import follows
from medallion.manifest.compiler.rules import demands
from medallion.manifest.compiler.sql import query
from medallion.manifest.document import shown
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column, GoldTable, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID, VALIDITY, history_table

_NOT_IN_GOLD = ("relationships", "transformSourceObjects", "transformLogic")


def gold_outline(contract: Contract, problems: list[InvalidField]) -> GoldTable:
    """The table without what makes it, so that other gold tables can name it; what is wrong is added to the problems."""
    items = places(contract)
    columns = tuple(column(contract, item, place, layer_type, problems) for item, place in items)
    check_names(items, problems)
    for item, place in items:
        for name in _NOT_IN_GOLD:
            if getattr(item, name):
                problems.append(InvalidField(place.at(name), f"has no effect in gold, whose columns {_maker(contract)} makes"))
    demanded = demands(contract, items, columns, problems)
    return GoldTable(
        product=contract.product,
        name=contract.name,
        contract=contract.file,
        version=contract.version,
        description=contract.description,
        columns=columns,
        inputs=(),
        key=key(items, problems),
        partition=partition(contract, items, {made.name: made.type for made in columns}, problems),
        rules=demanded.rules,
        measures=demanded.measures,
    )


def with_query(
    contract: Contract,
    outline: GoldTable,
    others: Mapping[str, SilverTable | GoldTable],
    contracts: Contracts,
    problems: list[InvalidField],
) -> GoldTable:
    """The table with the SQL or Python of the file beside its contract.

    Args:
        contract: Of the table.
        outline: Of `gold_outline`.
        others: All silver and gold tables by name.
        contracts: The lake's.
        problems: What is wrong is added here.
    """
    sql_path, python_path = contract.path.with_suffix(".sql"), contract.path.with_suffix(".py")
    custom = custom_properties(contract.table.customProperties, OF_TABLE["gold"], contract.where, problems)
    refresh, refresh_place = custom.get("refresh", ("full", contract.where))
    if refresh not in ("full", "incremental"):
        problems.append(UnknownValue(refresh_place, str(refresh), ("full", "incremental")))
    if python_path.exists() and sql_path.exists():
        problems.append(InvalidField(Location(shown(python_path)), f"stands beside {sql_path.name}; one of them makes the table"))
        return outline
    if not python_path.exists() and not sql_path.exists():
        told = f"is missing; it holds the SELECT that makes the table, or {python_path.name} its transform(inputs)"
        problems.append(InvalidField(Location(shown(sql_path)), told))
        return outline
    stamps = {RUN_ID: "string", INGESTED_AT: "timestamp"}
    tables = {
        name: {made.name: made.type for made in table.columns} | (stamps if isinstance(table, SilverTable) else {})
        for name, table in others.items()
        if name != contract.name
    }
    tables |= {
        history_table(name): tables[name] | VALIDITY for name, table in others.items() if isinstance(table, SilverTable) and table.history
    }
    found = len(problems)
    if python_path.exists():
        made = _with_python(contract, outline, tables, custom.get("inputs"), contracts, problems)
    else:
        if "inputs" in custom:
            problems.append(InvalidField(custom["inputs"][1], f"has no effect here: the inputs are those that {sql_path.name} reads"))
        made = _with_sql(contract, outline, tables, contracts, problems)
    if contracts.unreadable or len(problems) > found:
        return made
    return made.model_copy(update={"follows": follows(contract, made, tables, refresh == "incremental", problems)})


def _with_sql(
    contract: Contract, outline: GoldTable, tables: Mapping[str, Mapping[str, str]], contracts: Contracts, problems: list[InvalidField]
) -> GoldTable:
    path = contract.path.with_suffix(".sql")
    where = Location(shown(path))
    sql = "\n".join(path.read_text(encoding="utf-8").split("\n")).strip().removesuffix(";").rstrip()
    if contracts.unreadable:
        # A name that is not there may be one of theirs.
        return outline
    inputs, outputs = query(sql, tables, where, problems)
    if outputs:
        _check_outputs(outline.columns, outputs, where, contract.file, problems)
    return outline.model_copy(update={"inputs": inputs, "sql": sql})


def _with_python(
    contract: Contract,
    outline: GoldTable,
    tables: Mapping[str, Mapping[str, str]],
    given: tuple[object, Location] | None,
    contracts: Contracts,
    problems: list[InvalidField],
) -> GoldTable:
    path = contract.path.with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    check_python(text, Location(shown(path)), problems)
    names, where = given if given is not None else (None, contract.where.at("customProperties"))
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        problems.append(InvalidField(where, f"inputs: must list the silver and gold tables that {path.name} is given"))
        return outline
    if not contracts.unreadable:
        for name in names:
            if name not in tables:
                problems.append(UnknownValue(where, name, tables))
    return outline.model_copy(update={"inputs": tuple(sorted(set(names))), "python": text})


def _maker(contract: Contract) -> str:
    python = contract.path.with_suffix(".py")
    return python.name if python.exists() else f"{contract.name}.sql"


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


__all__ = ["gold_outline", "with_query"]
