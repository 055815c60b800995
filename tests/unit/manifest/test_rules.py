"""What a contract demands of values becomes Spark SQL that demands exactly that."""

import ipaddress
import re
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from medallion.manifest.compiler.rules import FORMATS
from medallion.manifest.model import Bound, Measure, Rule
from medallion.manifest.spark_sql import identifier, literal, number, text
from medallion.quality.measure import holds
from tests.unit.manifest.contracts_on_disk import Lake, column


def rules_of(lake: Lake, **fields: Any) -> dict[str, str]:
    lake.table("silver/orders")["properties"].append(column("x", transformLogic="NULL", **fields))
    return {rule.name: rule.expression for rule in lake.compile().product("shop").silver[0].rules}


def problems_of(lake: Lake, **fields: Any) -> list[str]:
    lake.table("silver/orders")["properties"].append(column("x", transformLogic="NULL", **fields))
    return [problem.partition("schema[0].properties[4].")[2] for problem in lake.problems()]


@pytest.mark.parametrize(
    ("type_", "options", "rules"),
    [
        ({"logicalType": "integer"}, {"minimum": 0, "maximum": 9}, {"x.minimum": "`x` >= 0", "x.maximum": "`x` <= 9"}),
        ({"logicalType": "integer"}, {"exclusiveMinimum": -1.5}, {"x.exclusiveMinimum": "`x` > -1.5"}),
        ({"logicalType": "number", "physicalType": "double"}, {"exclusiveMaximum": 1e-7}, {"x.exclusiveMaximum": "`x` < 0.0000001"}),
        ({"logicalType": "number", "physicalType": "decimal(9,2)"}, {"multipleOf": 0.05}, {"x.multipleOf": "`x` % 0.05 = 0"}),
        (
            {"logicalType": "string"},
            {"minLength": 1, "maxLength": 3},
            {"x.minLength": "length(`x`) >= 1", "x.maxLength": "length(`x`) <= 3"},
        ),
        ({"logicalType": "string"}, {"pattern": r"^\d+'s$"}, {"x.pattern": r"`x` RLIKE '^\\d+\'s$'"}),
        ({"logicalType": "date"}, {"minimum": "2017-01-01"}, {"x.minimum": "`x` >= DATE'2017-01-01'"}),
        ({"logicalType": "timestamp"}, {"maximum": "2017-01-01T00:00:00Z"}, {"x.maximum": "`x` <= TIMESTAMP'2017-01-01T00:00:00+00:00'"}),
        (
            {"logicalType": "array", "items": {"logicalType": "string"}},
            {"minItems": 1, "uniqueItems": True},
            {"x.minItems": "size(`x`) >= 1", "x.uniqueItems": "size(array_distinct(`x`)) = size(`x`)"},
        ),
        ({"logicalType": "string"}, {"format": "ipv4"}, {"x.format": f"`x` RLIKE {text(FORMATS['ipv4'] or '')}"}),
        ({"logicalType": "string"}, {"format": "password"}, {}),
    ],
    ids=str,
)
def test_a_limit_is_a_rule(lake: Lake, type_: dict[str, Any], options: dict[str, Any], rules: dict[str, str]) -> None:
    assert rules_of(lake, **type_, logicalTypeOptions=options) == rules


@pytest.mark.parametrize(
    ("type_", "options", "problem"),
    [
        (
            "integer",
            {"minimun": 0},
            "logicalTypeOptions.minimun: 'minimun' is not one of exclusiveMaximum, exclusiveMinimum, format, maximum, minimum",
        ),
        ("integer", {"minimum": "0"}, "logicalTypeOptions.minimum: '0' is no number"),
        ("integer", {"exclusiveMinimum": True}, "True is no limit; since version 3.0.1 of the standard it is the limit itself"),
        ("integer", {"multipleOf": 0}, "0 must be a number above 0"),
        ("string", {"maxLength": -1}, "-1 must be a whole number, 0 or more"),
        ("string", {"maximum": 3}, "'maximum' is not one of format, maxLength, minLength, pattern"),
        ("string", {"pattern": 3}, "3 must be text"),
        ("string", {"format": "e-mail"}, "logicalTypeOptions.format: 'e-mail' is not one of binary, byte, email"),
        ("date", {"minimum": "2017"}, "'2017' is no date, such as '2017-01-31'"),
        ("date", {"format": "yyyy"}, "'format' is not one of"),
        ("boolean", {"minimum": 0}, "a boolean has no options; write a rule under quality instead"),
    ],
    ids=str,
)
def test_a_limit_that_the_type_does_not_have_is_refused(lake: Lake, type_: str, options: dict[str, Any], problem: str) -> None:
    (found,) = problems_of(lake, logicalType=type_, logicalTypeOptions=options)
    assert problem in found


def test_an_enum_is_a_rule(lake: Lake) -> None:
    assert rules_of(lake, logicalType="string", enum=[{"value": "it's"}, {"value": "a\\b"}]) == {"x.enum": r"`x` IN ('it\'s', 'a\\b')"}


def test_an_enum_holds_values_of_the_columns_type(lake: Lake) -> None:
    assert problems_of(lake, logicalType="integer", enum=[{"value": 1}, {"value": "2"}]) == ["enum[1].value: '2' is no number"]


@pytest.mark.parametrize(
    ("check", "expression"),
    [
        ({"metric": "nullValues", "mustBe": 0}, "`x` IS NOT NULL"),
        ({"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": ["", "N/A"]}}, "coalesce(`x` NOT IN ('', 'N/A'), true)"),
        (
            {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, ""]}},
            "(`x` IS NOT NULL AND coalesce(`x` NOT IN (''), true))",
        ),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["a", "b"]}}, "`x` IN ('a', 'b')"),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "^a"}}, "`x` RLIKE '^a'"),
    ],
    ids=str,
)
def test_a_metric_that_must_be_zero_holds_for_each_row(lake: Lake, check: dict[str, Any], expression: str) -> None:
    assert rules_of(lake, logicalType="string", quality=[check]) == {f"x.{check['metric']}": expression}


def test_a_condition_in_spark_sql_is_a_rule_of_the_columns_that_it_names(lake: Lake) -> None:
    check = {"name": "fits", "type": "custom", "engine": "spark-sql", "implementation": "x < id", "severity": "warning"}
    lake.table("silver/orders")["properties"].append(column("x", logicalType="integer", transformLogic="1", quality=[check]))
    assert lake.compile().product("shop").silver[0].rules == (
        Rule(name="x.fits", expression="x < id", columns=("id", "x"), severity="warning"),
    )


CUSTOM = {"name": "n", "type": "custom", "engine": "spark-sql"}


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ({"type": "sqk", "query": "SELECT 1"}, "quality[0].type: 'sqk' is not one of custom, library, sql, text; did you mean 'sql'?"),
        ({"type": "sql", "mustBe": 0}, "quality[0].query: is missing; it is one SELECT of one number, with {object} for the table"),
        ({"type": "sql", "query": "SELECT count(*) FROM customers", "mustBe": 0}, "quality[0].query: there is no table 'customers'"),
        (
            {"type": "sql", "query": "SELECT min(x), max(x) FROM {object}", "mustBe": 0},
            "quality[0].query: makes 2 columns; it must make one",
        ),
        ({"type": "sql", "query": "SELECT 1", "mustBe": 1}, "quality[0].query: does not read orders"),
        ({"type": "sql", "query": "SELECT max(y) FROM orders", "mustBe": 1}, "quality[0].query: there is no column 'y' in orders"),
        ({"type": "sql", "query": "SELECT max(x) FROM orders"}, "quality[0]: says nothing of what the number must be; give one of mustBe,"),
        ({"metric": "rowCount", "mustBeGreaterThan": 0}, "quality[0]: 'rowCount' belongs to the table's quality"),
        ({"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["id"]}}, "a column's duplicateValues takes none"),
        ({"metric": "nullValues", "mustBe": "0"}, "quality[0].mustBe: '0' is no number"),
        ({"metric": "nullValues", "mustBe": True}, "quality[0].mustBe: True is no number"),
        ({"metric": "nullValues", "mustBeBetween": [3, 1]}, "quality[0].mustBeBetween: [3, 1]: the lower limit comes first"),
        ({"metric": "nullValues", "unit": "%", "mustBe": 1}, "quality[0].unit: '%' is not one of percent, rows"),
        (
            {"metric": "nullValue", "mustBe": 0},
            "'nullValue' is not one of duplicateValues, invalidValues, missingValues, nullValues, rowCount",
        ),
        ({"metric": "nullValues"}, "quality[0]: says nothing of what the number must be; give one of mustBe,"),
        ({"metric": "invalidValues", "mustBe": 0}, "quality[0]: arguments: invalidValues needs validValues, pattern or both"),
        ({"metric": "missingValues", "mustBe": 0}, "quality[0]: arguments: missingValues must list what stands for a missing value"),
        ({**CUSTOM, "engine": "soda", "implementation": "x"}, "quality[0].engine: 'soda' must be 'spark-sql', the only engine so far"),
        (CUSTOM, "quality[0].implementation: must be a Spark SQL condition on one row"),
        ({**CUSTOM, "implementation": "y > 0"}, "quality[0].implementation: there is no column 'y' in orders; it has id, customer"),
        ({**CUSTOM, "implementation": "count(*) > 0"}, "quality[0].implementation: 'COUNT(*)' is an aggregate function"),
        ({**CUSTOM, "implementation": "x > 0", "mustBe": 0}, "quality[0].mustBe: has no effect on a condition"),
        ({**CUSTOM, "name": None, "implementation": "x > 0"}, "quality[0].name: is missing; quarantine and reports show it"),
        (
            {**CUSTOM, "implementation": "x > 0", "severity": "warn"},
            "quality[0].severity: 'warn' is not one of error, warning; did you mean 'warning'?",
        ),
    ],
    ids=str,
)
def test_what_can_not_be_judged_is_refused(lake: Lake, check: dict[str, Any], problem: str) -> None:
    (found,) = problems_of(lake, logicalType="string", quality=[check])
    assert problem in found


@pytest.mark.parametrize("name", ["refused", "type", "required", "reference", "unique"])
@pytest.mark.parametrize(
    "check", [CUSTOM | {"implementation": "answer > 0"}, {"metric": "nullValues", "mustBeLessThan": 5}], ids=["rule", "measure"]
)
def test_a_rule_is_not_called_like_one_of_the_lake_s_own(lake: Lake, check: dict[str, Any], name: str) -> None:
    made = column("answer", logicalType="integer", transformLogic="1", quality=[{**check, "name": name}])
    lake.table("silver/orders")["properties"].append(made)
    (told,) = lake.problems()
    assert told.startswith(f"contracts/shop/silver/orders.yaml: schema[0].properties[4].quality[0].name: 'answer.{name}' is reserved: ")
    assert told.endswith("; give the rule another name")


@pytest.mark.parametrize("table", ["silver/orders", "gold/turnover"])
def test_a_table_s_rule_is_not_called_so_either(lake: Lake, table: str) -> None:
    lake.table(table)["quality"] = [CUSTOM | {"name": "answer.refused", "implementation": "total > 0"}]
    (told,) = lake.problems()
    assert f"{table}.yaml: schema[0].quality[0].name: 'answer.refused' is reserved: the lake looks at answer.refused" in told


def measures_of(lake: Lake) -> dict[str, Measure]:
    return {measure.name: measure for measure in lake.compile().product("shop").silver[0].measures}


@pytest.mark.parametrize(
    ("check", "taken", "bounds"),
    [
        ({"metric": "nullValues", "mustBeLessThan": 5}, "count_if(NOT coalesce(`x` IS NOT NULL, true))", [("<", 5)]),
        (
            {"metric": "nullValues", "mustBeLessOrEqualTo": 1.5, "unit": "percent"},
            "coalesce(100D * (count_if(NOT coalesce(`x` IS NOT NULL, true))) / nullif(count(*), 0), 0)",
            [("<=", 1.5)],
        ),
        (
            {"metric": "invalidValues", "mustBeBetween": [1, 9], "arguments": {"validValues": ["a"]}},
            "count_if(NOT coalesce(`x` IN ('a'), true))",
            [("between", 1, 9)],
        ),
        ({"metric": "duplicateValues", "mustBe": 0}, "count(`x`) - count(DISTINCT `x`)", [("=", 0)]),
        (
            {"name": "n", "type": "sql", "query": "SELECT count(*) FROM ${table} WHERE {property} = 'it'", "mustNotBe": 0},
            "SELECT count(*) FROM orders WHERE `x` = 'it'",
            [("!=", 0)],
        ),
    ],
    ids=str,
)
def test_what_is_counted_over_a_table_is_a_measure(lake: Lake, check: dict[str, Any], taken: str, bounds: list[tuple[Any, ...]]) -> None:
    lake.table("silver/orders")["properties"].append(
        column("x", logicalType="string", transformLogic="NULL", quality=[{**check, "severity": "warning"}])
    )
    measure = measures_of(lake)[f"x.{check.get('name', check.get('metric'))}"]
    assert (measure.aggregate or measure.query, measure.severity) == (taken, "warning")
    assert [(bound.operator, *bound.values) for bound in measure.bounds] == bounds


def test_a_table_counts_its_rows_and_the_values_of_columns_together(lake: Lake) -> None:
    lake.table("silver/orders")["quality"] = [
        {"metric": "rowCount", "mustBeGreaterThan": 0, "mustBeLessThan": 1000},
        {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["customer", "changed_at"]}},
    ]
    lake.table("gold/turnover")["quality"] = [{"metric": "rowCount", "mustBeGreaterOrEqualTo": 1}]
    measures = measures_of(lake)
    assert measures["rowCount"].bounds == (Bound(operator=">", values=(0,)), Bound(operator="<", values=(1000,)))
    assert measures["duplicateValues"].aggregate == "count(`customer`, `changed_at`) - count(DISTINCT `customer`, `changed_at`)"
    assert [measure.name for measure in lake.compile().product("shop").gold[0].measures] == ["rowCount"]


OBJECT = {"logicalType": "object", "properties": [column("f", logicalType="integer", required=True, logicalTypeOptions={"minimum": 0})]}


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        (OBJECT, {"x.f.required": "(`x` IS NULL OR `x`.`f` IS NOT NULL)", "x.f.minimum": "`x`.`f` >= 0"}),
        (
            {"logicalType": "array", "items": {"logicalType": "string", "enum": [{"value": "a"}]}},
            {"x[].enum": "forall(`x`, e0 -> e0 IN ('a'))"},
        ),
        (
            {"logicalType": "array", "items": OBJECT},
            {"x[].f.required": "forall(`x`, e0 -> (e0 IS NULL OR e0.`f` IS NOT NULL))", "x[].f.minimum": "forall(`x`, e0 -> e0.`f` >= 0)"},
        ),
        (
            {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "array", "items": {"logicalType": "integer", "required": True}}}},
            {"x.value[].required": "forall(map_values(`x`), e0 -> forall(e0, e1 -> e1 IS NOT NULL))"},
        ),
    ],
    ids=["object", "array", "array of objects", "map of arrays"],
)  # fmt: skip
def test_what_is_within_a_column_has_rules_too(lake: Lake, fields: dict[str, Any], rules: dict[str, str]) -> None:
    assert rules_of(lake, **fields) == rules


def test_what_has_no_effect_within_a_column_is_refused(lake: Lake) -> None:
    (problem,) = problems_of(lake, logicalType="object", properties=[column("f", logicalType="integer", classification="public")])
    assert problem.startswith("properties[0].classification: has no effect within another: a column is taken as a whole")


@pytest.mark.parametrize(
    ("format", "value", "well"),
    [
        ("email", "a.b+c@shop.example", True), ("email", "a b@shop.example", False), ("email", "a@", False),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", True), ("uuid", "123e4567e89b12d3a456426614174000", False),
        ("uri", "https://shop.example/a?b", True), ("uri", "shop.example", False),
        ("hostname", "a-b.example", True), ("hostname", "-a.example", False),
        ("ipv4", "10.0.0.255", True), ("ipv4", "10.0.0.256", False), ("ipv4", "1.2.3", False),
    ],
)  # fmt: skip
def test_a_format_is_what_it_is_called(format: str, value: str, well: bool) -> None:
    assert bool(re.search(FORMATS[format] or "", value)) is well


@given(st.lists(st.sampled_from(["0", "ffff", "1a", "", "::", ":", "10.0.0.1"]), max_size=12).map(":".join))
def test_an_ipv6_address_is_one(value: str) -> None:
    try:
        ipaddress.IPv6Address(value)
        well = True
    except ValueError:
        well = False
    found = bool(re.search(FORMATS["ipv6"] or "", value))
    # One group too many before an IPv4 address is let through.
    assert found or not well if "." in value else found is well


@pytest.mark.parametrize(
    ("value", "bounds", "well"),
    [
        (1, [("=", 1)], True), (1, [("!=", 1)], False), (2, [(">", 1), ("<", 2)], False), (2, [(">=", 2), ("<=", 2)], True),
        (5, [("between", 1, 5)], True), (5, [("not between", 1, 5)], False), (6, [("not between", 1, 5)], True), (None, [("<", 9)], False),
    ],
)  # fmt: skip
def test_a_number_is_held_against_all_its_bounds(value: float | None, bounds: list[tuple[Any, ...]], well: bool) -> None:
    assert holds(value, [Bound(operator=operator, values=values) for operator, *values in bounds]) is well


def test_two_rules_of_one_name_are_refused(lake: Lake) -> None:
    check = {"metric": "nullValues", "mustBe": 0}
    lake.column("silver/orders", "total")["quality"] = [check, check]
    (problem,) = lake.problems()
    assert "2 rules are called 'total.nullValues'" in problem


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_text_is_quoted_so_that_spark_reads_the_same(value: str) -> None:
    written = text(value)
    inner = written[1:-1]
    # Spark's own rules: a backslash takes the next character as it is, and \uXXXX is a character.
    assert not re.search(r"(?<!\\)(?:\\\\)*'", inner), "no quote ends the literal early"
    assert "${" not in written, "Spark puts settings in for ${name}"
    assert re.sub(r"\\u0024|\\(.)", lambda found: found[1] or "$", inner, flags=re.DOTALL) == value


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), min_size=1))
def test_a_parser_reads_back_the_text_that_was_quoted(value: str) -> None:
    parsed = sqlglot.parse_one(text(value), read="spark")
    assert isinstance(parsed, exp.Literal)
    assert parsed.this.replace("\\u0024", "$") == value or "\\" in value


@given(st.text(min_size=1) | st.sampled_from(["select", "Order", "a`b", "from", "MixedCase", "_x", "1st"]))
def test_a_name_is_quoted_whatever_it_holds(name: str) -> None:
    quoted = identifier(name)
    assert (quoted[0], quoted[-1]) == ("`", "`")
    assert quoted[1:-1].replace("``", "`") == name
    assert "`" not in quoted[1:-1].replace("``", "")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_exactly_and_without_an_exponent(value: float) -> None:
    written = number(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?", written)
    assert type(value)(written) == value


@pytest.mark.parametrize(
    ("value", "type_"), [(True, "int"), ("1", "int"), (1, "string"), (1, "boolean"), (float("inf"), "double"), ("2017-13-01", "date")]
)
def test_a_value_of_another_type_is_no_literal(value: object, type_: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        literal(value, type_)


def test_a_time_without_zone_is_not_compared_with_one_that_has(lake: Lake) -> None:
    (problem,) = problems_of(lake, logicalType="timestamp", logicalTypeOptions={"timezone": False, "minimum": "2017-01-01T00:00:00Z"})
    assert problem.endswith("has a time zone, and the column has none")
