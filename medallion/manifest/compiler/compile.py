"""From the contracts of a lake to its manifest."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from medallion.manifest.access.personas import read_personas
from medallion.manifest.compiler.bronze import compile_bronze
from medallion.manifest.compiler.classes import with_classes_of_silver
from medallion.manifest.compiler.contract import Contracts, read_contracts
from medallion.manifest.compiler.custom import OF_TABLE, custom_properties
from medallion.manifest.compiler.gold import gold_outline, with_query
from medallion.manifest.compiler.references import references
from medallion.manifest.compiler.row_filters import rows_for
from medallion.manifest.compiler.silver import compile_silver
from medallion.manifest.document import shown
from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import Invalid, InvalidField, Location, UnknownValue
from medallion.manifest.lake import product_names, read_product
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, Persona, Product, SilverTable
from medallion.manifest.names import without_history
from medallion.manifest.order import Cycle, ordered


def compile_lake(root: Path) -> Manifest:
    """The manifest of a lake's contracts; the same files give the same manifest.

    Args:
        root: The lake's folder; its name is the lake's.

    Raises:
        Invalid: All that is wrong with the contracts, told together.
    """
    folder = Location(shown(root / "contracts"))
    if not (root / "contracts").is_dir():
        raise Invalid([InvalidField(folder, "is missing; a lake's contracts lie there, as contracts/PRODUCT/LAYER/TABLE.yaml")])
    problems: list[InvalidField] = []
    personas = _personas(root, problems)
    contracts = read_contracts(root, problems)
    if not contracts.readable and not problems:
        raise Invalid([InvalidField(folder, "holds no contract; write contracts/PRODUCT/bronze/TABLE.yaml")])
    _check_unique(contracts, problems)
    bronze = [compile_bronze(contract, problems) for contract in contracts.of("bronze")]
    _check_documents(contracts, bronze, problems)
    _check_extractions(contracts, bronze, problems)
    silver = _filtered(contracts, _silver(contracts, {table.name: table for table in bronze}, problems), personas, problems)
    bronze = with_classes_of_silver(bronze, silver.values())
    gold = _filtered(contracts, _gold(contracts, silver, problems), personas, problems)
    products = tuple(_product(root, name, bronze, silver.values(), gold.values(), problems) for name in product_names(root))
    if problems:
        raise Invalid(problems)
    return Manifest(lake=root.resolve().name, products=products, personas=personas or ())


def _check_unique(contracts: Contracts, problems: list[InvalidField]) -> None:
    """That a name means one table: silver and gold tables are named without their database in SQL."""
    seen: dict[tuple[str, str], str] = {}
    for contract in contracts.readable:
        servers = contract.document.servers or []
        kind = f"bronze of {servers[0].server}" if contract.layer == "bronze" and servers else contract.layer
        space = kind if contract.layer == "bronze" else "silver or gold"
        first = seen.setdefault((space, contract.name), contract.where.file)
        if first != contract.where.file:
            problems.append(InvalidField(contract.where.at("name"), f"{contract.name!r} is already the {space} table of {first}"))


def _check_documents(contracts: Contracts, bronze: Sequence[BronzeTable], problems: list[InvalidField]) -> None:
    """That a source of documents has one table: an upload names its source alone."""
    seen: dict[str, str] = {}
    for contract, table in zip(contracts.of("bronze"), bronze, strict=True):
        if way_of(table.mode).alone and seen.setdefault(table.source, table.contract) != table.contract:
            problems.append(
                InvalidField(
                    Location(contract.where.file).at("servers", 0, "server"),
                    f"the documents of {table.source!r} are already read by {seen[table.source]}; a source of documents has one table",
                )
            )


def _check_extractions(contracts: Contracts, bronze: Sequence[BronzeTable], problems: list[InvalidField]) -> None:
    """That what is extracted is extracted from a table of documents."""
    valid = sorted(table.name for table in bronze if way_of(table.mode).text)
    unreadable = {name for layer, name in contracts.unreadable if layer == "bronze"}
    for contract, table in zip(contracts.of("bronze"), bronze, strict=True):
        asked = table.extraction.documents if table.extraction is not None else ""
        if asked and asked not in valid and asked.partition("__")[2] not in unreadable:
            _, where = custom_properties(contract.table.customProperties, OF_TABLE["bronze"], contract.where, [])["documents"]
            problems.append(
                UnknownValue(where, asked, valid) if valid else InvalidField(where, f"{asked!r}: the lake has no bronze table of documents")
            )


def _silver(contracts: Contracts, bronze: Mapping[str, BronzeTable], problems: list[InvalidField]) -> dict[str, SilverTable]:
    """All silver tables, each after those that it refers to."""
    tables = {contract.name: compile_silver(contract, bronze, contracts, problems) for contract in contracts.of("silver")}
    for contract in contracts.of("silver"):
        found = references(contract, tables, contracts, problems)
        tables[contract.name] = tables[contract.name].model_copy(update={"references": found})
    needs = {name: frozenset(reference.table for reference in table.references) for name, table in tables.items()}
    return {name: tables[name] for name in _in_order(needs, contracts, "relationships", problems)}


def _gold(contracts: Contracts, silver: Mapping[str, SilverTable], problems: list[InvalidField]) -> dict[str, GoldTable]:
    """All gold tables, each after those that it reads."""
    outlines = {contract.name: gold_outline(contract, problems) for contract in contracts.of("gold")}
    others: dict[str, SilverTable | GoldTable] = {**outlines, **silver}
    tables = {
        contract.name: with_query(contract, outlines[contract.name], others, contracts, problems) for contract in contracts.of("gold")
    }
    needs = {name: frozenset(map(without_history, table.inputs)) for name, table in tables.items()}
    return {name: tables[name] for name in _in_order(needs, contracts, "inputs", problems)}


def _personas(root: Path, problems: list[InvalidField]) -> tuple[Persona, ...] | None:
    try:
        return read_personas(root)
    except Invalid as invalid:
        problems.extend(invalid.problems)
        return None


def _filtered[T: (SilverTable, GoldTable)](
    contracts: Contracts, tables: Mapping[str, T], personas: Sequence[Persona] | None, problems: list[InvalidField]
) -> dict[str, T]:
    """The tables with the rows that personas see of them."""
    by_name = {contract.name: contract for contract in contracts.readable if contract.layer != "bronze"}
    return {
        name: table.model_copy(update={"rows_for": rows_for(by_name[name], table, personas, problems)}) for name, table in tables.items()
    }


def _in_order(needs: Mapping[str, frozenset[str]], contracts: Contracts, what: str, problems: list[InvalidField]) -> tuple[str, ...]:
    try:
        return ordered(needs)
    except Cycle as cycle:
        where = next(contract.where for contract in contracts.readable if contract.name == cycle.tables[0] and contract.layer != "bronze")
        problems.append(InvalidField(where, f"tables need each other by their {what}, so none can be made first: {cycle}"))
        return tuple(needs)


def _product(
    root: Path,
    name: str,
    bronze: Iterable[BronzeTable],
    silver: Iterable[SilverTable],
    gold: Iterable[GoldTable],
    problems: list[InvalidField],
) -> Product:
    try:
        file = read_product(root, name)
    except Invalid as invalid:
        problems.extend(invalid.problems)
        return Product(name=name, tables=())
    tables = tuple(table for table in (*sorted(bronze, key=_place), *silver, *gold) if table.product == name)
    return Product(name=name, tables=tables, **dict(file))


def _place(table: BronzeTable) -> tuple[bool, str]:
    """By name, and what is extracted from others after all of those."""
    return table.extraction is not None, table.name


__all__ = ["compile_lake"]
