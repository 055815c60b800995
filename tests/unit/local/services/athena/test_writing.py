"""Changes are for the scratch database alone, and need the rights of their caller."""

import pytest

from local.services.athena.errors import NotAuthorized, QueryFailed, Unsupported
from local.services.athena.sql import parsing
from local.services.athena.sql.statements import Write
from local.services.athena.writing import Scratch, location_of_new, locations_of

GLUE = "arn:aws:glue:eu-west-1:111111111111:"


def write(sql: str) -> Write:
    statement = parsing.parse(sql)
    assert isinstance(statement, Write)
    return statement


def scratch(*denied: tuple[str, str]) -> Scratch:
    return Scratch("mine", GLUE, lambda action, resource: "no right" if (action, resource) in denied else None)


@pytest.mark.parametrize(
    ("database", "sql", "session"),
    [
        (None, "INSERT INTO mine.t SELECT 1", "mine"),
        ("mine", "INSERT INTO shop.t SELECT 1", "mine"),
        ("mine", "DROP TABLE t", "shop"),
        ("mine", "DROP TABLE t", None),
        ("mine", "ALTER TABLE shop.t RENAME TO mine.t", "mine"),
        ("mine", "ALTER TABLE mine.t RENAME TO shop.t", "mine"),
        ("mine", "ALTER TABLE mine.t RENAME TO t", "shop"),
    ],
    ids=["no scratch database", "another database", "another database of the query", "no database", "renamed from", "renamed to", "moved"],
)
def test_a_change_elsewhere_is_refused_by_name(database: str | None, sql: str, session: str | None) -> None:
    asked = Scratch(database, GLUE, lambda action, resource: None)
    with pytest.raises(Unsupported, match=r"(INSERT INTO|DROP TABLE|ALTER TABLE RENAME) outside a workgroup's scratch database"):
        asked.check(write(sql), session)


@pytest.mark.parametrize(
    ("sql", "exists", "action", "resource"),
    [
        ("CREATE TABLE mine.t AS SELECT 1 AS a", False, "glue:CreateTable", f"{GLUE}catalog"),
        ("CREATE TABLE mine.t AS SELECT 1 AS a", False, "glue:CreateTable", f"{GLUE}database/mine"),
        ("CREATE TABLE mine.t AS SELECT 1 AS a", False, "glue:CreateTable", f"{GLUE}table/mine/t"),
        ("CREATE TABLE mine.t AS SELECT 1 AS a", False, "s3:PutObject", "arn:aws:s3:::lake/mine/t/data/file"),
        ("INSERT INTO mine.t SELECT 1", True, "glue:UpdateTable", f"{GLUE}table/mine/t"),
        ("DELETE FROM mine.t", True, "s3:PutObject", "arn:aws:s3:::lake/mine/t/data/file"),
        ("VACUUM mine.t", True, "s3:DeleteObject", "arn:aws:s3:::lake/mine/t/data/file"),
        ("DROP TABLE mine.t", True, "glue:DeleteTable", f"{GLUE}table/mine/t"),
        ("DROP TABLE mine.t", True, "s3:DeleteObject", "arn:aws:s3:::lake/mine/t/data/file"),
        ("ALTER TABLE mine.t RENAME TO mine.u", True, "glue:DeleteTable", f"{GLUE}table/mine/t"),
        ("ALTER TABLE mine.t RENAME TO mine.u", True, "glue:CreateTable", f"{GLUE}table/mine/u"),
        ("CREATE OR REPLACE VIEW mine.t AS SELECT 1 AS a", True, "glue:UpdateTable", f"{GLUE}table/mine/t"),
    ],
)
def test_each_right_is_needed(sql: str, action: str, resource: str, *, exists: bool) -> None:
    locations = [] if "VIEW" in sql else ["s3://lake/mine/t/"]
    scratch().authorize(write(sql), "mine", exists=exists, locations=locations)
    with pytest.raises(NotAuthorized, match="no right"):
        scratch((action, resource)).authorize(write(sql), "mine", exists=exists, locations=locations)


def test_a_location_is_text_in_s3() -> None:
    assert location_of_new(write("CREATE TABLE t WITH (external_location = 's3://lake/t/') AS SELECT 1 AS a")) == "s3://lake/t/"
    with pytest.raises(Unsupported, match="location that is computed"):
        location_of_new(write("CREATE TABLE t WITH (location = 's3://lake/' || 't') AS SELECT 1 AS a"))
    with pytest.raises(QueryFailed, match="location in S3"):
        scratch().authorize(write("CREATE TABLE t AS SELECT 1 AS a"), "mine", exists=False, locations=["file:///etc"])


def test_what_icebergs_metadata_says_counts_and_not_the_entry_in_glue() -> None:
    metadata = {"location": "s3://lake/t", "properties": {"write.data.path": "s3://other/t", "owner": "s3://none"}}
    assert locations_of(metadata) == ["s3://lake/t", "s3://other/t"]


def test_files_that_a_metadata_names_are_files_of_the_table_wherever_they_are() -> None:
    metadata = {
        "location": "s3://lake/t",
        "snapshots": [{"manifest-list": "s3://lake/t/metadata/1.avro"}, {"manifests": ["s3://one/2.avro"]}],
        "metadata-log": [{"metadata-file": "s3://two/3.json"}],
        "statistics": [{"statistics-path": "s3://three/4.puffin"}],
        "partition-statistics": [{"statistics-path": "s3://four/5.parquet"}],
    }
    assert locations_of(metadata) == ["s3://lake/t", "s3://lake/t/metadata", "s3://one", "s3://two", "s3://three", "s3://four"]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("s3://lake/mine?x/t/", "lake/mine?x/t"),
        ("s3://lake/mine#x", "lake/mine#x"),
        ("s3://lake//mine", "lake//mine"),
        ("s3a://lake", "lake"),
    ],
)
def test_a_location_is_asked_for_as_it_is_written(location: str, asked: str) -> None:
    denied = ("s3:PutObject", f"arn:aws:s3:::{asked}/data/file")
    with pytest.raises(NotAuthorized):
        scratch(denied).authorize(write("INSERT INTO mine.t SELECT 1"), "mine", exists=True, locations=[location])
