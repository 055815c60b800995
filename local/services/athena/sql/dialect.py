"""The text of a query as the laptop's Athena understands it, or a refusal that names what it does not."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.scope import traverse_scope

from local.services.athena.errors import Malformed, Position, Unsupported
from local.services.athena.sql import functions

# sqlglot warns where it falls back to an opaque command; such a command is refused by name.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

CATALOG = "awsdatacatalog"

_KEYWORDS = frozenset(
    "all and any as asc between by case cross cube desc distinct else end except exists fetch filter first following from full group having in "
    "inner intersect interval into is join last left like limit lateral natural not nulls offset on or order outer over partition preceding "
    "range recursive right rollup rows select set sets some then union using values when where with within "
    "array boolean bigint char date decimal double integer int map numeric real row smallint struct time timestamp tinyint varbinary varchar".split()
)
_OTHER_STATEMENTS = frozenset(
    "ALTER ANALYZE ATTACH CALL COMMIT COPY CREATE DEALLOCATE DELETE DETACH DROP EXECUTE EXPLAIN EXPORT GRANT IMPORT INSERT INSTALL LOAD MERGE MSCK "
    "OPTIMIZE PRAGMA PREPARE REFRESH RESET REVOKE ROLLBACK SET SHOW START TRUNCATE UNLOAD UPDATE USE VACUUM".split()
)
_WORD = re.compile(r"[a-zA-Z_]\w*")
_NAME = r'(?:"[^"]+"|`[^`]+`|\w+)'
_SHOW_TABLES = re.compile(rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+({_NAME}))?(?:\s+'([^']*)')?", re.IGNORECASE)
_SHOW_DATABASES = re.compile(r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'([^']*)')?", re.IGNORECASE)
_COLUMNS = re.compile(rf"(SHOW\s+COLUMNS\s+(?:IN|FROM)|DESCRIBE|DESC)\s+(?:({_NAME})\.)?({_NAME})", re.IGNORECASE)
_COMMENT = re.compile(r"^(\s+|--[^\n]*(\n|$)|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True)
class TableName:
    """A table as a query names it.

    Attributes:
        database: None takes the query's own.
        name: In lower case.
        position: Where it is written.
    """

    database: str | None
    name: str
    position: Position


@dataclass(frozen=True)
class Query:
    """A query over tables; its tree is not to be changed.

    Attributes:
        text: As it was written.
        tree: Parsed, and nothing in it but what may run.
    """

    text: str
    tree: exp.Query


@dataclass(frozen=True)
class ShowTables:
    """The names of a database's tables; `pattern` is a regular expression as Athena takes it."""

    database: str | None
    pattern: str | None


@dataclass(frozen=True)
class ShowDatabases:
    """The names of all databases."""

    pattern: str | None


@dataclass(frozen=True)
class ShowColumns:
    """A table's columns; `types` as DESCRIBE prints them."""

    table: TableName
    types: bool


type Statement = Query | ShowTables | ShowDatabases | ShowColumns


def parse(text: str, parameters: Sequence[str] = ()) -> Statement:
    """What one statement asks.

    Args:
        text: One statement; a semicolon may end it.
        parameters: A literal for each `?`, written as SQL.

    Raises:
        Malformed: It does not parse.
        Unsupported: The laptop's Athena does not do it; the message names what.
    """
    stripped = _COMMENT.sub("", text).rstrip().rstrip(";").rstrip()
    if not stripped:
        raise Malformed("line 1:1: mismatched input '<EOF>'. Expecting: 'SELECT', 'WITH', 'SHOW', 'DESCRIBE'")
    if match := _SHOW_TABLES.fullmatch(stripped):
        return ShowTables(_unquoted(match[1]), match[2])
    if match := _SHOW_DATABASES.fullmatch(stripped):
        return ShowDatabases(match[1])
    if match := _COLUMNS.fullmatch(stripped):
        table = TableName(_unquoted(match[2]), _unquoted(match[3]) or "", Position(1, match.start(3) + 1))
        return ShowColumns(table, types=not match[1].lower().startswith("show"))
    return Query(text, _query(text, parameters))


def tables(tree: exp.Query) -> list[exp.Table]:
    """The nodes that name a table of the catalog; names of WITH are not among them.

    Raises:
        Unsupported: A table stands where the rewriter does not look, so that nobody would say what its name means.
    """
    found: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                found[id(source)] = source
    for table in tree.find_all(exp.Table):
        # Such as a subquery in the LIMIT of a UNION; what is left alone DuckDB takes for a file or a table of its own.
        if id(table) not in found and not _is_of_with(table):
            raise Unsupported(f"table {table.sql('trino')} in ORDER BY or LIMIT of a set operation")
    return list(found.values())


def _is_of_with(table: exp.Table) -> bool:
    if table.args.get("db") or table.args.get("catalog"):
        return False
    inner: exp.Expr = table
    while (outer := inner.parent) is not None:
        clause = outer if isinstance(outer, exp.With) else outer.args.get("with_")
        # Inside of the clause only what comes before is known, and only to those after it.
        known = clause.expressions if isinstance(clause, exp.With) and clause is not inner else []
        before = known[: known.index(inner)] if isinstance(outer, exp.With) else known
        if any(table.name == common.alias for common in before):
            return True
        inner = outer
    return False


def table_name(text: str, table: exp.Table) -> TableName:
    """What a node names.

    Raises:
        Unsupported: Another catalog, or a metadata table such as `"orders$snapshots"`.
    """
    if table.catalog and table.catalog.lower() != CATALOG:
        raise Unsupported(f"catalog {table.catalog!r}")
    if "$" in table.name:
        raise Unsupported(f"metadata table {table.name!r}")
    first = table.args.get("catalog") or table.args.get("db") or table.this
    return TableName(table.db.lower() or None, table.name.lower(), position(text, first))


def position(text: str, node: exp.Expr) -> Position:
    """Where a node's identifier is written; the beginning where sqlglot does not say."""
    start = node.meta.get("start")
    before = text[: start if isinstance(start, int) else 0]
    return Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _query(text: str, parameters: Sequence[str]) -> exp.Query:
    if (statement := _statement(text)).split()[0] in _OTHER_STATEMENTS:
        raise Unsupported(statement)
    try:
        tokens = sqlglot.tokenize(text, read="trino")
        trees = [tree for tree in sqlglot.parse(text, read="trino") if tree is not None]
    except (ParseError, TokenError) as error:
        raise Malformed(_parse_error(error)) from error
    if len(trees) != 1:
        raise Malformed("Only one sql statement is allowed")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise Unsupported(statement)
    _bind(tree, parameters)
    _check(tree, tokens)
    return tree


def _statement(text: str) -> str:
    words = _WORD.findall(_COMMENT.sub("", text))
    known = (
        "INSERT INTO",
        "CREATE TABLE",
        "CREATE VIEW",
        "DELETE FROM",
        "MERGE INTO",
        "ALTER TABLE",
        "DROP TABLE",
        "SHOW CREATE",
        "MSCK REPAIR",
    )
    two = " ".join(words[:2]).upper()
    return two if two in known else words[0].upper() if words else "the statement"


def _bind(tree: exp.Query, parameters: Sequence[str]) -> None:
    holes = sorted(tree.find_all(exp.Placeholder), key=lambda node: int(node.meta.get("start") or 0))
    if len(holes) != len(parameters):
        raise Malformed(f"Incorrect number of parameters: expected {len(holes)} but found {len(parameters)}")
    for hole, parameter in zip(holes, parameters, strict=True):
        try:
            value = sqlglot.parse_one(parameter, read="trino")
        except (ParseError, TokenError):
            raise Malformed(f"parameter {parameter!r} is not a literal; write text as 'text'") from None
        if not all(isinstance(node, _LITERALS) for node in value.walk()):
            raise Malformed(f"parameter {parameter!r} is not a literal; write text as 'text'")
        hole.replace(value)


_LITERALS = (exp.Literal, exp.Neg, exp.Boolean, exp.Null, exp.Cast, exp.DataType, exp.DataTypeParam)


def _check(tree: exp.Query, tokens: Sequence[Any]) -> None:
    for node in tree.walk():
        kind = type(node)
        if isinstance(node, exp.Version):
            raise Unsupported("FOR TIMESTAMP AS OF and FOR VERSION AS OF")
        if isinstance(node, exp.Anonymous) and node.name.lower() not in functions.ANONYMOUS:
            raise Unsupported(f"function {node.name.lower()}")
        if kind not in functions.SYNTAX:
            raise Unsupported(f"function {node.sql_name().lower()}" if isinstance(node, exp.Func) else kind.__name__.upper())
        if isinstance(node, exp.DataType) and node.this not in functions.TYPES:
            raise Unsupported(f"type {node.sql('trino')}")
        if isinstance(node, exp.Table):
            _check_table(node)
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise Unsupported("WITH RECURSIVE")
    _check_names(tree, tokens)


def _check_table(table: exp.Table) -> None:
    # DuckDB has functions here that read files; a name is all that may stand here.
    if not isinstance(table.this, exp.Identifier):
        raise Unsupported(f"table function {table.this.sql('trino')}")
    if table.args.get("sample"):
        raise Unsupported("TABLESAMPLE")
    for extra in ("pivots", "laterals", "changes", "when", "only", "partition", "ordinality", "hints"):
        if table.args.get(extra):
            raise Unsupported(f"{extra} of a table")


def _check_names(tree: exp.Query, tokens: Sequence[Any]) -> None:
    # By what is written: sqlglot reads names of other dialects, such as LEN, as the functions of this one.
    aliases = {alias.name.lower() for alias in tree.find_all(exp.TableAlias) if alias.args.get("columns")}
    for token, following in pairwise(tokens):
        name = token.text.lower()
        quoted = token.token_type in {sqlglot.TokenType.IDENTIFIER, sqlglot.TokenType.STRING}
        if following.token_type != sqlglot.TokenType.L_PAREN or quoted or not _WORD.fullmatch(name):
            continue
        if name not in functions.NAMES and name not in _KEYWORDS and name not in aliases:
            raise Unsupported(f"function {name}")


def _parse_error(error: ParseError | TokenError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        line, column, word = first.get("line"), first.get("col"), first.get("highlight")
        start = max(1, int(column or 1) - len(str(word or "")) + 1)
        return f"line {line}:{start}: mismatched input '{word}'. {first.get('description', '')}".rstrip()
    return f"line 1:1: {str(error).splitlines()[0]}"


def _unquoted(name: str | None) -> str | None:
    return name.strip('"`').lower() if name else None
