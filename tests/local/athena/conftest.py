"""The engine of Athena, a laptop that it may write on, and one small Iceberg table that Athena itself has written."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.laptop import Laptop
from local.services.athena.trino.server import Server
from local.services.athena.writing import SCRATCH_TAG
from tests.local.athena.suite import Answered, Ask, Refused
from tests.local.shared_trino import shared_trino
from tests.local.waiting import ended

REGION = "eu-west-1"
WORKGROUP = "suite"
SCHEMA = "scratch"
TABLE = "history"

HISTORY = (
    f"""CREATE TABLE {SCHEMA}.{TABLE} WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/{SCHEMA}/{TABLE}/',
    partitioning = ARRAY['day']) AS
    SELECT * FROM (VALUES (1, CAST('a' AS varchar), DATE '2024-01-01'), (2, 'b', DATE '2024-01-02')) AS t (id, name, day)""",
    f"INSERT INTO {SCHEMA}.{TABLE} VALUES (3, NULL, DATE '2024-01-02')",
    f"DELETE FROM {SCHEMA}.{TABLE} WHERE id = 1",
    *(
        f"""CREATE TABLE {SCHEMA}.before_1970_by_{unit} WITH (table_type = 'ICEBERG', is_external = false,
        location = 's3://lake/{SCHEMA}/before_1970_by_{unit}/', partitioning = ARRAY['{unit}(at)']) AS
        SELECT date_add('hour', 7 * n, TIMESTAMP '1969-12-01 00:00:00.000000') AS at FROM UNNEST(sequence(0, 299)) AS t (n)"""
        for unit in ("day", "month")
    ),
)


@pytest.fixture(scope="session")
def server() -> Server:
    """The test session's Trino, ready."""
    server = shared_trino()
    server.wait_ready()
    return server


@pytest.fixture(scope="session")
def writable(laptops: Callable[[], Laptop]) -> Laptop:
    """A laptop with a workgroup that has a scratch database."""
    laptop = laptops()
    laptop.up()
    for bucket in ("lake", "results"):
        laptop.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    laptop.client("glue").create_database(DatabaseInput={"Name": SCHEMA, "LocationUri": f"s3://lake/{SCHEMA}"})
    laptop.client("athena").create_work_group(
        Name=WORKGROUP,
        Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/"}, "EnforceWorkGroupConfiguration": True},
        Tags=[{"Key": SCRATCH_TAG, "Value": SCHEMA}],
    )
    return laptop


@pytest.fixture(scope="session")
def ask(writable: Laptop) -> Ask:
    athena = writable.client("athena")
    return lambda sql: _answered(athena, sql)


@pytest.fixture(scope="session")
def history(ask: Ask) -> Mapping[str, str]:
    for statement in HISTORY:
        ask(statement)
    return names_of_history(ask)


def names_of_history(ask: Ask) -> dict[str, str]:
    """What stands for `{name}` in the statements about the table: its name, its snapshots and when they were committed."""
    snapshots = f'SELECT snapshot_id, CAST(committed_at AS varchar) FROM {SCHEMA}."{TABLE}$snapshots" ORDER BY committed_at'
    names = {"table": f"{SCHEMA}.{TABLE}", "schema": SCHEMA, "name": TABLE}
    for ordinal, (snapshot, committed_at) in zip(("first", "second", "third"), ask(snapshots).rows, strict=True):
        names |= {ordinal: str(snapshot), f"{ordinal}_at": str(committed_at)}
    return names


def _answered(athena: Any, sql: str) -> Answered:
    try:
        query = athena.start_query_execution(QueryString=sql, WorkGroup=WORKGROUP, QueryExecutionContext={"Database": SCHEMA})
    except ClientError as error:
        raise Refused(error.response["Error"]["Message"]) from error
    identifier = query["QueryExecutionId"]
    execution = ended(athena, identifier)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise Refused(execution["Status"]["StateChangeReason"])
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier))
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"] if pages else []
    rows = [[value.get("VarCharValue") for value in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    header = execution["StatementType"] == "DML"
    return Answered([(column["Name"], column["Type"]) for column in columns], rows[1:] if header else rows)
