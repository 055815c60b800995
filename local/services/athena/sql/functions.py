"""What the laptop's Athena lets through: function names as they are written, and the syntax around them.

The names are the published list; docs/athena.md prints it, and each has a test with a value written by hand.
"""

from sqlglot import exp

AGGREGATES = frozenset(
    "any_value approx_distinct approx_percentile arbitrary array_agg avg bool_and bool_or corr count count_if listagg max max_by min "
    "min_by stddev stddev_pop stddev_samp sum var_pop var_samp variance".split()
)
WINDOWS = frozenset("cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number".split())
DATES = frozenset(
    "current_date current_timestamp date date_add date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year dow "
    "doy extract from_iso8601_date from_iso8601_timestamp from_unixtime hour last_day_of_month minute month now quarter second to_unixtime week "
    "week_of_year year".split()
)
NUMBERS = frozenset("abs ceil ceiling exp floor ln log log10 log2 mod pow power rand random round sign sqrt truncate".split())
STRINGS = frozenset(
    "chr concat concat_ws length lower lpad ltrim md5 position regexp_extract regexp_like regexp_replace replace reverse rpad rtrim sha256 split "
    "split_part starts_with strpos substr substring to_hex to_utf8 trim upper".split()
)
NESTED = frozenset(
    "array_distinct array_join array_max array_min array_sort cardinality contains element_at filter map map_keys map_values row sequence "
    "transform unnest".split()
)
OTHERS = frozenset("cast coalesce greatest grouping if json_extract json_extract_scalar least nullif try_cast uuid".split())

SUPPORTED: dict[str, frozenset[str]] = {
    "Aggregates": AGGREGATES,
    "Windows": WINDOWS,
    "Dates and times": DATES,
    "Numbers": NUMBERS,
    "Strings": STRINGS,
    "Arrays, maps and rows": NESTED,
    "Others": OTHERS,
}
NAMES = frozenset().union(*SUPPORTED.values())
"""All supported functions, in lower case."""

ANONYMOUS = frozenset({"map_values"})
"""Supported functions that sqlglot does not know and DuckDB has under the same name, or that are rewritten."""

_SYNTAX_NAMES = (
    "Select From Join Where Group Having Order Ordered Limit Offset Fetch LimitOptions With CTE Subquery Union Intersect Except Values Tuple "
    "Paren Table TableAlias Column Identifier Star Alias Literal Boolean Null Var Dot Unnest Distinct Window WindowSpec Filter Lambda "
    "GroupingSets Rollup Cube Interval DataType DataTypeParam ColumnDef Cast TryCast Case If Add Sub Mul Div Mod Neg EQ NEQ GT GTE LT LTE Is "
    "Not And Or In Between Like Escape Exists DPipe NullSafeEQ NullSafeNEQ Bracket PropertyEQ JSONPath JSONPathKey JSONPathRoot "
    "JSONPathSubscript Any All WithinGroup IgnoreNulls RespectNulls"
)
_FUNCTION_NAMES = (
    "Abs Anonymous AnyValue ApproxDistinct ApproxQuantile ArgMax ArgMin Array ArrayAgg ArrayContains ArrayDistinct ArrayFilter ArrayMax ArrayMin "
    "ArraySize ArrayToString Avg Ceil Chr Coalesce Concat ConcatWs Corr Count CountIf CumeDist CurrentDate CurrentTimestamp Date DateAdd "
    "DateDiff DateTrunc Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear DenseRank Encode Exp Extract FirstValue Floor FromISO8601Timestamp "
    "GenerateSeries Greatest GroupConcat Grouping Hex Hour JSONExtract JSONExtractScalar Lag LastDay LastValue Lead Least Length Ln Log "
    "LogicalAnd LogicalOr Lower MD5Digest Map MapKeys Max Min Minute Month NthValue Ntile Nullif Pad PercentRank Pow Quarter Rand Rank "
    "RegexpExtract RegexpLike RegexpReplace Replace Reverse Round RowNumber SHA2 SHA2Digest Second Sign Split SplitPart Sqrt StartsWith Stddev "
    "StddevPop StddevSamp StrPosition StrToTime Struct Substring Sum TimeToStr TimeToUnix TimestampTrunc Transform Trim Trunc Unhex UnixToTime "
    "Upper Uuid Variance VariancePop Week WeekOfYear Year FromISO8601Date ArraySort Int64 TsOrDsToDate"
)


def _classes(names: str) -> frozenset[type[exp.Expr]]:
    return frozenset(getattr(exp, name) for name in names.split() if hasattr(exp, name))


SYNTAX = _classes(_SYNTAX_NAMES) | _classes(_FUNCTION_NAMES)
"""The only classes of syntax tree nodes that may reach DuckDB."""

TYPES = frozenset(
    getattr(exp.DType, name)
    for name in "BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL VARCHAR TEXT CHAR VARBINARY DATE TIMESTAMP TIMESTAMPTZ JSON ARRAY MAP "
    "STRUCT UUID".split()
)
"""The types that a cast may name."""
