"""How a crawl names, types and groups what it finds, without a database or a file."""

from typing import Any

import pytest

from local.services.glue.crawlers.database import address_of, column_type, path_pattern
from local.services.glue.crawlers.files import Grouping, glob
from local.services.glue.crawlers.found import CrawlFailed, FoundTable, told_apart
from local.services.glue.crawlers.json_types import merged, seen


@pytest.mark.parametrize(
    ("values", "type"),
    [
        ([1, 2], "int"),
        ([1, 2**40], "bigint"),
        ([1, 0.5], "double"),
        ([1, "x"], "string"),
        ([True, None], "boolean"),
        ([None], "string"),
        ([[1], []], "array<int>"),
        ([[{"a": 1}], [{"b": "x"}]], "array<struct<a:int,b:string>>"),
        ([{"a": {"S": "x"}}, {"a": {"N": "1"}}], "struct<a:struct<S:string,N:string>>"),
        ([{"a": 1}, [1]], "string"),
        ([{"a": 1}, 1], "string"),
    ],
    ids=str,
)
def test_a_type_holds_all_values(values: list[Any], type: str) -> None:
    assert merged(map(seen, values)).written() == type


@pytest.mark.parametrize(
    ("pattern", "key", "excluded"),
    [
        ("requests/**", "requests/a/b.json", True),
        ("requests/**", "data/requests/a.json", False),
        ("**/manifest-*", "AWSDynamoDB/01/manifest-files.json", True),
        ("**/manifest-*", "AWSDynamoDB/data/x.json.gz", False),
        ("*.csv", "a.csv", True),
        ("*.csv", "a/b.csv", False),
        ("*.{csv,txt}", "a.txt", True),
        ("a?.json", "ab.json", True),
        ("[!a]*", "b.json", True),
        ("[!a]*", "a.json", False),
        ("a.c", "abc", False),
    ],
)
def test_an_exclusion_is_a_glob(pattern: str, key: str, excluded: bool) -> None:
    assert bool(glob(pattern).fullmatch(key)) is excluded


@pytest.mark.parametrize(
    ("path", "table", "included"),
    [
        ("shop/public/%", "public/orders", True),
        ("shop/public/%", "other/orders", False),
        ("shop/%", "other/orders", True),
        ("shop/public/ord%", "public/orders", True),
        ("shop/public/ord%", "public/products", False),
        ("%/public/%", "public/orders", True),
    ],
)
def test_a_path_says_which_tables(path: str, table: str, included: bool) -> None:
    assert bool(path_pattern(path, "shop").fullmatch(table)) is included


def test_a_path_of_another_database_is_refused() -> None:
    with pytest.raises(CrawlFailed, match="another database than the connection's, 'shop'"):
        path_pattern("till/%", "shop")


@pytest.mark.parametrize(
    ("type", "is_array", "modifier", "expected"),
    [
        ("int4", False, -1, "int"),
        ("numeric", False, (10 << 16 | 2) + 4, "decimal(10,2)"),
        ("numeric", False, -1, "decimal(38,18)"),
        ("numeric", False, (50 << 16 | 2) + 4, "string"),
        ("numeric", True, (10 << 16 | 2) + 4, "array<decimal(10,2)>"),
        ("uuid", False, -1, "string"),
        ("bit", False, 1, "boolean"),
    ],
)
def test_a_column_has_the_type_that_glue_writes(type: str, is_array: bool, modifier: int, expected: str) -> None:
    assert column_type(type, is_array=is_array, modifier=modifier) == expected


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"JDBC_CONNECTION_URL": "jdbc:mysql://h/db"}, "is no address of a Postgres"),
        ({"JDBC_CONNECTION_URL": "jdbc:postgresql://h/db", "SECRET_ID": "s"}, "its secret holds no username and no password"),
    ],
    ids=["another engine", "no login"],
)
def test_a_connection_that_does_not_serve_is_told_without_its_secret(properties: dict[str, str], told: str) -> None:
    with pytest.raises(CrawlFailed, match=told) as raised:
        address_of({"Name": "c", "ConnectionProperties": properties}, lambda name: '"hunter2"')
    assert "hunter2" not in str(raised.value)


def test_an_address_never_shows_its_password() -> None:
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://h:1/db", "USERNAME": "u", "PASSWORD": "hunter2", "JDBC_ENFORCE_SSL": "true"}
    address = address_of({"Name": "c", "ConnectionProperties": properties}, lambda name: "")
    assert (address.port, address.database, address.tls) == (1, "db", True)
    assert repr(address) == "db on h:1"


def test_tables_that_would_share_a_name_are_told_apart() -> None:
    one, other = told_apart([FoundTable("orders", "shop.public.orders", ()), FoundTable("orders", "shop.public.Orders", ())])
    assert one.name == "orders"
    assert other.name.startswith("orders_")
    assert len(other.name) == len("orders_") + 32


def test_files_are_grouped_only_as_they_are_told_to_be() -> None:
    assert Grouping.of('{"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3}}') == Grouping(3)
    with pytest.raises(CrawlFailed, match="CombineCompatibleSchemas"):
        Grouping.of("")
