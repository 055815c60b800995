"""Spark SQL of contracts: that it parses and names only what is there."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from medallion.manifest.errors import InvalidField, Location

DIALECT = "spark"


class BadSql(InvalidField):
    """SQL that Spark could not run."""


class UnknownName(BadSql):
    """SQL names a column or table that is not there."""

    def __init__(self, where: Location, what: str, name: str, valid: Collection[str], owner: str) -> None:
        hint = get_close_matches(name.lower(), valid, n=1)
        super().__init__(
            where,
            f"there is no {what} {name!r} in {owner}; it has {', '.join(valid) or 'none'}"
            + (f"; did you mean {hint[0]!r}?" if hint else ""),
        )


def row_expression(sql: str, columns: Collection[str], owner: str, where: Location, problems: list[InvalidField]) -> tuple[str, ...]:
    """Checks an expression over one row, and gives the columns that it names, in their order in the table.

    Args:
        sql: The expression.
        columns: What there is.
        owner: Whose columns they are, for errors.
        where: The expression's place.
        problems: What is wrong is added here.
    """
    if _has_setting(sql, where, problems):
        return ()
    try:
        tokens = sqlglot.tokenize(sql, read=DIALECT)
        if any(token.comments for token in tokens):
            problems.append(BadSql(where, "holds a comment; write it into transformDescription or description"))
            return ()
        if any(token.token_type == sqlglot.TokenType.SEMICOLON for token in tokens):
            problems.append(BadSql(where, "holds a semicolon; it is one expression"))
            return ()
        parsed = sqlglot.parse_one(sql, read=DIALECT, into=exp.Condition)
    except SqlglotError as error:
        problems.append(BadSql(where, _position(error)))
        return ()
    for kind, what in (
        (exp.Query, "a query"),
        (exp.AggFunc, "an aggregate function"),
        (exp.Window, "a window function"),
        (exp.UDTF, "a function that makes rows"),
    ):
        found = parsed.find(kind)
        if found:
            problems.append(BadSql(where, f"{found.sql(dialect=DIALECT)!r} is {what}; an expression here makes one value of one row"))
            return ()
    named = set()
    known = {name.lower(): name for name in columns}
    for reference in parsed.find_all(exp.Column):
        name = reference.parts[0].name
        if name.lower() not in known:
            problems.append(UnknownName(where, "column", name, list(columns), owner))
        else:
            named.add(known[name.lower()])
    return tuple(name for name in columns if name in named)


def query(
    sql: str, tables: Mapping[str, Mapping[str, str]], where: Location, problems: list[InvalidField]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Checks a query, and gives the tables that it reads, sorted, and the columns that it makes, in their order.

    Args:
        sql: One SELECT.
        tables: What it may read: type by column by table.
        where: The query's place.
        problems: What is wrong is added here.
    """
    if _has_setting(sql, where, problems):
        return (), ()
    try:
        statements = [statement for statement in sqlglot.parse(sql, read=DIALECT) if statement is not None]
    except SqlglotError as error:
        problems.append(BadSql(where, _position(error)))
        return (), ()
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        problems.append(BadSql(where, "must be one SELECT"))
        return (), ()
    statement = statements[0]
    inputs, found = _inputs(statement), list[InvalidField]()
    for name, table in inputs.items():
        if table.db or table.catalog:
            found.append(BadSql(where, f"{table.sql(dialect=DIALECT)!r}: name the table alone; each environment has its own databases"))
        elif name not in tables:
            found.append(UnknownName(where, "table", name, sorted(tables), "silver and gold"))
    if found:
        problems.extend(found)
        return tuple(sorted(inputs)), ()
    read = {name: {column.lower(): type_ for column, type_ in tables[name].items()} for name in inputs}
    # Names with a table before them are looked at first: the qualifier stops at such a one without saying what there is.
    found.extend(_unknown_columns(normalize_identifiers(statement.copy(), dialect=DIALECT), read, where, with_table_only=True))
    if found:
        problems.extend(found)
        return tuple(sorted(inputs)), ()
    try:
        qualified = qualify(
            statement.copy(),
            schema={name: dict(columns) for name, columns in read.items()},
            dialect=DIALECT,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        problems.append(BadSql(where, str(error)))
        return tuple(sorted(inputs)), ()
    found.extend(_unknown_columns(qualified, read, where))
    problems.extend(found)
    return tuple(sorted(inputs)), () if found else tuple(qualified.named_selects)


def _has_setting(sql: str, where: Location, problems: list[InvalidField]) -> bool:
    """Whether Spark would put a setting into the SQL, which then means something else in each session."""
    if "${" in sql:
        problems.append(BadSql(where, "holds ${, for which Spark puts in a setting; in a text write \\u0024{ instead"))
    return "${" in sql


def _inputs(statement: exp.Query) -> dict[str, exp.Table]:
    """The tables that are read from outside the query, by lower-case name."""
    return {
        source.name.lower(): source
        for scope in traverse_scope(statement)
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    }


def _unknown_columns(
    statement: exp.Query, tables: Mapping[str, Mapping[str, str]], where: Location, *, with_table_only: bool = False
) -> list[InvalidField]:
    problems: dict[str, InvalidField] = {}
    for scope in traverse_scope(statement):
        there = {name: _columns(source, tables) for name, source in scope.sources.items()}
        for column in scope.columns:
            if isinstance(column.this, exp.Star):
                continue
            if column.table in there:
                valid = there[column.table]
                if valid is not None and column.name not in valid:
                    problems[column.sql()] = UnknownName(where, "column", column.name, valid, _owner(column.table, scope))
            elif column.table and not _is_outer(column.table, scope) and not _is_column(column.table, there):
                problems[column.sql()] = UnknownName(where, "table", column.table, sorted(there), "this SELECT")
            elif not column.table and not with_table_only and None not in there.values() and column.name not in _aliases(column, scope):
                problems[column.sql()] = _unresolved(column.name, there, scope, where)
    return list(problems.values())


def _unresolved(name: str, there: Mapping[str, list[str] | None], scope: Scope, where: Location) -> InvalidField:
    """A column without a table before it: none of the tables has it, or more than one."""
    owners = [_owner(table, scope) for table, columns in there.items() if name in (columns or ())]
    if owners:
        return BadSql(where, f"{name!r} could be of {' or '.join(owners)}; write the table before it")
    valid = [column for columns in there.values() for column in columns or ()]
    return UnknownName(where, "column", name, valid, ", ".join(_owner(table, scope) for table in there))


def _is_outer(name: str, scope: Scope) -> bool:
    """Whether a table is one of a query around this one."""
    return scope.parent is not None and (name in scope.parent.sources or _is_outer(name, scope.parent))


def _is_column(name: str, there: Mapping[str, list[str] | None]) -> bool:
    """Whether what stands before the point is a nested column, and not a table."""
    return any(columns is None or name in columns for columns in there.values())


def _aliases(column: exp.Column, scope: Scope) -> set[str]:
    """The names given in the SELECT that a column in that place can mean: in its list, those before it."""
    projections = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
    around = {id(column)}
    node = column.parent
    while node is not None:
        around.add(id(node))
        node = node.parent
    aliases: set[str] = set()
    for projection in projections:
        if id(projection) in around:
            break
        aliases.add(projection.alias_or_name)
    return aliases


def _columns(source: exp.Expression | Scope, tables: Mapping[str, Mapping[str, str]]) -> list[str] | None:
    """A source's columns; None where only Spark knows them, as of a function that makes rows."""
    if isinstance(source, exp.Table):
        return list(tables[source.name.lower()]) if isinstance(source.this, exp.Identifier) else None
    if isinstance(source, Scope) and isinstance(source.expression, exp.Query) and not source.expression.is_star:
        return list(source.expression.named_selects)
    return None


def _owner(name: str, scope: Scope) -> str:
    source = scope.sources.get(name)
    table = source.name if isinstance(source, exp.Table) else name
    return table if table == name else f"{table} (as {name})"


def _position(error: SqlglotError) -> str:
    """What sqlglot found, in one line with its place in the SQL."""
    if isinstance(error, SqlglotParseError) and error.errors:
        first = error.errors[0]
        near = f"{first.get('start_context') or ''}{first.get('highlight') or ''}".split("\n")[-1][-40:]
        return f"does not parse: line {first.get('line')}, column {first.get('col')}: {first.get('description')} at {near.strip()!r}"
    return f"does not parse: {str(error).splitlines()[0]}"


__all__ = ["BadSql", "UnknownName", "query", "row_expression"]
