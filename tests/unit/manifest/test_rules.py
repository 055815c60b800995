"""What a contract demands of values becomes Spark SQL that demands exactly that."""

import re
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from medallion.manifest.compiler.literal import identifier, literal, number, text
from medallion.manifest.model import Rule
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
        ({"logicalType": "string"}, {"format": "email"}, {}),
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
        (
            {"type": "sql", "query": "SELECT 1"},
            "quality[0].type: 'sql' is not one of custom, library, text; write its condition on one row as type: custom",
        ),
        (
            {"metric": "rowCount", "mustBeGreaterThan": 0},
            "quality[0].metric: 'rowCount' can't be judged row by row: it is about the whole table",
        ),
        ({"metric": "duplicateValues", "mustBe": 0}, "'duplicateValues' can't be judged row by row: say unique: true on the column"),
        (
            {"metric": "nullValue", "mustBe": 0},
            "'nullValue' is not one of invalidValues, missingValues, nullValues; did you mean 'nullValues'?",
        ),
        ({"metric": "nullValues", "mustBeLessThan": 5}, "quality[0]: must have mustBe: 0 and no other operator"),
        ({"metric": "nullValues", "mustBe": 1}, "quality[0]: must have mustBe: 0 and no other operator"),
        ({"metric": "invalidValues", "mustBe": 0}, "quality[0].arguments: invalidValues needs validValues, pattern or both"),
        ({"metric": "missingValues", "mustBe": 0}, "quality[0].arguments: missingValues must list what stands for a missing value"),
        ({**CUSTOM, "engine": "soda", "implementation": "x"}, "quality[0].engine: 'soda' must be 'spark-sql', the only engine so far"),
        (CUSTOM, "quality[0].implementation: must be a Spark SQL condition on one row"),
        ({**CUSTOM, "implementation": "y > 0"}, "quality[0].implementation: there is no column 'y' in orders; it has id, customer"),
        ({**CUSTOM, "implementation": "count(*) > 0"}, "quality[0].implementation: 'COUNT(*)' is an aggregate function"),
        ({**CUSTOM, "name": None, "implementation": "x > 0"}, "quality[0].name: is missing; quarantine and reports show it"),
        (
            {**CUSTOM, "implementation": "x > 0", "severity": "warn"},
            "quality[0].severity: 'warn' is not one of error, warning; did you mean 'warning'?",
        ),
    ],
    ids=str,
)
def test_what_can_not_be_judged_row_by_row_is_refused(lake: Lake, check: dict[str, Any], problem: str) -> None:
    (found,) = problems_of(lake, logicalType="string", quality=[check])
    assert problem in found


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
