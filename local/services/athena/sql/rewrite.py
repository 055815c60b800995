"""A query of Athena's dialect as DuckDB's SQL with the same meaning; what can't be said exactly is refused by name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from local.services.athena.errors import QueryFailed, Unsupported
from local.services.athena.sql import decimals

type Types = Mapping[str, exp.DataType]

_PLAIN_TIMESTAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?")
_UNRESOLVED = re.compile(r"[Cc]olumn '?\"?([^'\"]+?)\"?'? could not be resolved.*?Line: (\d+), Col: (\d+)", re.DOTALL)
_GROUP = re.compile(r"\$(\d)")

MACROS = (
    "CREATE MACRO athena_divide_floats(a, b) AS a / b",
    "CREATE MACRO athena_divide_integers(a, b) AS CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a // b END",
    "CREATE MACRO athena_modulus(a, b) AS CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a % b END",
    "CREATE MACRO athena_unscaled(a) AS CAST(replace(CAST(a AS VARCHAR), '.', '') AS HUGEINT)",
    "CREATE MACRO athena_half_up(n, d) AS sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d)))",
    """CREATE MACRO athena_quotient(a, b, shift) AS
    CASE WHEN b = 0 THEN CAST(error('DIVISION_BY_ZERO: Division by zero') AS HUGEINT)
    ELSE athena_half_up(athena_unscaled(a) * shift, athena_unscaled(b)) END""",
    """CREATE MACRO athena_digits(q, one, scale) AS
    CASE WHEN q < 0 THEN '-' ELSE '' END || CAST(abs(q) // one AS VARCHAR) || '.' || lpad(CAST(abs(q) % one AS VARCHAR), scale, '0')""",
    "CREATE MACRO athena_split_part(s, d, n) AS string_split(s, d)[n]",
    "CREATE MACRO athena_regexp_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "CREATE MACRO athena_json_scalar(j, p) AS CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(j, p) END",
)
"""What DuckDB needs to hold before a rewritten query runs."""


@dataclass(frozen=True)
class Plan:
    """A query ready to run.

    Attributes:
        sql: DuckDB's SQL over the views.
        columns: The names of its result, in order; two may be the same.
        reads: The columns that it needs of each view.
    """

    sql: str
    columns: tuple[str, ...]
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)


def plan(tree: exp.Query, views: Mapping[str, Types]) -> Plan:
    """The plan of a query whose tables have been replaced by views.

    Args:
        tree: Changed in place.
        views: The columns of each view and their types.

    Raises:
        QueryFailed: A column that is not there, or an ambiguous one.
        Unsupported: Something whose exact meaning can't be had.
    """
    unnamed = _name_projections(tree)
    try:
        tree = qualify(
            tree,
            schema={name: dict(types) for name, types in views.items()},
            dialect="trino",
            expand_alias_refs=False,
            quote_identifiers=False,
            identify=False,
        )
    except OptimizeError as error:
        raise _unresolved(str(error)) from error
    names = tuple(
        f"_col{index}" if projection.alias_or_name in unnamed else projection.alias_or_name
        for index, projection in enumerate(_leftmost(tree).selects)
    )
    reads = _reads(tree, views)
    schema = {name: dict(types) for name, types in views.items()}
    tree = annotate_types(tree, schema=schema, dialect="trino", expression_metadata=decimals.METADATA)  # type: ignore[arg-type]
    for node in reversed(list(tree.walk(bfs=True))):
        if (rule := _RULES.get(type(node))) is not None:
            rule(node)
    try:
        return Plan(tree.sql("duckdb", identify=True), names, reads)
    except SqlglotError as error:
        raise Unsupported(str(error)) from error


def _leftmost(tree: exp.Query) -> exp.Query:
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree


def _name_projections(tree: exp.Query) -> frozenset[str]:
    # sqlglot would invent names; Athena's are by position, which stars only show once they are expanded.
    names = set()
    top = _leftmost(tree)
    if isinstance(top, exp.Select):
        for index, projection in enumerate(list(top.expressions)):
            if isinstance(projection, exp.Column | exp.Alias | exp.Star | exp.Dot) or projection.is_star:
                continue
            names.add(name := f"_unnamed_{index}")
            projection.replace(exp.alias_(projection.copy(), name))
    return frozenset(names)


def _reads(tree: exp.Query, views: Mapping[str, Types]) -> dict[str, frozenset[str]]:
    reads: dict[str, set[str]] = {name: set() for name in views}
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.name in reads:
                reads[source.name].add(column.name)
    return {name: frozenset(columns) for name, columns in reads.items()}


def _unresolved(message: str) -> QueryFailed:
    if match := _UNRESOLVED.search(message):
        column = max(1, int(match[3]) - len(match[1]) + 1)
        return QueryFailed("COLUMN_NOT_FOUND", f"line {match[2]}:{column}: Column '{match[1]}' cannot be resolved")
    if "mbiguous" in message:
        return QueryFailed("AMBIGUOUS_NAME", message)
    return QueryFailed("COLUMN_NOT_FOUND", message)


def _call(name: str, *arguments: exp.Expr | str) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[exp.maybe_parse(value, dialect="duckdb") for value in arguments])


def _replace(node: exp.Expr, by: exp.Expr) -> None:
    # What stands around it still asks for its type.
    by.type = node.type
    node.replace(by)


def _as_date(node: exp.Expr) -> None:
    _replace(node, exp.Cast(this=node.copy(), to=exp.DataType.build("date")))


def _is(node: exp.Expr, *kinds: exp.DType) -> bool:
    return node.type is not None and node.type.this in kinds


def _decimal_quotient(left: exp.Expr, right: exp.Expr, a: tuple[int, int], b: tuple[int, int]) -> exp.Expr:
    precision, scale = decimals.quotient(a, b)
    shift = _call("athena_quotient", left, right, f"CAST('{10 ** (scale + b[1] - a[1])}' AS HUGEINT)")
    if scale == 0:
        return exp.Cast(this=shift, to=decimals.decimal(precision, 0))
    digits = _call("athena_digits", shift, f"CAST('{10**scale}' AS HUGEINT)", str(scale))
    return exp.Cast(this=digits, to=decimals.decimal(precision, scale))


def _division(node: exp.Div) -> None:
    left, right = node.left, node.right
    a, b = decimals.shape(left.type), decimals.shape(right.type)
    if decimals.is_integer(left.type) and decimals.is_integer(right.type):
        _replace(node, _call("athena_divide_integers", left.copy(), right.copy()))
    elif (decimals.is_float(left.type) and (b or decimals.is_float(right.type))) or (decimals.is_float(right.type) and a):
        _replace(node, _call("athena_divide_floats", left.copy(), right.copy()))
    elif a and b:
        _replace(node, _decimal_quotient(left.copy(), right.copy(), a, b))
    else:
        raise Unsupported(f"division of a type that can't be told, {node.sql('trino')}: cast both sides; it")


def _average(node: exp.Avg) -> None:
    kind = node.this.expressions[0].type if isinstance(node.this, exp.Distinct) else node.this.type
    sizes = decimals.shape(kind)
    if not decimals.is_decimal(kind) or sizes is None:
        return
    outer: exp.Expr = node
    while isinstance(outer.parent, exp.Filter | exp.Window) and outer.arg_key == "this":
        outer = outer.parent
    total, count = _with(outer, node, exp.Sum), _with(outer, node, exp.Count)
    guarded = exp.Nullif(this=count, expression=exp.Literal.number(0))
    quotient = _decimal_quotient(total, guarded, (decimals.DIGITS, sizes[1]), (19, 0))
    _replace(outer, exp.Cast(this=quotient, to=decimals.decimal(*sizes)))


def _with(outer: exp.Expr, node: exp.Avg, aggregate: type[exp.Expr]) -> exp.Expr:
    if outer is node:
        return aggregate(this=node.this.copy())
    copied = outer.copy()
    inner = copied
    while not isinstance(inner, exp.Avg):
        inner = inner.this
    inner.replace(aggregate(this=inner.this.copy()))
    return copied


def _cast(node: exp.Cast) -> None:
    source, to = node.this, node.to
    if to.this in decimals.INTEGERS and decimals.is_float(source.type):
        node.set("this", exp.Round(this=source.copy()))
    elif to.this in {exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR}:
        if decimals.is_float(source.type):
            raise Unsupported("cast of real or double to varchar")
        if _is(source, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
            raise Unsupported("cast of a timestamp to varchar (use date_format)")
        node.set("to", exp.DataType.build("varchar"))
    elif to.this == exp.DType.TIMESTAMP and isinstance(source, exp.Literal) and not _PLAIN_TIMESTAMP.fullmatch(source.name.strip()):
        node.set("to", exp.DataType.build("timestamptz"))
    elif to.this == exp.DType.TIMESTAMP and isinstance(source, exp.Literal):
        node.set("to", exp.DataType.build("timestamp"))
    elif to.this == exp.DType.TIMESTAMP and not to.expressions:
        # Athena's `timestamp` is timestamp(3); DuckDB compares only its own six digits with a zone.
        node.set("to", exp.DataType.build("timestamp"))
        node.set("this", exp.Cast(this=source.copy(), to=exp.DataType.build("timestamp_ms", dialect="duckdb")))


def _sum_of_dates(node: exp.Add | exp.Sub) -> None:
    left, right = node.left, node.right
    if _is(left, exp.DType.DATE) and _is(right, exp.DType.DATE):
        raise Unsupported("difference of dates with - (use date_diff)")
    intervals = isinstance(left, exp.Interval) or isinstance(right, exp.Interval)
    if intervals and (_is(left, exp.DType.DATE) or _is(right, exp.DType.DATE)):
        _as_date(node)


def _date_if_date(node: exp.Expr) -> None:
    if _is(node.this, exp.DType.DATE):
        _as_date(node)


def _date_difference(node: exp.DateDiff) -> None:
    unit = node.args["unit"].name.lower()
    _replace(node, _call("date_sub", f"'{unit}'", node.expression.copy(), node.this.copy()))


def _regexp_extract(node: exp.RegexpExtract) -> None:
    group = node.args.get("group")
    _replace(node, _call("athena_regexp_extract", node.this.copy(), node.expression.copy(), group.copy() if group else "0"))


def _regexp_replace(node: exp.RegexpReplace) -> None:
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if not (isinstance(replacement, exp.Literal) and replacement.is_string):
        raise Unsupported("regexp_replace with a replacement that is not a literal")
    text = exp.Literal.string(_GROUP.sub(r"\\\1", replacement.name))
    _replace(node, _call("regexp_replace", node.this.copy(), node.expression.copy(), text, "'g'"))


def _approx_percentile(node: exp.ApproxQuantile) -> None:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise Unsupported("approx_percentile with weight or accuracy")
    _replace(node, _call("quantile_disc", node.this.copy(), node.args["quantile"].copy()))


def _json_scalar(node: exp.JSONExtractScalar) -> None:
    path = exp.Literal.string(node.expression.sql("duckdb").strip("'"))
    _replace(node, _call("athena_json_scalar", node.this.copy(), path))


def _cardinality(node: exp.ArraySize) -> None:
    _replace(node, _call("cardinality" if _is(node.this, exp.DType.MAP) else "len", node.this.copy()))


def _sequence(node: exp.GenerateSeries) -> None:
    if _is(node.args["start"], exp.DType.DATE):
        if not node.args.get("step"):
            raise Unsupported("sequence of dates without a step")
        _replace(node, exp.Cast(this=node.copy(), to=exp.DataType.build("date[]", dialect="duckdb")))


def _unnest(node: exp.Unnest) -> None:
    for value in node.expressions:
        kind = value.type
        if kind is not None and kind.this == exp.DType.MAP:
            raise Unsupported("UNNEST of a map")
        if kind is not None and kind.this == exp.DType.ARRAY and any(part.is_type(exp.DType.STRUCT) for part in kind.expressions):
            raise Unsupported("UNNEST of an array of rows")


def _round(node: exp.Round) -> None:
    if decimals.is_decimal(node.this.type) and node.args.get("decimals") and node.type is not None:
        _replace(node, exp.Cast(this=node.copy(), to=node.type.copy()))


def _random(node: exp.Rand) -> None:
    if node.this is not None:
        raise Unsupported("random with bounds")


def _fetch(node: exp.Fetch) -> None:
    options = node.args.get("limit_options")
    if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
        raise Unsupported("FETCH FIRST … WITH TIES")


_RULES: dict[type[exp.Expr], Callable[..., None]] = {
    exp.Div: _division,
    exp.Mod: lambda node: _replace(node, _call("athena_modulus", node.left.copy(), node.right.copy())),
    exp.Avg: _average,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Add: _sum_of_dates,
    exp.Sub: _sum_of_dates,
    exp.DateAdd: _date_if_date,
    exp.TimestampTrunc: _date_if_date,
    exp.DateTrunc: _date_if_date,
    exp.DateDiff: _date_difference,
    exp.SplitPart: lambda node: _replace(
        node, _call("athena_split_part", node.this.copy(), node.args["delimiter"].copy(), node.args["part_index"].copy())
    ),
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.ApproxDistinct: lambda node: _replace(node, exp.Count(this=exp.Distinct(expressions=[node.this.copy()]))),
    exp.ApproxQuantile: _approx_percentile,
    exp.JSONExtractScalar: _json_scalar,
    exp.ArraySize: _cardinality,
    exp.GenerateSeries: _sequence,
    exp.Unnest: _unnest,
    exp.Round: _round,
    exp.Rand: _random,
    exp.Fetch: _fetch,
    exp.FromISO8601Date: lambda node: _replace(node, exp.Cast(this=node.this.copy(), to=exp.DataType.build("date"))),
    exp.Struct: lambda node: _replace(node, _call("row", *[value.copy() for value in node.expressions])),
}
