"""A bronze contract: how a table of a source is read."""

from collections.abc import Sequence

from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.column_types import layer_type
from medallion.manifest.compiler.columns import check_names, column, key, places
from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.custom import EXTRACTED, OF_TABLE, custom_properties
from medallion.manifest.engines.engine import Way
from medallion.manifest.engines.registry import MODES, engine_of_mode
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import BronzeTable, Column
from medallion.manifest.names import bronze_table

_GROWING = ("timestamp", "timestamp_ntz", "date", "bigint", "int", "smallint")
_NEVER = ("quality", "relationships", "transformSourceObjects", "transformLogic", "partitioned")
# Of an extraction it says what to extract.
_ELSEWHERE = ("enum", *_NEVER)


def compile_bronze(contract: Contract, problems: list[InvalidField]) -> BronzeTable:
    """The table, as far as the contract says it; what is wrong is added to the problems."""
    where = contract.where
    items = places(contract)
    custom = custom_properties(contract.table.customProperties, OF_TABLE["bronze"], where, problems)
    mode, place = custom.get("ingestion", (None, where.at("customProperties")))
    engine, way = engine_of_mode(str(mode)) or (None, None)
    extracts = engine.extracts if engine is not None else None
    # Where the way is not known, only what any engine takes can be told.
    type_of = engine.column_type if engine is not None else layer_type
    columns = tuple(column(contract, item, at, type_of, problems) for item, at in items)
    check_names(items, problems)
    for item, at in items:
        custom_properties(item.customProperties, (), at, problems)
        _only_as_the_source_has_it(item, at, _ELSEWHERE if extracts is None else _NEVER, problems)
    if mode is None:
        problems.append(InvalidField(place, f"has no property 'ingestion'; it is one of {', '.join(MODES)}"))
    elif way is None:
        problems.append(UnknownValue(place, str(mode), MODES))
    incremental = way is not None and way.grows
    if way is not None:
        _check_properties(custom, way, extracted=extracts is not None, problems=problems)
    overlap, place = custom.get("overlapSeconds", (3600, where))
    if isinstance(overlap, bool) or not isinstance(overlap, int) or overlap < 0:
        problems.append(InvalidField(place, f"{overlap!r} must be a whole number of seconds, 0 or more"))
        overlap = 0
    found_key = key(items, problems)
    if incremental and not found_key:
        problems.append(
            InvalidField(
                where.at("properties"), "no column has primaryKey: true; an incremental read needs it to know the rows that it saw before"
            )
        )
    if engine is not None:
        engine.check(columns, found_key, where, problems)
    source = _source(contract, problems)
    return BronzeTable(
        product=contract.product,
        name=bronze_table(source, contract.name),
        contract=contract.file,
        version=contract.version,
        description=contract.description,
        columns=columns,
        source=source,
        object=contract.table.physicalName or contract.name,
        mode=way.mode if way is not None else MODES[0],
        key=found_key,
        watermark=_watermark(custom, columns, where, problems) if incremental else None,
        overlap_seconds=overlap,
        extraction=extracts(items, custom, where, problems) if extracts is not None else None,
    )


def _check_properties(custom: dict[str, tuple[object, Location]], way: Way, *, extracted: bool, problems: list[InvalidField]) -> None:
    """That no property is there that says something of another way to read."""
    for name in ("watermark", "overlapSeconds"):
        if way.whole and name in custom:
            problems.append(InvalidField(custom[name][1], f"{name} is of an incremental read; {way.whole}"))
    for name in EXTRACTED:
        if not extracted and name in custom:
            problems.append(
                InvalidField(
                    custom[name][1], f"{name} is of what a model extracts from documents; ingestion: {way.mode} takes rows as they are"
                )
            )


def _source(contract: Contract, problems: list[InvalidField]) -> str:
    where = Location(contract.where.file).at("servers")
    servers = contract.document.servers or []
    if len(servers) != 1:
        problems.append(
            InvalidField(where, f"must name exactly one logical source, and names {len(servers)}; which database it is, is configured")
        )
        return ""
    source = servers[0].server or ""
    if not source:
        problems.append(InvalidField(where.at(0, "server"), "is missing; it names a key of `sources` in every environment's configuration"))
    for name in ("host", "port", "endpointUrl", "location"):
        if getattr(servers[0], name) is not None:
            problems.append(
                InvalidField(where.at(0, name), "differs between environments; it belongs to the secret that the configuration names")
            )
    return source


def _watermark(
    custom: dict[str, tuple[object, Location]], columns: tuple[Column, ...], where: Location, problems: list[InvalidField]
) -> str | None:
    by_name = {column.name: column for column in columns}
    if "watermark" not in custom:
        problems.append(
            InvalidField(
                where.at("customProperties"),
                "has no property 'watermark'; an incremental read needs the column that grows with every change",
            )
        )
        return None
    value, place = custom["watermark"]
    name = str(value)
    if name not in by_name:
        problems.append(UnknownValue(place, name, by_name))
        return None
    if by_name[name].type not in _GROWING:
        problems.append(InvalidField(place, f"{name} is {by_name[name].type}; a watermark is one of {', '.join(_GROWING)}"))
    if not by_name[name].required:
        problems.append(
            InvalidField(
                place, f"{name} may be null, and such a row would never be read; say required: true if it never is, or read a snapshot"
            )
        )
    return name


def _only_as_the_source_has_it(item: SchemaProperty, where: Location, elsewhere: Sequence[str], problems: list[InvalidField]) -> None:
    for name in elsewhere:
        if getattr(item, name):
            problems.append(
                InvalidField(where.at(name), "has no effect in bronze, which takes rows as they are; it belongs to the silver contract")
            )


__all__ = ["compile_bronze"]
