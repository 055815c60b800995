"""Every type of the standard and of Postgres has one Spark type, or is refused by name."""

from typing import Any

import pytest
from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.column_types import layer_type
from medallion.manifest.engines.postgres.types import spark_type
from medallion.manifest.errors import InvalidField, Location


@pytest.mark.parametrize(
    ("postgres", "spark"),
    [
        ("smallint", "smallint"),
        ("integer", "int"),
        ("bigint", "bigint"),
        ("bigserial", "bigint"),
        ("numeric(10,2)", "decimal(10,2)"),
        ("NUMERIC( 10 , 2 )", "decimal(10,2)"),
        ("decimal(5)", "decimal(5,0)"),
        ("numeric", "decimal(38,18)"),
        ("real", "float"),
        ("double precision", "double"),
        ("boolean", "boolean"),
        ("bit(1)", "boolean"),
        ("date", "date"),
        ("timestamptz", "timestamp"),
        ("timestamp(3) with time zone", "timestamp"),
        ("timestamp without time zone", "timestamp_ntz"),
        ("bit(8)", "binary"),
        ("bit varying(8)", "string"),
        ("oid", "decimal(20,0)"),
        ("oid[]", "array<bigint>"),
        ("time", "timestamp_ntz"),
        ("interval", "string"),
        ("text", "string"),
        ("character varying(40)", "string"),
        ("char(3)", "string"),
        ("uuid", "string"),
        ("jsonb", "string"),
        ("inet", "string"),
        ("bytea", "binary"),
        ("text[]", "array<string>"),
        ("numeric(10,2)[]", "array<decimal(10,2)>"),
    ],
)
def test_a_postgres_type_is_what_jdbc_makes_of_it(postgres: str, spark: str) -> None:
    assert spark_type(postgres) == spark


@pytest.mark.parametrize("postgres", ["txt", "text[][]", "geometry", "", "[]"])
def test_a_type_that_postgres_does_not_have_is_none(postgres: str) -> None:
    assert spark_type(postgres) is None


@pytest.mark.parametrize("postgres", ["numeric(39,2)", "numeric(5,-2)", "numeric(2,5)", "numeric(0)"])
def test_a_number_that_spark_can_not_hold_is_refused(postgres: str) -> None:
    with pytest.raises(ValueError, match="take it as text"):
        spark_type(postgres)


def of(**fields: Any) -> tuple[str, list[str]]:
    problems: list[InvalidField] = []
    found = layer_type(SchemaProperty.model_validate({"name": "c", **fields}), Location("f", "c"), problems)
    return found, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("fields", "spark"),
    [
        ({"logicalType": "string"}, "string"),
        ({"logicalType": "string", "physicalType": "binary"}, "binary"),
        ({"logicalType": "integer"}, "bigint"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "i8"}}, "tinyint"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "i16"}}, "smallint"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}, "int"),
        ({"logicalType": "integer", "physicalType": "INT"}, "int"),
        ({"logicalType": "number", "physicalType": "decimal(12, 2)"}, "decimal(12,2)"),
        ({"logicalType": "number", "physicalType": "double"}, "double"),
        ({"logicalType": "number", "logicalTypeOptions": {"format": "f32"}}, "float"),
        ({"logicalType": "boolean"}, "boolean"),
        ({"logicalType": "date"}, "date"),
        ({"logicalType": "timestamp"}, "timestamp"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}}, "timestamp"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False}}, "timestamp_ntz"),
        ({"logicalType": "time"}, "string"),
        ({"logicalType": "array", "items": {"logicalType": "integer"}}, "array<bigint>"),
        ({"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "date"}}}, "map<string,date>"),
        ({"logicalType": "object", "properties": [{"name": "a", "logicalType": "time"}]}, "struct<a:string>"),
    ],
    ids=str,
)
def test_a_logical_type_is_a_spark_type(fields: dict[str, Any], spark: str) -> None:
    assert of(**fields) == (spark, [])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "f: c.logicalType: is missing; it is one of array, boolean"),
        ({"logicalType": "vector"}, "f: c.logicalType: 'vector' is not one of array"),
        (
            {"logicalType": "integer", "logicalTypeOptions": {"format": "u32"}},
            "c.logicalTypeOptions.format: 'u32' is not one of i16, i32, i64, i8",
        ),
        (
            {"logicalType": "integer", "physicalType": "decimal(5,0)"},
            "c.physicalType: 'decimal(5,0)' is not one of bigint, int, smallint, tinyint",
        ),
        ({"logicalType": "number", "physicalType": "decimal(p,s)"}, "c.physicalType: 'decimal(p,s)' is not one of"),
        ({"logicalType": "number", "physicalType": "decimal(40,2)"}, "a decimal has 1 to 38 digits"),
        (
            {"logicalType": "integer", "physicalType": "int", "logicalTypeOptions": {"format": "i64"}},
            "'int' contradicts logicalTypeOptions, which say bigint",
        ),
        ({"logicalType": "array"}, "c.items: is missing"),
        ({"logicalType": "array", "items": {"logicalType": "strin"}}, "c.items.logicalType: 'strin' is not one of"),
        ({"logicalType": "object"}, "c.properties: is missing"),
        ({"logicalType": "object", "properties": [{"name": "A b", "logicalType": "date"}]}, "c.properties[0].name: 'A b': a field has"),
        ({"logicalType": "map"}, "c.map: is missing"),
    ],
    ids=str,
)
def test_a_type_that_says_too_little_or_too_much_is_refused(fields: dict[str, Any], problem: str) -> None:
    _, problems = of(**fields)
    assert len(problems) == 1
    assert problem in problems[0]
