"""Athena's SQL of saved queries: that it names only what is there, and what it reads."""

import re
from collections.abc import Collection, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from medallion.manifest.compiler.sql import BadSql, UnknownName
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.frozen import Frozen
from medallion.manifest.names import DATABASES, Database, Names

# Athena's engine version 3 is built on Trino; sqlglot's own dialect of Athena reads Hive's DDL beside that.
DIALECT = "trino"

_PLACE = re.compile(r"[.:]? ?Line:? (\d+), Col:? (\d+).*", re.DOTALL)

# The names of columns, by layer and table.
type Tables = Mapping[Database, Mapping[str, Collection[str]]]


class Read(Frozen):
    """A column that a query reads, or where `column` is None the question which rows a table has."""

    layer: Database
    table: str
    column: str | None = None


def query(
    text: str, database: Database, names: Names, tables: Tables, where: Location, problems: list[InvalidField]
) -> tuple[str, tuple[Read, ...]]:
    """Checks a query, and gives it as an environment runs it, with what it reads.

    Args:
        text: One SELECT; another layer's tables have the layer before them, as in `silver.orders`.
        database: The layer of tables that are named alone.
        names: What the environment's databases are called.
        tables: What there is.
        where: The query's file.
        problems: What is wrong is added here.
    """
    try:
        statements = [statement for statement in sqlglot.parse(text, read=DIALECT) if statement is not None]
    except SqlglotError as error:
        problems.append(_bad(where, error, "does not parse: "))
        return "", ()
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        problems.append(BadSql(where, "must hold one SELECT"))
        return "", ()
    if unknown := _unknown_tables(statements[0], database, tables, where):
        problems.extend(unknown)
        return "", ()
    try:
        statement = qualify(
            statements[0].copy(),
            schema={layer: {table: dict.fromkeys(columns, "unknown") for table, columns in of.items()} for layer, of in tables.items()},
            db=database,
            dialect=DIALECT,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        problems.append(_bad(where, error))
        return "", ()
    return _placed(text, statements[0], names).strip(), _reads(statement, tables)


def _tables_of(statement: exp.Expr) -> list[exp.Table]:
    """The tables that are read from outside the statement, as it spells them."""
    return [
        source
        for scope in traverse_scope(statement)
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    ]


def _unknown_tables(statement: exp.Expr, database: Database, tables: Tables, where: Location) -> list[InvalidField]:
    found: list[InvalidField] = []
    for table in _tables_of(statement):
        place = where.at(f"line {table.this.meta.get('line')}")
        layer = _layer(table.db or database)
        if table.catalog or layer is None:
            told = f"{table.sql(dialect=DIALECT)!r}: name a table alone, or after its layer ({', '.join(DATABASES)}); databases differ by environment"
            found.append(BadSql(place, told))
        elif table.name.lower() not in tables[layer]:
            found.append(UnknownName(place, "table", table.name, sorted(tables[layer]), layer))
    return found


def _layer(name: str) -> Database | None:
    return next((layer for layer in DATABASES if layer == name.lower()), None)


def _placed(text: str, statement: exp.Expr, names: Names) -> str:
    """The text with databases for layers, all else as it was written."""
    layers = {table.args["db"].meta["start"]: table.args["db"] for table in _tables_of(statement) if table.db}
    for start, identifier in sorted(layers.items(), reverse=True):
        if (layer := _layer(identifier.name)) is not None:
            text = f"{text[:start]}{names.database(layer)}{text[identifier.meta['end'] + 1 :]}"
    return text


def _reads(statement: exp.Expr, tables: Tables) -> tuple[Read, ...]:
    """What a qualified statement reads; rather too much than too little where two of its SELECTs call tables the same."""
    called: dict[str, set[tuple[Database, str]]] = {}
    for scope in traverse_scope(statement):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table) and (layer := _layer(source.db)) is not None:
                called.setdefault(alias, set()).add((layer, source.name.lower()))
    found = {Read(layer=layer, table=table) for places in called.values() for layer, table in places}
    for column in statement.find_all(exp.Column):
        for layer, table in called.get(column.table, ()):
            if column.name in tables[layer][table]:
                found.add(Read(layer=layer, table=table, column=column.name))
    return tuple(sorted(found, key=lambda read: (read.layer, read.table, read.column or "")))


def _bad(where: Location, error: SqlglotError, before: str = "") -> BadSql:
    """What sqlglot found, in one line with its place in the file."""
    told = str(error)
    place = _PLACE.search(told)
    sentence = before + _PLACE.sub("", told).splitlines()[0]
    return BadSql(where.at(f"line {place[1]}, column {place[2]}") if place else where, sentence)


__all__ = ["Read", "Tables", "query"]
