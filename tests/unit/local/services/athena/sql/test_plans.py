"""What is sent to Trino, which tables its plan names, and what its failures are in Athena."""

import json

import pytest

from local.services.athena.errors import Malformed, QueryFailed, Unsupported
from local.services.athena.sql import changes, failures, reads
from local.services.athena.sql.parameters import Sent, bound, literal
from local.services.athena.sql.parsing import parse
from local.services.athena.sql.statements import Explain, Query, Write
from local.services.athena.trino.client import TrinoFailed

IO = "EXPLAIN (TYPE IO, FORMAT JSON) "
REST = "cannot be resolved or requester is not authorized to access requested resources"


def failed(name: str, message: str) -> TrinoFailed:
    return TrinoFailed(name, message, "USER_ERROR")


def runnable(sql: str) -> Query | Write | Explain:
    statement = parse(sql)
    assert isinstance(statement, Query | Write | Explain)
    return statement


def written(sql: str) -> tuple[str, ...]:
    statement = parse(sql)
    assert isinstance(statement, Write)
    return changes.texts(statement, "shop")


@pytest.mark.parametrize(
    "value",
    ["1", "-1.5", "+2", "1e10", "'it''s'", "NULL", "true", "DATE '2024-02-29'", "TIMESTAMP '2024-01-01 00:00:00'", "X'00ff'",
     "INTERVAL '1' DAY", "INTERVAL -'1' YEAR TO MONTH", "CAST('1' AS decimal(3, 2))", "CAST(ARRAY[1, 2] AS array(row(a bigint)))", "ARRAY[]"],
)  # fmt: skip
def test_a_literal_is_a_parameter(value: str) -> None:
    assert literal(f" {value} -- x", 1) == value


@pytest.mark.parametrize(
    "value",
    ["", "now()", "(SELECT 1)", "1, 2", "1; DROP TABLE t", "1 + 1", "x", '"x"', "'a' || 'b'", "CAST(x AS integer)", "CAST(1 AS integer", "ARRAY[x]",
     "ARRAY[1", "'open", "CAST(1 AS integer) + 1", "INTERVAL '1' CENTURY"],
)  # fmt: skip
def test_anything_else_is_none(value: str) -> None:
    with pytest.raises(Malformed):
        literal(value, 1)


def test_a_statement_and_its_values_are_sent_apart() -> None:
    assert bound("SELECT 'a', ?, ?", ["'b'", "1"]) == Sent("EXECUTE IMMEDIATE 'SELECT ''a'', ?, ?' USING 'b', 1", 19)
    assert bound("SELECT 1", ()) == Sent("SELECT 1")


QUESTIONS = {
    "SELECT * FROM t": IO + "SELECT * FROM t",
    "EXPLAIN ANALYZE SELECT * FROM t": IO + " " * 16 + "SELECT * FROM t",
    "CREATE OR REPLACE VIEW v AS SELECT * FROM t": IO + "SELECT * FROM t",
    "CREATE TABLE n WITH (table_type = 'ICEBERG') AS SELECT * FROM t": IO + "SELECT * FROM t",
    "INSERT INTO n SELECT * FROM t": IO + "INSERT INTO n SELECT * FROM t",
    "OPTIMIZE n REWRITE DATA USING BIN_PACK WHERE day > 1": IO + 'SELECT 1 FROM "shop"."n" WHERE day > 1',
    "OPTIMIZE n REWRITE DATA USING BIN_PACK": None,
    "VACUUM n": None,
    "DROP TABLE n": None,
}


@pytest.mark.parametrize(("sql", "asked"), QUESTIONS.items(), ids=list(QUESTIONS))
def test_trino_is_asked_what_a_statement_touches(sql: str, asked: str | None) -> None:
    question = reads.question(runnable(sql), "shop")
    assert (question.text if question is not None else None) == asked


def test_the_question_has_the_parameters_too() -> None:
    question = reads.question(runnable("SELECT * FROM t WHERE i = ?"), "shop", ("1",))
    assert question == Sent(IO + "EXECUTE IMMEDIATE 'SELECT * FROM t WHERE i = ?' USING 1", len(IO) + 19)


def plan(*tables: str, catalog: str = "awsdatacatalog") -> str:
    places = [dict(zip(("schema", "table"), table.split("."), strict=True)) for table in tables]
    return json.dumps({"inputTableColumnInfos": [{"table": {"catalog": catalog, "schemaTable": place}} for place in places]})


def test_a_plan_names_its_tables() -> None:
    told = plan("shop.t", "shop.t$snapshots", "information_schema.tables")
    assert reads.planned(told) == {("shop", "t"), ("information_schema", "tables")}
    assert reads.planned(plan()) == frozenset()


@pytest.mark.parametrize("answer", ["DROP TABLE t", "[]", "{}", '{"inputTableColumnInfos": [{}]}', '{"inputTableColumnInfos": [1]}'])
def test_what_is_no_plan_is_not_taken_for_one_without_tables(answer: str) -> None:
    with pytest.raises(QueryFailed, match="does not name its tables"):
        reads.planned(answer)


def test_another_catalog_in_a_plan_is_refused() -> None:
    with pytest.raises(QueryFailed, match="CATALOG_NOT_FOUND: Catalog 'system' does not exist"):
        reads.planned(plan("runtime.queries", catalog="system"))


def test_tables_that_a_plan_leaves_out_are_still_named() -> None:
    statement = runnable('EXPLAIN SELECT * FROM secret, other."T$files" WHERE false')
    assert reads.named(statement, "Shop") == {("shop", "secret"), ("other", "t")}
    assert reads.named(statement, None) == {("other", "t")}


def test_athenas_changes_are_trinos() -> None:
    assert written("OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE day = DATE '2024-01-01'") == (
        """ALTER TABLE "shop"."t" EXECUTE optimize WHERE day = DATE '2024-01-01'""",
    )
    assert written("VACUUM other.t") == (
        """ALTER TABLE "other"."t" EXECUTE expire_snapshots(retention_threshold => '432000s')""",
        """ALTER TABLE "other"."t" EXECUTE remove_orphan_files(retention_threshold => '432000s')""",
    )
    assert written("DROP TABLE IF EXISTS `my-t`") == ('DROP TABLE IF EXISTS "shop"."my-t"',)
    assert written("INSERT INTO t VALUES ('a')") == ("INSERT INTO t VALUES ('a')",)
    own = "external_location = 's3://b/x/', format = 'Parquet', table_type = 'ICEBERG', is_external = false, partitioned_by = ARRAY['x']"
    properties = "location = 's3://b/x/', format = 'PARQUET', partitioning = ARRAY['x']"
    assert written(f"CREATE TABLE IF NOT EXISTS t WITH ({own}) AS SELECT 1 AS x WITH NO DATA") == (
        f'CREATE TABLE IF NOT EXISTS "shop"."t" WITH ({properties}) AS SELECT 1 AS x WITH NO DATA',
    )
    with pytest.raises(Unsupported, match="table property bucketed_by"):
        written("CREATE TABLE t WITH (bucketed_by = ARRAY['x']) AS SELECT 1 AS x")
    with pytest.raises(Unsupported, match="format 'JSON'"):
        written("CREATE TABLE t WITH (format = 'JSON') AS SELECT 1 AS x")


def test_vacuum_keeps_snapshots_as_long_as_the_table_says() -> None:
    write = parse("VACUUM t")
    assert isinstance(write, Write)
    kept = changes.texts(write, "shop", {"vacuum_max_snapshot_age_seconds": "60"})
    assert kept[0] == """ALTER TABLE "shop"."t" EXECUTE expire_snapshots(retention_threshold => '60s')"""
    for value in ("", "-1", "1s')", "\u0661"):
        with pytest.raises(QueryFailed, match="INVALID_TABLE_PROPERTY: vacuum_max_snapshot_age_seconds"):
            changes.texts(write, "shop", {"vacuum_max_snapshot_age_seconds": value})


FAILURES = [
    (failed("COLUMN_NOT_FOUND", "line 1:8: Column 'x' cannot be resolved"), f"COLUMN_NOT_FOUND: line 1:8: Column 'x' {REST}"),
    (failed("TABLE_NOT_FOUND", "line 2:6: Table 'awsdatacatalog.shop.nope' does not exist"),
     "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.shop.nope' does not exist"),
    (failed("SCHEMA_NOT_FOUND", "line 1:15: Schema 'no' does not exist"), "SCHEMA_NOT_FOUND: line 1:15: Schema 'no' does not exist"),
    (failed("DIVISION_BY_ZERO", "Division by zero"), "DIVISION_BY_ZERO: Division by zero"),
    (failed("PERMISSION_DENIED", "Access Denied: Cannot select from columns [id, email] in table or view awsdatacatalog.shop.people"),
     f"COLUMN_NOT_FOUND: line 1:12: Column 'email' {REST}"),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "reason"), FAILURES, ids=[failure.name for failure, _ in FAILURES])
def test_a_failure_is_told_in_athenas_words(failure: TrinoFailed, reason: str) -> None:
    told = failures.translated(failure, "SELECT id, Email FROM people", hidden={"email"})
    assert (str(told), told.system) == (reason, False)


def test_places_are_those_of_the_statement_and_not_of_what_was_sent() -> None:
    first = failed("COLUMN_NOT_FOUND", "line 1:58: Column 'nope' cannot be resolved")
    assert str(failures.translated(first, "select nope", shift=50)).startswith("COLUMN_NOT_FOUND: line 1:8: Column 'nope'")
    second = failed("COLUMN_NOT_FOUND", "line 2:3: Column 'nope' cannot be resolved")
    assert "line 2:3:" in str(failures.translated(second, "select\n  nope", shift=50))


@pytest.mark.parametrize(
    ("name", "system", "number"),
    [
        ("SYNTAX_ERROR", False, 1006),
        ("TABLE_NOT_FOUND", False, 1110),
        ("SOMETHING_NEW", False, 1000),
        ("GENERIC_INTERNAL_ERROR", True, 200),
        ("ICEBERG_COMMIT_ERROR", True, 233),
        ("EXCEEDED_LOCAL_MEMORY_LIMIT", True, 0),
    ],
)
def test_failures_have_the_numbers_of_athenas_catalog(name: str, system: bool, number: int) -> None:
    assert failures.error_type(name, system=system) == number
