"""SHOW and DESCRIBE tell what Glue and Iceberg know of a table."""

import base64
import json
from typing import Any

import pytest

from local.services.athena.errors import QueryFailed, Unsupported
from local.services.athena.sql import shown, views

COLUMNS = [("id", "bigint", ""), ("category", "string", "the shop's"), ("at", "timestamp", "")]
TABLE: dict[str, Any] = {
    "DatabaseName": "shop",
    "Name": "orders",
    "StorageDescriptor": {"Location": "s3://lake/orders"},
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://lake/orders/metadata/1.json"},
}
METADATA: dict[str, Any] = {
    "location": "s3://lake/orders",
    "current-schema-id": 1,
    "schemas": [{"schema-id": 1, "fields": [{"id": 1, "name": "id"}, {"id": 2, "name": "category"}, {"id": 3, "name": "at"}]}],
    "default-spec-id": 2,
    "partition-specs": [
        {"spec-id": 1, "fields": []},
        {
            "spec-id": 2,
            "fields": [
                {"source-id": 2, "transform": "identity"},
                {"source-id": 1, "transform": "bucket[16]"},
                {"source-id": 3, "transform": "day"},
                {"source-id": 3, "transform": "void"},
            ],
        },
    ],
    "properties": {"write.format.default": "parquet", "commit.retry.num-retries": "9"},
}


def view(text: str) -> dict[str, Any]:
    return {"DatabaseName": "shop", "Name": "recent", "ViewOriginalText": text}


def test_columns_are_padded_as_hive_pads_them() -> None:
    assert shown.described(COLUMNS)[0] == "id                  \tbigint              \t                    "


def test_formatted_adds_where_the_table_is() -> None:
    lines = shown.formatted(COLUMNS, TABLE)
    assert "Location:                 s3://lake/orders" in lines
    assert "\ttable_type                ICEBERG" in lines
    assert lines[1].startswith("id ")


def test_properties_are_told_all_or_one() -> None:
    assert shown.properties(TABLE, None) == ["metadata_location\ts3://lake/orders/metadata/1.json", "table_type\tICEBERG"]
    assert shown.properties(TABLE, "table_type") == ["ICEBERG"]
    assert shown.properties(TABLE, "comment") == ["Table shop.orders does not have property: comment"]


def test_an_iceberg_table_has_no_partitions_in_the_catalog() -> None:
    with pytest.raises(QueryFailed, match=r"Table orders is not a partitioned table.*\$partitions"):
        shown.partitions(TABLE)


def test_a_table_is_shown_as_athena_would_create_it() -> None:
    assert shown.create_table(COLUMNS, TABLE, METADATA) == [
        "CREATE TABLE shop.orders (",
        "  id bigint,",
        "  category string COMMENT 'the shop''s',",
        "  at timestamp)",
        "PARTITIONED BY (`category`, bucket(16, id), day(at))",
        "LOCATION 's3://lake/orders'",
        "TBLPROPERTIES (",
        "  'table_type'='iceberg',",
        "  'format'='parquet'",
        ")",
    ]


@pytest.mark.parametrize("field", [{"source-id": 9, "transform": "identity"}, {"source-id": 1, "transform": "zorder"}])
def test_partitions_that_athena_has_no_words_for_are_refused(field: dict[str, Any]) -> None:
    metadata = METADATA | {"default-spec-id": 3, "partition-specs": [{"spec-id": 3, "fields": [field]}]}
    with pytest.raises(Unsupported, match="SHOW CREATE TABLE of a table partitioned by"):
        shown.create_table(COLUMNS, TABLE, metadata)


def test_a_view_is_shown_with_its_query() -> None:
    text = base64.b64encode(json.dumps({"originalSql": "SELECT 1\nFROM orders"}).encode()).decode()
    assert shown.create_view(view(f"/* Presto View: {text} */")) == ["CREATE VIEW shop.recent AS", "SELECT 1", "FROM orders"]


def encoded(definition: str) -> dict[str, Any]:
    return view(f"/* Presto View: {base64.b64encode(definition.encode()).decode()} */")


def test_a_view_reads_what_its_text_names() -> None:
    sql = 'SELECT * FROM orders, other.\\"T$files\\" WHERE false'
    assert views.reads_of(encoded(f'{{"catalog": "awsdatacatalog", "schema": "shop", "originalSql": "{sql}"}}')) == {
        ("shop", "orders"),
        ("other", "t"),
    }


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ('{"catalog": "system", "schema": "runtime", "originalSql": "SELECT * FROM queries"}', "CATALOG_NOT_FOUND"),
        ('{"schema": "a", "originalSql": "SELECT * FROM secret", "originalSql": "SELECT 1"}', "INVALID_VIEW"),
        ('{"schema": "a", "originalSql": "SELECT * FROM TABLE(x())"}', "INVALID_VIEW"),
        ('{"schema": "a", "originalSql": "DROP TABLE t"}', "INVALID_VIEW"),
        ('{"originalSql": "SELECT * FROM t"}', "INVALID_VIEW"),
        ('{"originalSql": 1}', "NOT_SUPPORTED"),
        ("[]", "NOT_SUPPORTED"),
    ],
    ids=["another catalog", "two texts", "a table function", "no query", "no database", "no text", "no object"],
)
def test_a_view_of_which_nobody_can_say_what_it_reads_is_refused(definition: str, code: str) -> None:
    with pytest.raises(QueryFailed, match=code):
        views.reads_of(encoded(definition))


def test_a_materialized_view_reads_a_table_that_it_does_not_name() -> None:
    with pytest.raises(QueryFailed, match="NOT_SUPPORTED"):
        views.reads_of(view("/* Presto Materialized View: e30= */"))


@pytest.mark.parametrize(
    ("text", "code"), [("", "NOT_SUPPORTED"), ("/* Presto View: e30= */", "NOT_SUPPORTED"), ("/* Presto View: !! */", "INVALID_VIEW")]
)
def test_what_is_no_view_of_athena_is_refused(text: str, code: str) -> None:
    with pytest.raises(QueryFailed, match=code):
        shown.create_view(view(text))
