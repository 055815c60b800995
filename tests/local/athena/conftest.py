"""The engine of Athena, laptops that it reads, and one small Iceberg table that Athena itself has written."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.laptop import Laptop
from local.services.athena.trino.pointing import Target
from local.services.athena.trino.server import Server
from local.services.athena.writing import SCRATCH_TAG
from tests.local.athena.suite import Answered, Ask, Refused
from tests.local.shared_trino import shared_trino
from tests.ports import free_port

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
def laptops() -> Iterator[Callable[[], Laptop]]:
    """Makes laptops that are up, and taken down and deleted at the end."""
    made: list[Laptop] = []

    def make() -> Laptop:
        laptop = Laptop(Path(tempfile.mkdtemp(prefix="laptop-")), free_port(following=2))
        made.append(laptop)
        laptop.up()
        return laptop

    yield make
    for laptop in made:
        laptop.down()
        shutil.rmtree(laptop.settings.home)


def target_of(laptop: Laptop) -> Target:
    """A laptop, read with its root's key."""
    root = laptop.settings.root_credentials()
    return Target(laptop.endpoint, laptop.settings.region, root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"])


@pytest.fixture(scope="session")
def writable(laptops: Callable[[], Laptop]) -> Laptop:
    """A laptop with a workgroup that has a scratch database."""
    laptop = laptops()
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
    while (execution := athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"])["Status"]["State"] in {
        "QUEUED",
        "RUNNING",
    }:
        time.sleep(0.05)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise Refused(execution["Status"]["StateChangeReason"])
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier))
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"] if pages else []
    rows = [[value.get("VarCharValue") for value in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    header = execution["StatementType"] == "DML"
    return Answered([(column["Name"], column["Type"]) for column in columns], rows[1:] if header else rows)
