"""Athena on a running laptop: tables that Spark wrote, read through PyAthena and boto3 with the caller's own rights."""

import base64
import json
import logging
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pyathena
import pytest
from botocore.exceptions import ClientError
from pyathena.error import DatabaseError, OperationalError

from local.laptop import Laptop
from tests.local.waiting import ended
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PORT = free_port(following=2)
ACCOUNT = "111111111111"
REGION = "eu-west-1"
CUTOFF = 10_000_000

# All in one process: a Spark session is the slow part.
TABLES = """
import glob, os, sys
from pyspark.sql import SparkSession
endpoint = os.environ["AWS_ENDPOINT_URL"]
options = {
    "spark.master": "local[2]", "spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.g": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.g.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.g.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.g.warehouse": "s3://lake/wh", "spark.sql.catalog.g.glue.endpoint": endpoint,
    "spark.sql.catalog.g.s3.endpoint": endpoint, "spark.sql.catalog.g.s3.path-style-access": "true",
    "spark.sql.catalog.g.client.region": os.environ["AWS_REGION"], "spark.jars": ",".join(sorted(glob.glob(sys.argv[1] + "/*.jar"))),
}
builder = SparkSession.builder
for name, value in options.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
v2 = "using iceberg tblproperties('format-version'='2'"
mor = ", 'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', 'write.merge.mode'='merge-on-read')"
for statement in (
    f"create table g.shop.types (b boolean, i int, l bigint, d double, f float, m decimal(10,2), s string, day date, t timestamp, "
    f"n timestamp_ntz, bin binary, a array<int>, mp map<string,bigint>, r struct<x:int,y:string>) {v2})",
    "insert into g.shop.types values (true, 1, 2, 1.5D, cast(0.1 as float), 12.30, 'a \\"q\\", b', date'2024-02-29', "
    "timestamp'2024-01-02 03:04:05.123456', timestamp_ntz'2024-01-02 03:04:05.1', X'00ff', array(1, 2, null), map('k', 3L), "
    "named_struct('x', 1, 'y', 'z')), (null, null, null, null, null, null, null, null, null, null, null, null, null, null)",
    f"create table g.shop.nothing (id bigint, name string) {v2})",
    f"create table g.shop.changed (id bigint, v string, at timestamp) using iceberg partitioned by (days(at)) "
    f"tblproperties('format-version'='2'{mor}",
    "insert into g.shop.changed select id, concat('v', id), timestamp'2024-01-01 00:00:00' + make_interval(0, 0, 0, id % 3) from range(100)",
    "delete from g.shop.changed where id % 10 = 3",
    "update g.shop.changed set v = 'new' where id = 5",
    "alter table g.shop.changed add column extra decimal(12,2)",
    "alter table g.shop.changed rename column v to label",
    "alter table g.shop.changed add partition field bucket(2, id)",
    "insert into g.shop.changed values (1000, 'late', timestamp'2024-01-09 00:00:00', 1.25)",
    "alter table g.shop.changed create branch audit",
    "insert into g.shop.changed.branch_audit values (2000, 'unseen', timestamp'2024-01-09 00:00:00', 1.25)",
    f"create table g.shop.widened (id int, gone int) {v2})",
    "insert into g.shop.widened values (1, 7)",
    "alter table g.shop.widened alter column id type bigint",
    "alter table g.shop.widened drop column gone",
    "insert into g.shop.widened values (5000000000)",
    f"create table g.shop.unpublished (id bigint) {v2})",
    "alter table g.shop.unpublished create branch audit",
    "insert into g.shop.unpublished.branch_audit values (1)",
    f"create table g.shop.wide {v2}) as select id, sha2(cast(id as string), 512) as noise from range(400000)",
):
    spark.sql(statement)
spark.stop()
"""


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path_factory.mktemp("athena"), PORT)
    laptop.up()
    try:
        s3, glue, athena = laptop.client("s3"), laptop.client("glue"), laptop.client("athena")
        for bucket in ("lake", "results"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        glue.create_database(DatabaseInput={"Name": "shop", "LocationUri": "s3://lake/shop"})
        athena.create_work_group(
            Name="engineers",
            Configuration={
                "ResultConfiguration": {"OutputLocation": "s3://results/engineers/"},
                "EnforceWorkGroupConfiguration": True,
                "BytesScannedCutoffPerQuery": CUTOFF,
            },
        )
        environment = {
            **os.environ,
            **laptop.client_environment(),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            # A JVM of a minute gains nothing from its second compiler.
            "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC",
        }
        script = tmp_path_factory.mktemp("spark") / "tables.py"
        script.write_text(TABLES)
        done = subprocess.run(
            [sys.executable, str(script), str(ROOT / ".tools/jars")], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        yield laptop
    finally:
        laptop.down()


@pytest.fixture(autouse=True)
def quiet() -> None:
    # PyAthena logs a stack trace of each refusal.
    logging.getLogger("pyathena").setLevel(logging.CRITICAL + 1)


def credentials(laptop: Laptop) -> dict[str, Any]:
    root = {name.lower(): value for name, value in laptop.settings.root_credentials().items()}
    return {"endpoint_url": laptop.endpoint, "region_name": REGION, **root}


def ask(laptop: Laptop, sql: str, parameters: Any = None, **who: Any) -> Any:
    connection = pyathena.connect(work_group="engineers", schema_name="shop", poll_interval=0.05, **(who or credentials(laptop)))
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    return cursor


def rows(laptop: Laptop, sql: str) -> list[Any]:
    return [tuple(row) for row in ask(laptop, sql).fetchall()]


def raw(laptop: Laptop, sql: str) -> tuple[dict[str, Any], str]:
    cursor = ask(laptop, sql)
    location = str(cursor.output_location)
    bucket, _, key = location.removeprefix("s3://").partition("/")
    content: bytes = laptop.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return laptop.client("athena").get_query_results(QueryExecutionId=cursor.query_id), content.decode()


def test_every_type_is_read_and_written_as_athena_does(laptop: Laptop) -> None:
    answer, content = raw(laptop, "SELECT * FROM types WHERE i = 1")
    [_, row] = answer["ResultSet"]["Rows"]
    assert [value["VarCharValue"] for value in row["Data"]] == [
        "true", "1", "2", "1.5", "0.1", "12.30", 'a "q", b', "2024-02-29", "2024-01-02 03:04:05.123456 UTC", "2024-01-02 03:04:05.100000",
        "00 ff", "[1, 2, null]", "{k=3}", "{x=1, y=z}",
    ]  # fmt: skip
    assert [column["Type"] for column in answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == [
        "boolean", "integer", "bigint", "double", "float", "decimal", "varchar", "date", "timestamp with time zone", "timestamp",
        "varbinary", "array", "map", "row",
    ]  # fmt: skip
    assert content.startswith('"b","i","l"')
    assert '"a ""q"", b"' in content


def test_null_is_nothing_in_the_file_and_none_in_the_client(laptop: Laptop) -> None:
    assert rows(laptop, "SELECT i, s FROM types WHERE i IS NULL") == [(None, None)]
    assert raw(laptop, "SELECT i, s FROM types WHERE i IS NULL")[1] == '"i","s"\n,\n'


def test_deleted_and_updated_rows_of_a_merge_on_read_table_are_gone(laptop: Laptop) -> None:
    assert rows(laptop, "SELECT count(*), sum(id) FROM changed WHERE id < 1000") == [(90, 4470)]
    assert rows(laptop, "SELECT count(*) FROM changed WHERE id % 10 = 3") == [(0,)]
    assert rows(laptop, "SELECT label FROM changed WHERE id = 5") == [("new",)]


def test_evolved_schemas_and_partitions_are_read_as_they_are_now(laptop: Laptop) -> None:
    assert [str(value) for value in rows(laptop, "SELECT label, extra FROM changed WHERE id = 1000")[0]] == ["late", "1.25"]
    assert rows(laptop, "SELECT label, extra FROM changed WHERE id = 7") == [("v7", None)]
    assert rows(laptop, "SELECT * FROM widened ORDER BY id") == [(1,), (5_000_000_000,)]


def test_only_main_is_read(laptop: Laptop) -> None:
    assert rows(laptop, "SELECT count(*) FROM changed WHERE id = 2000") == [(0,)]
    assert rows(laptop, "SELECT count(*) FROM unpublished") == [(0,)]


def test_a_table_without_a_snapshot_has_its_columns_and_no_rows(laptop: Laptop) -> None:
    cursor = ask(laptop, "SELECT * FROM nothing")
    assert cursor.fetchall() == []
    assert [column[:2] for column in cursor.description] == [("id", "bigint"), ("name", "varchar")]


def test_a_moment_with_a_zone_compares_with_one_without(laptop: Laptop) -> None:
    sql = "SELECT count(*) FROM changed WHERE at >= timestamp '2024-01-02 00:00:00' AND at < date '2024-01-03'"
    assert rows(laptop, sql) == [(30,)]


def test_tables_join_across_databases_and_aliases(laptop: Laptop) -> None:
    sql = "SELECT c.id, shop.widened.id FROM awsdatacatalog.shop.changed c JOIN shop.widened ON c.id = widened.id"
    assert rows(laptop, sql) == [(1, 1)]


def test_no_name_of_with_hides_a_table(laptop: Laptop) -> None:
    for name in ("table_0", "view_0"):
        sql = f"WITH {name} AS (SELECT -1 AS id) SELECT max(id), (SELECT id FROM {name}) FROM widened"
        assert rows(laptop, sql) == [(5_000_000_000, -1)]


def test_a_long_result_comes_in_pages_and_in_order(laptop: Laptop) -> None:
    assert [row[0] for row in rows(laptop, "SELECT id FROM wide WHERE id < 3000 ORDER BY id DESC")] == list(range(2999, -1, -1))


def test_the_catalog_is_shown_and_described(laptop: Laptop) -> None:
    assert ("changed",) in rows(laptop, "SHOW TABLES IN shop")
    assert rows(laptop, "SHOW TABLES 'w*'") == [("wide",), ("widened",)]
    assert ("shop",) in rows(laptop, "SHOW DATABASES")
    assert rows(laptop, "SHOW COLUMNS IN widened") == [("id",)]
    [described] = rows(laptop, "DESCRIBE widened")
    assert described[0].split() == ["id", "bigint"]


def test_clients_find_tables_by_the_metadata_api(laptop: Laptop) -> None:
    athena = laptop.client("athena")
    [table] = athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="shop", Expression="widened")["TableMetadataList"]
    assert table["Columns"] == [{"Name": "id", "Type": "bigint"}]
    with pytest.raises(ClientError, match=r"MetadataException.*Error Code: EntityNotFoundException"):
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="shop", TableName="nope")
    with pytest.raises(ClientError, match=r"MetadataException.*Error Code: EntityNotFoundException"):
        athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="nope")
    assert [database["Name"] for database in athena.list_databases(CatalogName="awsdatacatalog")["DatabaseList"]] == ["shop"]
    assert "AwsDataCatalog" in [catalog["CatalogName"] for catalog in athena.list_data_catalogs()["DataCatalogsSummary"]]


def test_a_driver_lists_catalogs_databases_tables_and_columns(laptop: Laptop) -> None:
    # What SQLTables and SQLColumns of the ODBC driver, and JDBC's DatabaseMetaData, are made of: Power BI, Excel, Tableau, Metabase.
    athena, place = laptop.client("athena"), {"CatalogName": "AwsDataCatalog", "DatabaseName": "shop"}
    assert {"CatalogName": "AwsDataCatalog", "Type": "GLUE"} in [
        {name: catalog[name] for name in ("CatalogName", "Type")} for catalog in athena.list_data_catalogs()["DataCatalogsSummary"]
    ]
    assert athena.get_database(**place)["Database"]["Name"] == "shop"
    pages = athena.get_paginator("list_table_metadata").paginate(**place, Expression=".*", PaginationConfig={"PageSize": 2})
    listed = {table["Name"]: table for page in pages for table in page["TableMetadataList"]}
    assert {"changed", "nothing", "types", "wide"} <= listed.keys()
    table = athena.get_table_metadata(**place, TableName="types")["TableMetadata"]
    assert table == listed["types"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert {column["Name"]: column["Type"] for column in table["Columns"]} == {
        "b": "boolean", "i": "int", "l": "bigint", "d": "double", "f": "float", "m": "decimal(10,2)", "s": "string", "day": "date",
        "t": "timestamp", "n": "timestamp", "bin": "binary", "a": "array<int>", "mp": "map<string,bigint>", "r": "struct<x:int,y:string>",
    }  # fmt: skip
    # Only * and | are more than letters of a name.
    assert athena.list_table_metadata(**place, Expression="types(")["TableMetadataList"] == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nope' does not exist"),
        ("SELECT * FROM nope.x", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
        ("SELECT nope FROM changed", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT id / 0 FROM changed", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT FROM", "SYNTAX_ERROR: line 1:8: mismatched input 'FROM'"),
    ],
)
def test_a_failed_query_says_why_in_athenas_words(laptop: Laptop, sql: str, reason: str) -> None:
    with pytest.raises(OperationalError, match=f"^{reason}"):
        ask(laptop, sql)
    athena = laptop.client("athena")
    newest = athena.list_query_executions(WorkGroup="engineers", MaxResults=1)["QueryExecutionIds"][0]
    assert athena.get_query_execution(QueryExecutionId=newest)["QueryExecution"]["Status"]["State"] == "FAILED"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DROP TABLE changed", "DROP TABLE outside a workgroup's scratch database is not supported"),
        ("SELEC 1", "mismatched input"),
        ("SELECT 1; SELECT 2", "Only one sql"),
        (f"SELECT '{'x' * 262_144}'", "the query is longer than 262144 bytes"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_not_supported_is_refused_before_it_starts(laptop: Laptop, sql: str, reason: str) -> None:
    with pytest.raises(DatabaseError, match=reason):
        ask(laptop, sql)


def test_results_go_where_the_workgroup_says_whatever_the_client_wants(laptop: Laptop) -> None:
    athena = laptop.client("athena")
    wanted = {"OutputLocation": "s3://results/elsewhere/"}
    started = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="engineers", ResultConfiguration=wanted)
    execution = ended(athena, started["QueryExecutionId"])
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/engineers/{started['QueryExecutionId']}.csv"
    with pytest.raises(ClientError, match="No output location"):
        athena.start_query_execution(QueryString="SELECT 1")
    with pytest.raises(ClientError, match="not a valid S3 path"):
        athena.start_query_execution(QueryString="SELECT 1", ResultConfiguration={"OutputLocation": "file:///tmp/x"})
    odd = athena.start_query_execution(QueryString="SELECT 1", ResultConfiguration={"OutputLocation": "s3://results/odd?x/"})
    assert ended(athena, odd["QueryExecutionId"])["Status"]["State"] == "SUCCEEDED"
    [kept] = laptop.client("s3").list_objects_v2(Bucket="results", Prefix="odd")["Contents"]
    assert kept["Key"] == f"odd?x/{odd['QueryExecutionId']}.csv"


def test_what_is_no_text_is_not_kept(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="no Unicode"):
        laptop.client("athena").start_query_execution(QueryString="SELECT '\ud800'", WorkGroup="engineers")


def test_the_bytes_that_are_counted_are_those_of_the_columns_in_the_files(laptop: Laptop) -> None:
    narrow, count = ask(laptop, "SELECT sum(id) FROM wide"), ask(laptop, "SELECT count(*) FROM wide")
    objects = laptop.client("s3").list_objects_v2(Bucket="lake", Prefix="shop/wide/data/")["Contents"]
    assert 0 < narrow.data_scanned_in_bytes < sum(found["Size"] for found in objects) / 5
    assert count.data_scanned_in_bytes == 0


def test_a_query_over_the_limit_of_its_workgroup_is_cancelled(laptop: Laptop) -> None:
    with pytest.raises(OperationalError, match="Bytes scanned limit was exceeded"):
        ask(laptop, "SELECT max(noise) FROM wide")
    athena = laptop.client("athena")
    newest = athena.list_query_executions(WorkGroup="engineers", MaxResults=1)["QueryExecutionIds"][0]
    execution = athena.get_query_execution(QueryExecutionId=newest)["QueryExecution"]
    assert execution["Status"]["State"] == "CANCELLED"
    assert execution["Statistics"]["DataScannedInBytes"] > CUTOFF


def test_a_running_query_is_stopped(laptop: Laptop) -> None:
    athena = laptop.client("athena")
    sql = "SELECT count(*) FROM wide a, wide b, wide c WHERE a.id + b.id * c.id % 7 = 3"
    started = athena.start_query_execution(QueryString=sql, WorkGroup="engineers", QueryExecutionContext={"Database": "shop"})
    while athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]["Status"]["State"] == "QUEUED":
        time.sleep(0.05)
    athena.stop_query_execution(QueryExecutionId=started["QueryExecutionId"])
    assert ended(athena, started["QueryExecutionId"])["Status"]["State"] == "CANCELLED"
    assert rows(laptop, "SELECT 1") == [(1,)]


def test_the_statistics_of_a_query_are_given_once_it_has_ended(laptop: Laptop) -> None:
    cursor, athena = ask(laptop, "SELECT sum(id) FROM wide"), laptop.client("athena")
    statistics = athena.get_query_runtime_statistics(QueryExecutionId=cursor.query_id)["QueryRuntimeStatistics"]
    assert statistics["Rows"] == {"InputBytes": cursor.data_scanned_in_bytes}
    assert statistics["Timeline"]["TotalExecutionTimeInMillis"] == cursor.total_execution_time_in_millis


def test_the_same_token_starts_one_query(laptop: Laptop) -> None:
    athena, token = laptop.client("athena"), uuid.uuid4().hex
    first, second = (
        athena.start_query_execution(QueryString="SELECT 1", WorkGroup="engineers", ClientRequestToken=token)["QueryExecutionId"]
        for _ in range(2)
    )
    assert first == second


def test_parameters_are_filled_in_by_athena(laptop: Laptop) -> None:
    athena = laptop.client("athena")
    started = athena.start_query_execution(
        QueryString="SELECT count(*) FROM changed WHERE id > ? AND label = ?",
        WorkGroup="engineers",
        QueryExecutionContext={"Database": "shop"},
        ExecutionParameters=["1", "'new'"],
    )
    ended(athena, started["QueryExecutionId"])
    answer = athena.get_query_results(QueryExecutionId=started["QueryExecutionId"])
    assert answer["ResultSet"]["Rows"][1] == {"Data": [{"VarCharValue": "1"}]}


WORKGROUP = {"Action": "athena:*", "Resource": f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/engineers"}
RESULTS = {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::results/engineers/*"}
CATALOG = {
    "Action": "glue:GetTable",
    "Resource": [f"arn:aws:glue:{REGION}:{ACCOUNT}:{name}" for name in ("catalog", "database/shop", "table/shop/changed")],
}
DATA = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/shop/changed/*"}


def principal(laptop: Laptop, *statements: dict[str, Any]) -> dict[str, Any]:
    iam, name = laptop.client("iam"), f"reader-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    iam.put_role_policy(RoleName=name, PolicyName="reader", PolicyDocument=json.dumps(policy))
    sts = boto3.client("sts", **credentials(laptop))
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="reader")["Credentials"]
    return {
        **credentials(laptop),
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def test_a_role_with_the_four_rights_reads_its_table_and_no_other(laptop: Laptop) -> None:
    reader = principal(laptop, WORKGROUP, RESULTS, CATALOG, DATA)
    assert ask(laptop, "SELECT count(*) FROM changed", **reader).fetchall() == [(91,)]
    with pytest.raises(OperationalError, match="not authorized to perform: glue:GetTable"):
        ask(laptop, "SELECT count(*) FROM widened", **reader)


def test_the_catalog_is_listed_with_rights_on_it_and_on_what_glue_holds(laptop: Laptop) -> None:
    glue = {
        "Action": "glue:GetTables",
        "Resource": [f"arn:aws:glue:{REGION}:{ACCOUNT}:{name}" for name in ("catalog", "database/shop", "table/shop/*")],
    }
    listing = {"Action": "athena:ListTableMetadata", "Resource": f"arn:aws:athena:{REGION}:{ACCOUNT}:datacatalog/AwsDataCatalog"}
    request: Any = {"CatalogName": "awsdatacatalog", "DatabaseName": "shop"}
    assert boto3.client("athena", **principal(laptop, listing, glue)).list_table_metadata(**request)["TableMetadataList"]
    for rights, reason in ((listing, "glue:GetTables"), (glue, "athena:ListTableMetadata")):
        with pytest.raises(ClientError, match=f"not authorized to perform: {reason}"):
            boto3.client("athena", **principal(laptop, rights)).list_table_metadata(**request)


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        ((WORKGROUP, RESULTS, DATA), "not authorized to perform: glue:GetTable"),
        ((WORKGROUP, RESULTS, CATALOG), "Access Denied .Service: Amazon S3"),
        ((WORKGROUP, CATALOG, DATA), "not authorized to perform: s3:PutObject"),
        ((RESULTS, CATALOG, DATA), "not authorized to perform: athena:StartQueryExecution"),
    ],
    ids=["no catalog", "no data", "no results", "no workgroup"],
)
def test_each_missing_right_fails_the_query(laptop: Laptop, rights: tuple[dict[str, Any], ...], reason: str) -> None:
    with pytest.raises((OperationalError, DatabaseError), match=reason):
        ask(laptop, "SELECT count(*) FROM changed", **principal(laptop, *rights))


NO_RIGHT = "not authorized to perform: glue:GetTable"
WAYS_OUT = {
    # To a table that the caller may not read.
    "SELECT * FROM widened": NO_RIGHT,
    "SELECT * FROM widened WHERE false": NO_RIGHT,
    "TABLE widened": NO_RIGHT,
    'SELECT * FROM "awsdatacatalog"."shop"."widened"': NO_RIGHT,
    "SELECT * FROM changed, /* */ widened": NO_RIGHT,
    "SELECT 1 UNION ALL SELECT 2 LIMIT 1 OFFSET 0 -- \n UNION ALL SELECT id FROM widened": NO_RIGHT,
    "SELECT (SELECT max(id) FROM widened) FROM changed": NO_RIGHT,
    "WITH widened AS (SELECT 1 AS id) SELECT * FROM shop.widened": NO_RIGHT,
    "WITH a AS (SELECT * FROM widened), widened AS (SELECT 1 AS id) SELECT * FROM a": NO_RIGHT,
    "SELECT id FROM changed ORDER BY (SELECT max(id) FROM widened)": NO_RIGHT,
    'SELECT * FROM "widened$snapshots"': NO_RIGHT,
    "SELECT * FROM widened FOR TIMESTAMP AS OF current_timestamp": NO_RIGHT,
    "EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM widened": NO_RIGHT,
    "EXPLAIN ANALYZE SELECT * FROM widened": NO_RIGHT,
    "SELECT * FROM peephole": f"{NO_RIGHT} .*table/shop/widened",
    "SELECT * FROM peephole WHERE current_user LIKE 'arn:%'": f"{NO_RIGHT} .*table/shop/widened",
    "SELECT * FROM peephole WHERE to_unixtime(now()) < 0": f"{NO_RIGHT} .*table/shop/widened",
    "SELECT missing FROM peephole": f"{NO_RIGHT} .*table/shop/widened",
    "SELECT * FROM mirror": "mirror is not a view of Athena",
    'SELECT * FROM changed JOIN U&"\\0077idened" ON true': "names of Unicode escapes",
    "SELECT * FROM changed JO\u0131N widened ON true": "mismatched input",
    "EXPLAIN INSERT INTO widened SELECT 1": NO_RIGHT,
    "EXPLAIN INSERT INTO changed SELECT * FROM changed": "Access Denied",
    "DESCRIBE widened": NO_RIGHT,
    "SHOW CREATE TABLE widened": NO_RIGHT,
    "SHOW TABLES": "not authorized to perform: glue:GetTables",
    # Out of the catalog, and to Trino itself.
    "SELECT * FROM system.runtime.queries": "catalog system",
    "SELECT * FROM awsdatacatalog.system.iceberg_tables": "not authorized to perform: glue:GetTable",
    "SELECT * FROM TABLE(system.table_changes('shop', 'widened', 1, 2))": "table function",
    "EXECUTE IMMEDIATE 'SELECT * FROM widened'": "EXECUTE IMMEDIATE",
    "WITH SESSION query_max_run_time = '1h' SELECT 1": "WITH SESSION",
    "SET SESSION query_max_run_time = '1h'": "SET SESSION",
    "CREATE CATALOG mine USING iceberg": "CREATE CATALOG",
    "DROP CATALOG awsdatacatalog": "DROP CATALOG",
    "CALL system.runtime.kill_query('x', 'y')": "CALL",
    "USE shop": "USE",
    # To change something.
    "EXPLAIN ANALYZE INSERT INTO changed SELECT * FROM changed": "INSERT INTO",
    "ALTER TABLE changed EXECUTE optimize": "ALTER TABLE",
    "ALTER TABLE changed RENAME TO taken": "ALTER TABLE RENAME",
    "DELETE FROM changed": "DELETE FROM",
    "CREATE SCHEMA mine": "CREATE SCHEMA",
}


@pytest.fixture(scope="module")
def reader(laptop: Laptop) -> dict[str, Any]:
    """One who may read `changed`, and a view of what it may not."""
    columns = [{"name": "id", "type": "bigint"}]
    view = {"originalSql": "SELECT id FROM shop.widened", "catalog": "awsdatacatalog", "schema": "shop", "columns": columns}
    laptop.client("glue").create_table(
        DatabaseName="shop",
        TableInput={
            "Name": "peephole",
            # Whoever makes an entry in Glue names its owner.
            "Owner": "somebody",
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "ViewOriginalText": f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */",
            "ViewExpandedText": "/* Presto View */",
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]},
        },
    )
    materialized: dict[str, Any] = {
        **view,
        "originalSql": "SELECT id FROM shop.changed",
        "storageTable": None,
        "properties": {},
        "path": [],
    }
    laptop.client("glue").create_table(
        DatabaseName="shop",
        TableInput={
            "Name": "mirror",
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {
                "presto_view": "true",
                "comment": "Presto Materialized View",
                "storage_schema": "shop",
                "storage_table": "widened",
            },
            "ViewOriginalText": f"/* Presto Materialized View: {base64.b64encode(json.dumps(materialized).encode()).decode()} */",
            "ViewExpandedText": "/* Presto Materialized View */",
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]},
        },
    )
    tables = [f"arn:aws:glue:{REGION}:{ACCOUNT}:table/shop/{name}" for name in ("changed", "peephole", "mirror")]
    return principal(laptop, WORKGROUP, RESULTS, CATALOG, {"Action": "glue:GetTable", "Resource": tables}, DATA)


@pytest.mark.parametrize(("sql", "reason"), WAYS_OUT.items(), ids=list(WAYS_OUT))
def test_no_statement_leads_out_of_what_its_caller_may_read(laptop: Laptop, reader: dict[str, Any], sql: str, reason: str) -> None:
    with pytest.raises((OperationalError, DatabaseError), match=reason):
        ask(laptop, sql, **reader)


def test_a_view_is_read_by_one_who_may_read_what_is_in_it(laptop: Laptop, reader: dict[str, Any]) -> None:
    assert rows(laptop, "SELECT max(id) FROM peephole") == [(5_000_000_000,)]


def test_a_prepared_statement_has_the_rights_of_who_executes_it(laptop: Laptop, reader: dict[str, Any]) -> None:
    ask(laptop, "PREPARE wide_open FROM SELECT * FROM widened WHERE id = ?")
    assert ask(laptop, "EXECUTE wide_open USING 1").fetchall() == [(1,)]
    with pytest.raises(OperationalError, match=NO_RIGHT):
        ask(laptop, "EXECUTE wide_open USING 1", **reader)


def test_information_schema_shows_what_the_caller_may_list(laptop: Laptop, reader: dict[str, Any]) -> None:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1"
    assert ("widened",) in rows(laptop, sql)
    assert ask(laptop, sql, **reader).fetchall() == []
    some = [f"arn:aws:glue:{REGION}:{ACCOUNT}:{name}" for name in ("catalog", "database/*", "table/shop/*")]
    lister = principal(laptop, WORKGROUP, RESULTS, {"Action": ["glue:GetDatabases", "glue:GetTables"], "Resource": some})
    assert ("widened",) in ask(laptop, sql, **lister).fetchall()
    with pytest.raises(OperationalError, match=NO_RIGHT):
        ask(laptop, "SELECT * FROM widened", **lister)


def test_a_result_is_shown_to_one_who_may_read_it_in_s3(laptop: Laptop) -> None:
    identifier = ask(laptop, "SELECT 'of another'").query_id
    athena = boto3.client("athena", **principal(laptop, WORKGROUP))
    assert athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="not authorized to perform: s3:GetObject on resource: arn:aws:s3:::results/engineers/"):
        athena.get_query_results(QueryExecutionId=identifier)


def test_the_statements_of_another_workgroup_are_not_shown(laptop: Laptop) -> None:
    laptop.client("athena").create_work_group(
        Name="others", Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/others/"}}
    )
    started = laptop.client("athena").start_query_execution(QueryString="SELECT 'of others'", WorkGroup="others")
    own, foreign = ask(laptop, "SELECT 1").query_id, started["QueryExecutionId"]
    athena = boto3.client("athena", **principal(laptop, WORKGROUP))
    assert [one["QueryExecutionId"] for one in athena.batch_get_query_execution(QueryExecutionIds=[own])["QueryExecutions"]] == [own]

    def claim(params: dict[str, Any], **_: object) -> None:
        params["body"] = json.dumps({"QueryExecutionIds": [foreign], "WorkGroup": "engineers"}).encode()

    athena.meta.events.register("before-call.athena.BatchGetQueryExecution", claim)
    with pytest.raises(ClientError, match=r"not authorized to perform: athena:BatchGetQueryExecution .*workgroup/others"):
        athena.batch_get_query_execution(QueryExecutionIds=[foreign])


SCRATCH_GLUE = {
    "Action": ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"],
    "Resource": [f"arn:aws:glue:{REGION}:{ACCOUNT}:{name}" for name in ("catalog", "database/scratch", "table/scratch/*")],
}
SCRATCH_DATA = {"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::lake/scratch/*"}
NEW = "CREATE TABLE scratch.kept WITH (location = 's3://lake/scratch/kept/') AS SELECT id, label FROM changed WHERE id < 10"


@pytest.fixture(scope="module")
def scratch(laptop: Laptop) -> None:
    laptop.client("glue").create_database(DatabaseInput={"Name": "scratch", "LocationUri": "s3://lake/scratch"})
    workgroup = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/engineers"
    laptop.client("athena").tag_resource(ResourceARN=workgroup, Tags=[{"Key": "scratch-database", "Value": "scratch"}])


def forged(laptop: Laptop, writer: dict[str, Any]) -> None:
    """A table of the writer's own, all of whose metadata lies in its folder and whose manifests are those of a table that it may only read."""
    s3, place = boto3.client("s3", **writer), "s3://lake/scratch/forged"
    found = laptop.client("glue").get_table(DatabaseName="shop", Name="changed")["Table"]["Parameters"]["metadata_location"]

    def content(url: str) -> bytes:
        return bytes(s3.get_object(Bucket="lake", Key=url.removeprefix("s3://lake/"))["Body"].read())

    metadata = {**json.loads(content(found)), "location": place, "metadata-log": [], "statistics": []}
    for snapshot in metadata["snapshots"]:
        copy = f"{place}/metadata/{snapshot['manifest-list'].rpartition('/')[2]}"
        s3.put_object(Bucket="lake", Key=copy.removeprefix("s3://lake/"), Body=content(snapshot["manifest-list"]))
        snapshot["manifest-list"] = copy
    own = f"{place}/metadata/{found.rpartition('/')[2]}"
    s3.put_object(Bucket="lake", Key=own.removeprefix("s3://lake/"), Body=json.dumps(metadata).encode())
    parameters = {"table_type": "ICEBERG", "metadata_location": own}
    entry: Any = {"Name": "forged", "TableType": "EXTERNAL_TABLE", "Parameters": parameters, "StorageDescriptor": {"Location": place}}
    boto3.client("glue", **writer).create_table(DatabaseName="scratch", TableInput=entry)


def test_no_forged_table_takes_files_of_another_with_it(laptop: Laptop, scratch: None) -> None:
    writer = principal(laptop, WORKGROUP, RESULTS, CATALOG, DATA, SCRATCH_GLUE, SCRATCH_DATA)
    forged(laptop, writer)
    try:
        assert ask(laptop, "SELECT count(*) FROM scratch.forged", **writer).fetchall() == [(91,)]
        for statement in ("DROP TABLE scratch.forged", "VACUUM scratch.forged"):
            with pytest.raises(OperationalError, match=r"not authorized to perform: s3:\w+ on resource: arn:aws:s3:::lake/shop/changed"):
                ask(laptop, statement, **writer)
    finally:
        laptop.client("glue").delete_table(DatabaseName="scratch", Name="forged")
    assert rows(laptop, "SELECT count(*) FROM changed") == [(91,)]


def test_one_with_the_rights_writes_in_the_scratch_database_and_nowhere_else(laptop: Laptop, scratch: None) -> None:
    writer = principal(laptop, WORKGROUP, RESULTS, CATALOG, DATA, SCRATCH_GLUE, SCRATCH_DATA)
    ask(laptop, NEW, **writer)
    assert ask(laptop, "DELETE FROM scratch.kept WHERE id < 5", **writer).fetchall() == []
    ask(laptop, "CREATE VIEW scratch.seen AS SELECT max(id) AS id FROM scratch.kept", **writer)
    assert ask(laptop, "SELECT * FROM scratch.seen", **writer).fetchall() == [(9,)]
    ask(laptop, "INSERT INTO scratch.kept SELECT id, 'seen' FROM scratch.seen", **writer)
    ask(laptop, "VACUUM scratch.kept", **writer)
    assert ask(laptop, "SELECT count(*) FROM scratch.kept WHERE id = 9", **writer).fetchall() == [(2,)]
    with pytest.raises(DatabaseError, match="INSERT INTO outside a workgroup's scratch database"):
        ask(laptop, "INSERT INTO changed SELECT * FROM changed", **writer)
    with pytest.raises(OperationalError, match=r"glue:GetTable .*table/shop/widened"):
        ask(laptop, "INSERT INTO scratch.kept SELECT id, 'x' FROM widened", **writer)
    # The entry of a table that is not the writer's own, under a name in the scratch database.
    other = laptop.client("glue").get_table(DatabaseName="shop", Name="changed")["Table"]["Parameters"]
    entry: Any = {"Name": "borrowed", "TableType": "EXTERNAL_TABLE", "Parameters": other}
    boto3.client("glue", **writer).create_table(DatabaseName="scratch", TableInput=entry)
    with pytest.raises(OperationalError, match="not authorized to perform: s3:DeleteObject on resource: arn:aws:s3:::lake/shop/changed"):
        ask(laptop, "DROP TABLE scratch.borrowed", **writer)
    for statement in ("DROP VIEW scratch.seen", "DROP TABLE scratch.kept"):
        ask(laptop, statement, **writer)
    left = laptop.client("glue").get_tables(DatabaseName="scratch")["TableList"]
    assert [table["Name"] for table in left] == ["borrowed"]


@pytest.mark.parametrize(
    ("rights", "reason"),
    [((SCRATCH_DATA,), "glue:GetTable"), ((SCRATCH_GLUE,), "s3:PutObject on resource: arn:aws:s3:::lake/scratch/kept")],
    ids=["no catalog", "no data"],
)
def test_a_change_needs_the_rights_of_its_caller(laptop: Laptop, scratch: None, rights: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(OperationalError, match=f"not authorized to perform: {reason}"):
        ask(laptop, NEW, **principal(laptop, WORKGROUP, RESULTS, CATALOG, DATA, *rights))


def test_queries_and_their_results_outlive_the_process(laptop: Laptop) -> None:
    cursor = ask(laptop, "SELECT label, extra FROM changed WHERE id IN (7, 1000) ORDER BY id")
    before = laptop.client("athena").get_query_results(QueryExecutionId=cursor.query_id)
    laptop.down()
    laptop.up()
    after = laptop.client("athena").get_query_results(QueryExecutionId=cursor.query_id)
    assert after["ResultSet"] == before["ResultSet"]
