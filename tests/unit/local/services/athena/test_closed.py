"""User SQL reaches the tables that it names and nothing else: the parser refuses, and behind it DuckDB is closed too."""

import re
from pathlib import Path

import duckdb
import pytest

from local.services.athena.engine import Engine
from local.services.athena.errors import Malformed, QueryFailed, Unsupported
from local.services.athena.sql import dialect
from local.services.athena.sql.dialect import Query

ATTACKS = {
    "SELECT * FROM read_csv('/etc/passwd')": "table function READ_CSV",
    "SELECT * FROM read_text('/etc/passwd')": "table function READ_TEXT",
    "SELECT * FROM range(10)": "table function",
    "SELECT * FROM LATERAL (SELECT 1) AS t": "LATERAL",
    "SELECT * FROM iceberg_scan('s3://lake/other/metadata.json')": "table function ICEBERG_SCAN",
    "SELECT * FROM duckdb_secrets()": "table function DUCKDB_SECRETS",
    "SELECT * FROM query('SELECT 1')": "table function QUERY",
    "SELECT getenv('AWS_SECRET_ACCESS_KEY')": "function getenv",
    "SELECT current_setting('s3_secret_access_key')": "function current_setting",
    "SELECT \"current_setting\"('s3_secret_access_key')": "function current_setting",
    "SELECT athena_unscaled(1)": "function athena_unscaled",
    "SELECT * FROM (SELECT * FROM read_parquet('s3://lake/x')) AS t": "table function READ_PARQUET",
    "WITH x AS (SELECT * FROM read_json('/etc/passwd')) SELECT * FROM x": "table function READ_JSON",
    "SELECT 1 WHERE EXISTS (SELECT * FROM read_csv('/etc/passwd'))": "table function READ_CSV",
    "SET threads = 1": "SET",
    "RESET lock_configuration": "RESET",
    "PRAGMA database_list": "PRAGMA",
    "ATTACH '/tmp/other.db'": "ATTACH",
    "LOAD '/tmp/evil.duckdb_extension'": "LOAD",
    "INSTALL httpfs": "INSTALL",
    "COPY (SELECT 1) TO '/tmp/out.csv'": "COPY",
    "CREATE TABLE x AS SELECT 1": "CREATE TABLE",
    "INSERT INTO x SELECT 1": "INSERT INTO",
    "DELETE FROM x": "DELETE FROM",
    "MERGE INTO x USING y ON x.a = y.a WHEN MATCHED THEN DELETE": "MERGE INTO",
    "DROP TABLE x": "DROP TABLE",
    "UNLOAD (SELECT 1) TO 's3://x'": "UNLOAD",
    "EXPLAIN SELECT 1": "EXPLAIN",
    "CALL system.sync()": "CALL",
    'SELECT * FROM "x$snapshots"': "metadata table 'x$snapshots'",
    "SELECT * FROM other.x.y": "catalog 'other'",
    "SELECT * FROM x FOR VERSION AS OF 1": "FOR VERSION AS OF",
    "SELECT * FROM x TABLESAMPLE BERNOULLI (10)": "TABLESAMPLE",
    'SELECT 1 UNION ALL SELECT 2 LIMIT (SELECT count(*) FROM "s3://other/x.parquet")': 'table "s3://other/x.parquet"',
    'SELECT 1 UNION ALL SELECT 2 LIMIT (SELECT count(*) FROM "http://127.0.0.1:9/x.parquet")': 'table "http://127.0.0.1:9/x.parquet"',
    "SELECT 1 AS a UNION ALL SELECT 2 ORDER BY (SELECT count(*) FROM pg_catalog.pg_settings)": "table pg_catalog.pg_settings",
    "SELECT 1 AS a UNION ALL SELECT 2 OFFSET (SELECT count(*) FROM duckdb_settings)": "table duckdb_settings",
    "SELECT 1 INTERSECT SELECT 2 LIMIT (SELECT count(*) FROM (SELECT 1 UNION SELECT 2 LIMIT (SELECT count(*) FROM x)))": "table x",
    "WITH a AS (SELECT 1 UNION SELECT 2 LIMIT (SELECT count(*) FROM b)), b AS (SELECT 1) SELECT * FROM a": "table b",
    "WITH RECURSIVE x (n) AS (SELECT 1) SELECT * FROM x": "WITH RECURSIVE",
}

# What would happen if the parser let it through.
PAST_THE_PARSER = {
    "SELECT * FROM read_csv('/etc/passwd')": "LocalFileSystem has been disabled",
    "SELECT * FROM read_text('/etc/passwd')": "LocalFileSystem has been disabled",
    "SELECT * FROM read_blob('/etc/passwd')": "LocalFileSystem has been disabled",
    "SELECT * FROM glob('/etc/*')": "LocalFileSystem has been disabled",
    "SELECT * FROM parquet_metadata('/etc/passwd')": "LocalFileSystem has been disabled",
    "COPY (SELECT 1) TO '/tmp/out.csv'": "LocalFileSystem has been disabled",
    "ATTACH '/tmp/other.db'": "LocalFileSystem has been disabled",
    'SELECT * FROM "http://127.0.0.1:9/x.parquet"': "LocalFileSystem has been disabled",
    "SELECT * FROM 's3://other/x.parquet'": "LocalFileSystem has been disabled",
    "SELECT * FROM engine": "Table with name engine does not exist",
    "SET enable_external_access = true": "configuration has been locked",
    "SET disabled_filesystems = ''": "configuration has been locked",
    "SET lock_configuration = false": "configuration has been locked",
}


def run(query: Query) -> object:
    def nothing(database: str, table: str) -> str:
        raise LookupError(table)

    return Engine(None).run(query, "shop", nothing)


@pytest.mark.parametrize(("sql", "named"), ATTACKS.items(), ids=list(ATTACKS))
def test_an_attack_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(Unsupported, match=re.escape(named)):
        _parse_and_run(sql)


def _parse_and_run(sql: str) -> None:
    statement = dialect.parse(sql)
    assert isinstance(statement, Query)
    run(statement)


@pytest.mark.parametrize("sql", ["SELECT * FROM '/etc/passwd'", 'SELECT * FROM "/etc/passwd"', 'SELECT * FROM "s3://lake/x.parquet"'])
def test_a_path_is_only_the_name_of_a_table_that_is_not_there(sql: str) -> None:
    statement = dialect.parse(sql)
    assert isinstance(statement, Query)
    with pytest.raises(QueryFailed, match="TABLE_NOT_FOUND"):
        run(statement)


def test_a_name_of_with_is_known_in_the_limit_of_a_union() -> None:
    statement = dialect.parse("WITH n AS (SELECT 1 AS one) SELECT 1 UNION ALL SELECT 2 LIMIT (SELECT max(one) FROM n)")
    assert isinstance(statement, Query)
    assert dialect.tables(statement.tree) == []


def test_two_statements_are_refused() -> None:
    with pytest.raises(Malformed, match="Only one sql statement is allowed"):
        dialect.parse("SELECT 1; SELECT 2")


@pytest.mark.parametrize(("sql", "message"), PAST_THE_PARSER.items(), ids=list(PAST_THE_PARSER))
def test_duckdb_itself_is_closed(sql: str, message: str) -> None:
    assert Path("/etc/passwd").exists()
    engine = Engine(None)
    engine._open(())
    with pytest.raises(duckdb.Error, match=message):
        engine._connection.execute(sql)


@pytest.mark.parametrize("sql", ["selec 1", "SELECT FROM", "SELECT (1", "", "-- nothing"])
def test_what_does_not_parse_says_where(sql: str) -> None:
    with pytest.raises(Malformed, match=r"^line \d+:\d+: "):
        dialect.parse(sql)
