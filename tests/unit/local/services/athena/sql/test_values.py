"""Trino's types and values become Athena's; the values are those of Athena's and Trino's documentation."""

from typing import Any

import pytest

from local.services.athena.sql import values
from local.services.athena.sql.values import Column
from local.services.athena.trino.types import Type

UNBOUNDED = 2147483647
INTEGER, BIGINT, DOUBLE, VARCHAR, VARBINARY = map(Type, ("integer", "bigint", "double", "varchar", "varbinary"))


def array(element: Type) -> Type:
    return Type("array", (), (element,))


def map_of(key: Type, value: Type) -> Type:
    return Type("map", (), (key, value))


def row(**fields: Type) -> Type:
    return Type("row", (), tuple(fields.values()), tuple(fields))


COLUMNS = [
    (Type("boolean"), Column("c", "boolean")),
    (Type("tinyint"), Column("c", "tinyint", 3)),
    (Type("smallint"), Column("c", "smallint", 5)),
    (INTEGER, Column("c", "integer", 10)),
    (BIGINT, Column("c", "bigint", 19)),
    (Type("real"), Column("c", "float", 17)),
    (DOUBLE, Column("c", "double", 17)),
    (Type("decimal", (10, 1)), Column("c", "decimal", 10, 1)),
    (Type("varchar", (UNBOUNDED,)), Column("c", "varchar", UNBOUNDED)),
    (Type("varchar", (10,)), Column("c", "varchar", 10)),
    (Type("char", (3,)), Column("c", "char", 3)),
    (VARBINARY, Column("c", "varbinary", 1073741824)),
    (Type("date"), Column("c", "date")),
    (Type("timestamp", (6,)), Column("c", "timestamp", 3)),
    (Type("timestamp with time zone", (3,)), Column("c", "timestamp with time zone", 3)),
    (Type("time", (3,)), Column("c", "time", 3)),
    (Type("time with time zone", (0,)), Column("c", "time with time zone", 3)),
    (array(INTEGER), Column("c", "array")),
    (row(x=INTEGER), Column("c", "row")),
    (Type("unknown"), Column("c", "unknown")),
]

# Trino's JSON as the client has it, and what Athena writes.
VALUES: list[tuple[Type, Any, str | None]] = [
    (Type("boolean"), True, "true"),
    (Type("boolean"), False, "false"),
    (BIGINT, 9223372036854775807, "9223372036854775807"),
    (Type("decimal", (38, 10)), "1.0000000000", "1.0000000000"),
    (DOUBLE, "1.0E10", "1.0E10"),
    (DOUBLE, "NaN", "NaN"),
    (VARCHAR, "a b", "a b"),
    (VARCHAR, "", ""),
    (VARBINARY, "AP8=", "00 ff"),
    (VARBINARY, "", ""),
    (Type("timestamp", (6,)), "1582-10-10 00:00:00.123456", "1582-10-10 00:00:00.123456"),
    (Type("json"), '{"a":[1,2]}', '{"a":[1,2]}'),
    (Type("unknown"), None, None),
    (array(INTEGER), [1, 2, None], "[1, 2, null]"),
    (array(INTEGER), [], "[]"),
    (array(VARBINARY), ["AP8="], "[00 ff]"),
    (array(array(VARCHAR)), [["a"], None, []], "[[a], null, []]"),
    (map_of(VARCHAR, BIGINT), {"k": 3, "l": None}, "{k=3, l=null}"),
    (map_of(DOUBLE, Type("boolean")), {"1.0E10": True}, "{1.0E10=true}"),
    (map_of(VARCHAR, array(DOUBLE)), {"a": ["0.5"]}, "{a=[0.5]}"),
    (Type("row", (), (INTEGER, VARCHAR), (None, None)), [1, "a"], "{field0=1, field1=a}"),
    (row(x=INTEGER, Y=VARCHAR), [1, None], "{x=1, Y=null}"),
    (row(ü=row(select=VARBINARY)), [["AP8="]], "{ü={select=00 ff}}"),
]


@pytest.mark.parametrize(("kind", "column"), COLUMNS, ids=[f"{kind.name}{kind.sizes}" for kind, _ in COLUMNS])
def test_a_column_is_described_as_athena_does(kind: Type, column: Column) -> None:
    assert values.column("c", kind) == column


@pytest.mark.parametrize(("kind", "value", "written"), VALUES, ids=[f"{kind.name} {value}" for kind, value, _ in VALUES])
def test_a_value_is_written_as_athena_does(kind: Type, value: Any, written: str | None) -> None:
    assert values.text(value, kind) == written
