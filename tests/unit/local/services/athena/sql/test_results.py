"""Trino's types and values become Athena's; the values are those of Athena's and Trino's documentation."""

from typing import Any

import pytest

from local.services.athena.sql import result_types, result_values
from local.services.athena.sql.result_types import UNBOUNDED, Column, Type

COLUMNS = {
    "boolean": ("boolean", 0, 0),
    "tinyint": ("tinyint", 3, 0),
    "smallint": ("smallint", 5, 0),
    "integer": ("integer", 10, 0),
    "bigint": ("bigint", 19, 0),
    "real": ("float", 17, 0),
    "double": ("double", 17, 0),
    "decimal(10, 1)": ("decimal", 10, 1),
    "varchar": ("varchar", UNBOUNDED, 0),
    "varchar(10)": ("varchar", 10, 0),
    "char(3)": ("char", 3, 0),
    "varbinary": ("varbinary", 1073741824, 0),
    "date": ("date", 0, 0),
    "timestamp(6)": ("timestamp", 3, 0),
    "timestamp(3) with time zone": ("timestamp with time zone", 3, 0),
    "time(3)": ("time", 3, 0),
    "time(0) with time zone": ("time with time zone", 3, 0),
    "INTERVAL DAY TO SECOND": ("interval day to second", 0, 0),
    "INTERVAL YEAR TO MONTH": ("interval year to month", 0, 0),
    "array(integer)": ("array", 0, 0),
    "map(varchar(1), bigint)": ("map", 0, 0),
    "row(x integer, y varchar)": ("row", 0, 0),
    "json": ("json", 0, 0),
    "uuid": ("uuid", 0, 0),
    "ipaddress": ("ipaddress", 0, 0),
    "unknown": ("unknown", 0, 0),
}

# Trino's JSON, and what Athena writes.
VALUES: list[tuple[str, Any, str | None]] = [
    ("boolean", True, "true"),
    ("boolean", False, "false"),
    ("tinyint", -128, "-128"),
    ("bigint", 9223372036854775807, "9223372036854775807"),
    ("decimal(38, 10)", "1.0000000000", "1.0000000000"),
    ("decimal(3, 2)", "-1.50", "-1.50"),
    ("double", 1.5, "1.5"),
    ("double", "1.0E10", "1.0E10"),
    ("double", 10000000000.0, "1.0E10"),
    ("double", 0.0001, "1.0E-4"),
    ("double", 0.001, "0.001"),
    ("double", 9999999.0, "9999999.0"),
    ("double", 10000000.0, "1.0E7"),
    ("double", -0.0, "-0.0"),
    ("double", 0.0, "0.0"),
    ("double", 1.5e300, "1.5E300"),
    ("double", "4.9E-324", "4.9E-324"),
    ("double", "10000000000.0", "1.0E10"),
    ("double", "NaN", "NaN"),
    ("double", "Infinity", "Infinity"),
    ("double", "-Infinity", "-Infinity"),
    ("real", 0.1, "0.1"),
    ("real", 3.4028235e38, "3.4028235E38"),
    ("varchar(3)", "a b", "a b"),
    ("varchar", "", ""),
    ("char(5)", "ab   ", "ab   "),
    ("varbinary", "AP8=", "00 ff"),
    ("varbinary", "", ""),
    ("date", "2024-02-29", "2024-02-29"),
    ("timestamp(0)", "2024-01-02 03:04:05", "2024-01-02 03:04:05"),
    ("timestamp(3)", "2024-01-02 03:04:05.000", "2024-01-02 03:04:05.000"),
    ("timestamp(6)", "1582-10-10 00:00:00.123456", "1582-10-10 00:00:00.123456"),
    ("timestamp(9) with time zone", "2024-01-01 00:00:00.123456789 Europe/Berlin", "2024-01-01 00:00:00.123456789 Europe/Berlin"),
    ("time(3)", "10:11:12.000", "10:11:12.000"),
    ("time(0) with time zone", "10:11:12+02:00", "10:11:12+02:00"),
    ("INTERVAL DAY TO SECOND", "-1 00:00:00.000", "-1 00:00:00.000"),
    ("INTERVAL YEAR TO MONTH", "0-1", "0-1"),
    ("json", '{"a":[1,2]}', '{"a":[1,2]}'),
    ("uuid", "12151fd2-7586-11e9-8f9e-2a86e4085a59", "12151fd2-7586-11e9-8f9e-2a86e4085a59"),
    ("ipaddress", "10.0.0.1", "10.0.0.1"),
    ("unknown", None, None),
    ("varchar", None, None),
    ("array(integer)", [1, 2, None], "[1, 2, null]"),
    ("array(integer)", [], "[]"),
    ("array(double)", [1e10, "NaN", None], "[1.0E10, NaN, null]"),
    ("array(varbinary)", ["AP8="], "[00 ff]"),
    ("array(array(varchar))", [["a"], None, []], "[[a], null, []]"),
    ("map(varchar, bigint)", {"k": 3, "l": None}, "{k=3, l=null}"),
    ("map(double, boolean)", {"1.0E10": True}, "{1.0E10=true}"),
    ("map(varchar, array(double))", {"a": [0.5]}, "{a=[0.5]}"),
    ("row(integer, varchar(1))", [1, "a"], "{field0=1, field1=a}"),
    ("row(x integer, Y varchar)", [1, None], "{x=1, Y=null}"),
    ('row("a b" integer, "ü" row("select" bigint))', [1, [2]], "{a b=1, ü={select=2}}"),
    ("array(row(a INTERVAL DAY TO SECOND, b timestamp(3) with time zone))", [["1 00:00:00.000", "2024-01-01 00:00:00.000 UTC"]],
     "[{a=1 00:00:00.000, b=2024-01-01 00:00:00.000 UTC}]"),
]  # fmt: skip

TYPES = {
    "decimal(3,2)": Type("decimal", (3, 2)),
    'row("x""y" bigint, time time(3), interval INTERVAL DAY TO SECOND)': Type(
        "row", (), (Type("bigint"), Type("time", (3,)), Type("interval day to second")), ('x"y', "time", "interval")
    ),
    "row(timestamp(3) with time zone, INTERVAL YEAR TO MONTH, double)": Type(
        "row", (), (Type("timestamp with time zone", (3,)), Type("interval year to month"), Type("double")), (None, None, None)
    ),
    "map(date, array(row(a decimal(10, 2), b varchar(5))))": Type(
        "map", (), (Type("date"), Type("array", (), (Type("row", (), (Type("decimal", (10, 2)), Type("varchar", (5,))), ("a", "b")),)))
    ),
}


@pytest.mark.parametrize(("text", "described"), COLUMNS.items(), ids=list(COLUMNS))
def test_a_column_is_described_as_athena_does(text: str, described: tuple[str, int, int]) -> None:
    assert result_types.column("c", result_types.parse(text)) == Column("c", *described)


@pytest.mark.parametrize(("kind", "value", "written"), VALUES, ids=[f"{kind} {value}" for kind, value, _ in VALUES])
def test_a_value_is_written_as_athena_does(kind: str, value: Any, written: str | None) -> None:
    assert result_values.text(value, result_types.parse(kind)) == written


@pytest.mark.parametrize(("text", "kind"), TYPES.items(), ids=list(TYPES))
def test_a_type_is_read_with_its_parts(text: str, kind: Type) -> None:
    assert result_types.parse(text) == kind


@pytest.mark.parametrize("text", ["", "array(", "decimal(3", "varchar) x", "1"])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a type"):
        result_types.parse(text)
