"""A crawler reads the real database or files with its role's rights, and what it finds are tables as Glue names and types them."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from local.laptop import Laptop
from tests.local.emulator.model import checked
from tests.local.emulator.stacks import Stack, refused
from tests.local.emulator.test_rds import connect, database

type Aws = Callable[[str], Any]
ACCOUNT = "eu-west-1:111111111111"
BUCKET = "crawled-files"
GROUPING = json.dumps({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3}})
TABLES = """
CREATE TYPE mood AS ENUM ('glad'); CREATE DOMAIN amount AS numeric(12,2); CREATE SCHEMA other;
CREATE TABLE "Order Lines" (id int PRIMARY KEY, "Price" numeric(10,2), net amount, any_number numeric, huge numeric(50,2), small smallint,
  big bigint, real real, double double precision, yes boolean, day date, at timestamp, at_zone timestamptz, note varchar(20), mood mood,
  raw bytea, doc jsonb, tags text[], numbers int[]);
CREATE VIEW open AS SELECT id FROM "Order Lines"; CREATE TABLE hidden_away (id int); CREATE TABLE other.elsewhere (id int);
"""
POLICY = {
    "secretsmanager:GetSecretValue": "*",
    "glue:GetConnection": "*",
    "glue:GetDatabase": "*",
    "glue:GetTables": "*",
    "glue:CreateTable": "*",
    "glue:UpdateTable": "*",
    "glue:DeleteTable": "*",
    "glue:GetPartitions": "*",
    "glue:BatchCreatePartition": "*",
    "s3:ListBucket": f"arn:aws:s3:::{BUCKET}",
    "s3:GetObject": f"arn:aws:s3:::{BUCKET}/*",
    "logs:CreateLogGroup": "*",
    "logs:CreateLogStream": "*",
    "logs:PutLogEvents": "*",
}


class Crawlers:
    """Crawlers made by a template, with roles of their own, and a database to find things in."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.glue, self.s3, self.logs = laptop.client("glue"), laptop.client("s3"), laptop.client("logs")
        self.stack = Stack(laptop.client("cloudformation"), "crawlers")
        self.resources: dict[str, Any] = {
            **database(),
            "Found": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "111111111111", "DatabaseInput": {"Name": "found"}}},
            "Connection": {
                "Type": "AWS::Glue::Connection",
                "DependsOn": "Address",
                "Properties": {
                    "CatalogId": "111111111111",
                    "ConnectionInput": {
                        "Name": "orders",
                        "ConnectionType": "JDBC",
                        "ConnectionProperties": {
                            "JDBC_CONNECTION_URL": f"jdbc:postgresql://127.0.0.1:{laptop.postgres_port}/shop",
                            "SECRET_ID": "sources/db",
                        },
                    },
                },
            },
        }
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def deploy(self, name: str, targets: dict[str, Any], *, without: str = "", **properties: Any) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        allowed = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in POLICY.items() if action != without]
        self.resources[f"{name}Role"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": f"crawls-{name}",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}],
            },
        }
        self.resources[name] = {
            "Type": "AWS::Glue::Crawler",
            "Properties": {
                "Name": name,
                "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]},
                "DatabaseName": {"Ref": "Found"},
                "Targets": targets,
                "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
                **properties,
            },
        }
        self.stack.deploy(self.resources)

    def crawl(self, name: str) -> dict[str, Any]:
        """How the crawl ended."""
        self.glue.start_crawler(Name=name)
        end = time.monotonic() + 30
        while (crawler := self.glue.get_crawler(Name=name)["Crawler"])["State"] != "READY":
            assert time.monotonic() < end, crawler
            time.sleep(0.05)
        ended: dict[str, Any] = crawler["LastCrawl"]
        return ended

    def tables(self, crawler: str) -> dict[str, dict[str, Any]]:
        return {
            table["Name"]: table
            for table in self.glue.get_tables(DatabaseName="found")["TableList"]
            if table["Parameters"]["UPDATED_BY_CRAWLER"] == crawler
        }

    def columns(self, crawler: str, table: str) -> dict[str, str]:
        return {column["Name"]: column["Type"] for column in self.tables(crawler)[table]["StorageDescriptor"]["Columns"]}

    def log(self, ended: dict[str, Any]) -> str:
        events = self.logs.get_log_events(logGroupName=ended["LogGroup"], logStreamName=ended["LogStream"], startFromHead=True)["events"]
        return "\n".join(event["message"] for event in events if ended["MessagePrefix"] in event["message"])

    def put(self, key: str, *lines: dict[str, Any]) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))


@pytest.fixture(scope="module")
def crawlers(laptops: Callable[[], Laptop]) -> Crawlers:
    laptop = laptops()
    laptop.up()
    made = Crawlers(laptop)
    made.deploy("jdbc", {"JdbcTargets": [{"ConnectionName": "orders", "Path": "shop/public/%", "Exclusions": ["public/hidden*"]}]})
    with connect(laptop) as connection:
        connection.execute(TABLES)
    return made


@pytest.fixture
def source(crawlers: Crawlers) -> Iterator[psycopg.Connection[Any]]:
    with connect(crawlers.laptop, autocommit=True) as connection:
        yield connection


def test_a_database_is_found_as_glue_names_and_types_it(crawlers: Crawlers) -> None:
    with checked(crawlers.glue) as checks:
        ended = crawlers.crawl("jdbc")
        crawlers.glue.get_crawlers()
        crawlers.glue.list_crawlers()
        assert crawlers.glue.batch_get_crawlers(CrawlerNames=["jdbc", "none"])["CrawlersNotFound"] == ["none"]
        (metrics,) = crawlers.glue.get_crawler_metrics(CrawlerNameList=["jdbc"])["CrawlerMetricsList"]
    assert {"StartCrawler", "GetCrawler", "GetCrawlers", "ListCrawlers", "BatchGetCrawlers", "GetCrawlerMetrics"} <= set(checks)
    assert (ended["Status"], ended.get("ErrorMessage")) == ("SUCCEEDED", None)
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (2, 0)
    assert crawlers.columns("jdbc", "shop_public_order_lines") == {
        "id": "int",
        "price": "decimal(10,2)",
        "net": "decimal(12,2)",
        "any_number": "decimal(38,18)",
        "huge": "string",
        "small": "smallint",
        "big": "bigint",
        "real": "float",
        "double": "double",
        "yes": "boolean",
        "day": "date",
        "at": "timestamp",
        "at_zone": "timestamp",
        "note": "string",
        "mood": "string",
        "raw": "binary",
        "doc": "string",
        "tags": "array<string>",
        "numbers": "array<int>",
    }
    assert set(crawlers.tables("jdbc")) == {"shop_public_order_lines", "shop_public_open"}
    table = crawlers.tables("jdbc")["shop_public_order_lines"]
    assert table["StorageDescriptor"]["Location"] == "shop.public.Order Lines"
    assert (table["Parameters"]["classification"], table["Parameters"]["connectionName"]) == ("postgresql", "orders")
    assert (ended["LogGroup"], ended["LogStream"]) == ("/aws-glue/crawlers", "jdbc")
    assert "Created table shop_public_order_lines in database found" in crawlers.log(ended)


def test_what_changed_is_updated_and_what_is_gone_is_logged_and_kept(crawlers: Crawlers, source: psycopg.Connection[Any]) -> None:
    crawlers.crawl("jdbc")
    before = crawlers.tables("jdbc")["shop_public_open"]["UpdateTime"]
    source.execute('DROP VIEW open; ALTER TABLE "Order Lines" ADD colour text')
    ended = crawlers.crawl("jdbc")
    assert crawlers.columns("jdbc", "shop_public_order_lines")["colour"] == "string"
    assert crawlers.tables("jdbc")["shop_public_open"]["UpdateTime"] == before
    assert "Table shop_public_open was not found and is left as it is" in crawlers.log(ended)
    (metrics,) = crawlers.glue.get_crawler_metrics(CrawlerNameList=["jdbc"])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"], metrics["TablesDeleted"]) == (0, 1, 0)
    again = crawlers.crawl("jdbc")
    assert "Updated table" not in crawlers.log(again)


def test_files_are_one_table_a_folder_with_what_glue_infers_of_json(crawlers: Crawlers) -> None:
    item = {"id": {"S": "a"}, "points": {"N": "1"}, "address": {"M": {"homeTown": {"S": "London"}}}, "tags": {"SS": ["x"]}}
    crawlers.put("exports/crm__people/AWSDynamoDB/01/data/x.json.gz", {"Item": item}, {"Item": {"id": {"S": "b"}, "ok": {"BOOL": True}}})
    crawlers.put("exports/crm__people/AWSDynamoDB/data/y.json.gz", {"Metadata": {"WriteTimestampMicros": {"N": "1"}}, "NewImage": item})
    crawlers.s3.put_object(Bucket=BUCKET, Key="exports/crm__people/AWSDynamoDB/01/manifest-files.json", Body=b'{"manifest": 1}')
    crawlers.put("exports/other/day=2024-01-01/z.json.gz", {"n": 1, "f": 1, "list": [{"a": 1}, {"b": 2}]}, {"n": 2**40, "f": 0.5, "odd": 1})
    crawlers.put("exports/other/day=2024-01-02/z.json.gz", {"odd": "text"})
    paths = [f"s3://{BUCKET}/exports/{name}/" for name in ("crm__people", "other")]
    targets = {"S3Targets": [{"Path": path, "Exclusions": ["requests/**", "**/manifest-*"]} for path in paths]}
    crawlers.deploy("files", targets, Configuration=GROUPING)
    assert crawlers.crawl("files")["Status"] == "SUCCEEDED"
    image = "struct<id:struct<S:string>,points:struct<N:string>,address:struct<M:struct<homeTown:struct<S:string>>>,tags:struct<SS:array<string>>"
    assert crawlers.columns("files", "crm__people") == {
        "item": f"{image},ok:struct<BOOL:boolean>>",
        "metadata": "struct<WriteTimestampMicros:struct<N:string>>",
        "newimage": f"{image}>",
    }
    table = crawlers.tables("files")["crm__people"]
    assert (table["Parameters"]["compressionType"], table["Parameters"]["recordCount"]) == ("gzip", "3")
    assert table["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/exports/crm__people/"
    assert crawlers.columns("files", "other") == {"n": "bigint", "f": "double", "list": "array<struct<a:int,b:int>>", "odd": "string"}
    assert [key["Name"] for key in crawlers.tables("files")["other"]["PartitionKeys"]] == ["day"]
    partitions = crawlers.glue.get_partitions(DatabaseName="found", TableName="other")["Partitions"]
    assert sorted(partition["Values"][0] for partition in partitions) == ["2024-01-01", "2024-01-02"]


@pytest.mark.parametrize(
    ("targets", "lacking", "told"),
    [
        ({"JdbcTargets": [{"ConnectionName": "orders", "Path": "shop/%"}]}, "secretsmanager:GetSecretValue", "AccessDenied"),
        ({"JdbcTargets": [{"ConnectionName": "orders", "Path": "shop/%"}]}, "glue:CreateTable", "AccessDenied"),
        ({"JdbcTargets": [{"ConnectionName": "nothing", "Path": "shop/%"}]}, "", "nothing"),
        ({"JdbcTargets": [{"ConnectionName": "orders", "Path": "till/%"}]}, "", "another database than the connection's, 'shop'"),
        ({"S3Targets": [{"Path": f"s3://{BUCKET}/broken/"}]}, "s3:GetObject", "AccessDenied"),
        ({"S3Targets": [{"Path": f"s3://{BUCKET}/broken/"}]}, "", "broken/x.csv is no JSON"),
    ],
    ids=["no secret", "no table", "no connection", "another database", "no files", "no JSON"],
)
def test_a_crawl_that_fails_says_why(crawlers: Crawlers, targets: dict[str, Any], lacking: str, told: str) -> None:
    crawlers.s3.put_object(Bucket=BUCKET, Key="broken/x.csv", Body=b"a;b\n1;2\n")
    crawlers.deploy("fails", targets, without=lacking, Configuration=GROUPING)
    before = crawlers.tables("fails")
    ended = crawlers.crawl("fails")
    assert (ended["Status"], crawlers.tables("fails")) == ("FAILED", before)
    assert told in ended["ErrorMessage"]
    assert told in crawlers.log(ended)


def test_a_database_that_is_down_fails_the_crawl(crawlers: Crawlers) -> None:
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://127.0.0.1:1/shop", "USERNAME": "lake", "PASSWORD": "hunter2"}
    crawlers.glue.create_connection(ConnectionInput={"Name": "down", "ConnectionType": "JDBC", "ConnectionProperties": properties})
    crawlers.deploy("down", {"JdbcTargets": [{"ConnectionName": "down", "Path": "shop/%"}]})
    error = crawlers.crawl("down")["ErrorMessage"]
    assert "shop on 127.0.0.1:1 can't be reached" in error
    assert "hunter2" not in error


def test_one_crawl_at_a_time_which_may_be_stopped(crawlers: Crawlers, source: psycopg.Connection[Any]) -> None:
    glue = crawlers.glue
    with source.transaction():
        # Of the catalog's own tables one that a crawl's query reads, and a connection does not: that gives up after ten seconds.
        source.execute("LOCK TABLE pg_catalog.pg_type IN ACCESS EXCLUSIVE MODE")
        glue.start_crawler(Name="jdbc")
        while not source.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            time.sleep(0.05)
        with pytest.raises(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name="jdbc")
        with pytest.raises(glue.exceptions.CrawlerRunningException):
            glue.update_crawler(Name="jdbc", Description="x")
        glue.stop_crawler(Name="jdbc")
        assert glue.get_crawler(Name="jdbc")["Crawler"]["State"] == "STOPPING"
        with pytest.raises(glue.exceptions.CrawlerStoppingException):
            glue.stop_crawler(Name="jdbc")
    while (crawler := glue.get_crawler(Name="jdbc")["Crawler"])["State"] != "READY":
        time.sleep(0.05)
    assert crawler["LastCrawl"]["Status"] == "CANCELLED"
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name="jdbc")


def test_what_the_laptop_does_not_crawl_is_refused(crawlers: Crawlers) -> None:
    refused(lambda: crawlers.deploy("other", {"DynamoDBTargets": [{"Path": "t"}]}), "not DynamoDBTargets")
    del crawlers.resources["other"], crawlers.resources["otherRole"]
    with pytest.raises(crawlers.glue.exceptions.EntityNotFoundException):
        crawlers.glue.start_crawler(Name="other")
