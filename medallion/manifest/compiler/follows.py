"""Which partitions of a gold table a row of an input has a share in: followed through its SQL, or told by its contract.

Only what is sure is followed. Each row of the result must be made from rows of the input that agree with it on the partition, so the
partition's expression has to survive every grouping, window and join on its way.
"""

from collections.abc import Iterable, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from medallion.manifest.compiler.sql import DIALECT

# What gives another result on another day or in another run, so that old partitions would differ from those of a full run.
_UNSTEADY = (exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentUser, exp.Rand, exp.Randn, exp.Uuid)
_UNSTEADY_NAMES = (
    *("current_catalog", "current_database", "current_date", "current_schema", "current_time", "current_timestamp", "current_user"),
    *("curdate", "input_file_block_length", "input_file_block_start", "input_file_name", "localtimestamp"),
    *("monotonically_increasing_id", "now", "rand", "randn", "random", "randstr", "session_user", "shuffle", "spark_partition_id"),
    *("uniform", "unix_timestamp", "user", "uuid"),
)


class NotFollowed(ValueError):
    """It is not sure which partitions a row has a share in; the text says why."""


def unsteady(expression: exp.Expr) -> str | None:
    """A function in an expression whose value depends on more than rows; None where there is none."""
    for node in expression.walk():
        if isinstance(node, exp.Anonymous) and node.name.lower() in _UNSTEADY_NAMES:
            return f"{node.name.lower()}()"
        if isinstance(node, _UNSTEADY) or (
            isinstance(node, exp.Func) and node.sql_name().lower() in _UNSTEADY_NAMES and not node.expressions
        ):
            return str(node.sql(dialect=DIALECT)).lower()
    return None


def followed(sql: str, tables: Mapping[str, Mapping[str, str]], column: str) -> tuple[str, str]:
    """The input that decides about a partition column, and the Spark SQL expression over one of its rows.

    Args:
        sql: A query that has no problems.
        tables: Type by column by table.
        column: The partition column.

    Raises:
        NotFollowed: It can't be told.
    """
    schema: dict[str, object] = {name: {item.lower(): type_ for item, type_ in columns.items()} for name, columns in tables.items()}
    try:
        parsed = sqlglot.parse_one(sql, read=DIALECT)
        statement = qualify(parsed, schema=schema, dialect=DIALECT, validate_qualify_columns=False, quote_identifiers=False)
    except (OptimizeError, SqlglotError) as error:
        raise NotFollowed(str(error).splitlines()[0]) from error
    if found := unsteady(statement):
        raise NotFollowed(f"{found} gives another value in each run")
    root = build_scope(statement)
    if root is None:
        raise NotFollowed("it is no query")
    return _follow(root, exp.column(column), statement)


def _follow(scope: Scope, wanted: exp.Expr, statement: exp.Expr) -> tuple[str, str]:
    """Where an expression over a query's result comes from, if all that the query does keeps rows of different values apart."""
    select = scope.expression
    if not isinstance(select, exp.Select):
        raise NotFollowed("it goes through a UNION, INTERSECT or EXCEPT")
    if select.args.get("limit") or select.args.get("offset"):
        raise NotFollowed("a LIMIT chooses among all rows")
    outputs = {item.alias_or_name.lower(): item.unalias() for item in select.selects}
    made = _replaced(wanted, outputs)
    named = {column.table for column in made.find_all(exp.Column)}
    if made.find(exp.AggFunc, exp.Window, exp.Query, exp.UDTF):
        raise NotFollowed(f"{_shown(made)} is made from several rows")
    if len(named) != 1:
        raise NotFollowed(f"{_shown(made)} is made from {'several tables' if named else 'no table'}")
    (source,) = named
    _check_groups(select, made)
    _check_joins(select, source)
    if source not in scope.selected_sources:
        raise NotFollowed(f"{source or 'its table'} is not in the FROM or JOIN of its SELECT")
    node, origin = scope.selected_sources[source]
    if node.args.get("pivots") or node.args.get("sample") or node.args.get("joins") or statement.find(exp.TableSample):
        raise NotFollowed(f"{source} is pivoted, sampled or joined in parentheses")
    if (
        isinstance(node, exp.Table)
        and (count := sum(table.name.lower() == node.name.lower() for table in statement.find_all(exp.Table))) > 1
    ):
        raise NotFollowed(f"{node.name} is read {count} times")
    if isinstance(origin, Scope):
        return _follow(origin, _unqualified(made), statement)
    if not isinstance(origin, exp.Table):
        raise NotFollowed(f"{source} is no table")
    return origin.name.lower(), _shown(_unqualified(made))


def _replaced(wanted: exp.Expr, outputs: Mapping[str, exp.Expr]) -> exp.Expr:
    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        found = outputs.get(node.name.lower())
        if found is None:
            raise NotFollowed(f"{node.name} is hidden by a *")
        return found.copy() if isinstance(found, exp.Column | exp.Func) else exp.Paren(this=found.copy())

    return wanted.copy().transform(replace)


def _unqualified(expression: exp.Expr) -> exp.Expr:
    return expression.copy().transform(lambda node: exp.column(node.name) if isinstance(node, exp.Column) else node)


def _check_groups(select: exp.Select, made: exp.Expr) -> None:
    """That rows are put together only with those of the same value."""
    group = select.args.get("group")
    if group is not None:
        if any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets", "totals")):
            raise NotFollowed("ROLLUP, CUBE and GROUPING SETS make rows of several partitions")
        if not group.args.get("all") and not _determined(made, group.expressions):
            raise NotFollowed(f"rows are not grouped by {_shown(made)}")
    elif any(True for _ in _aggregates(select)):
        raise NotFollowed("all rows are put into one")
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        raise NotFollowed("DISTINCT ON chooses among rows")
    if select.args.get("windows"):
        raise NotFollowed("it has a WINDOW clause; write OVER (PARTITION BY …) out")
    for window in _own(select, exp.Window):
        if not _determined(made, window.args.get("partition_by") or []):
            raise NotFollowed(f"{_shown(window)} looks at rows of other partitions: it is not partitioned by {_shown(made)}")


def _aggregates(select: exp.Select) -> Iterator[exp.Expr]:
    for found in _own(select, exp.AggFunc):
        if found.find_ancestor(exp.Window, exp.Query) is select:
            yield found


def _own(select: exp.Select, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """The nodes of a kind in a SELECT, those of the queries in it left out."""
    for found in select.find_all(kind):
        if found.find_ancestor(exp.Query) is select:
            yield found


def _check_joins(select: exp.Select, source: str) -> None:
    """That no join makes rows in which the source's columns are null because it has no row for them."""
    start = select.args.get("from_") or select.args.get("from")
    inside = start is not None and start.this.alias_or_name == source
    for join in select.args.get("joins") or []:
        side, method = (join.side or "").upper(), (join.method or "").upper()
        if method:
            raise NotFollowed(f"a {method} JOIN")
        if inside and side in ("RIGHT", "FULL"):
            raise NotFollowed(f"a {side} JOIN makes rows where {source} has none")
        if join.this.alias_or_name == source:
            if side in ("LEFT", "FULL"):
                raise NotFollowed(f"a {side} JOIN makes rows where {source} has none")
            inside = True


def _determined(made: exp.Expr, keys: Iterable[exp.Expr]) -> bool:
    """Whether rows that agree on some keys agree on an expression."""
    known = [_bare(key) for key in keys]

    def determined(node: exp.Expr) -> bool:
        node = _bare(node)
        if node in known:
            return True
        if isinstance(node, exp.Column):
            return False
        return all(determined(child) for child in node.iter_expressions() if not isinstance(child, exp.DataType | exp.Var))

    return determined(made)


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _shown(expression: exp.Expr) -> str:
    return str(expression.sql(dialect=DIALECT))


__all__ = ["NotFollowed", "followed", "unsteady"]
