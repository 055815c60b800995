"""A statement is what its tokens say, and what Athena has not is refused by name before Trino sees it."""

import re
import time

import pytest

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.parsing import parse
from local.services.athena.sql.refusals import Foreign
from local.services.athena.sql.relations import TableName
from local.services.athena.sql.statements import (
    Deallocate,
    Execute,
    Explain,
    Prepare,
    Query,
    Repair,
    ShowDatabases,
    ShowTable,
    ShowTables,
    Write,
)

RELATIONS = {
    "SELECT 1": [],
    "SELECT * FROM orders": ["orders"],
    'select * from "Shop"."Orders" as o': ["shop.orders"],
    "SELECT * FROM AwsDataCatalog.shop.orders": ["shop.orders"],
    "SELECT * FROM a, b AS x (i, j), shop.c": ["a", "b", "shop.c"],
    "SELECT * FROM a JOIN b USING (id) LEFT JOIN (c CROSS JOIN d) ON true": ["a", "b", "c", "d"],
    "SELECT * FROM (SELECT * FROM a UNION ALL SELECT * FROM b) AS u, c": ["a", "b", "c"],
    "SELECT * FROM a WHERE x IN (SELECT x FROM b) AND EXISTS (TABLE c)": ["a", "b", "c"],
    "SELECT (SELECT max(id) FROM b), 1 FROM a ORDER BY (SELECT 1 FROM c) LIMIT 5": ["b", "a", "c"],
    "SELECT 1 UNION ALL SELECT 2 LIMIT (SELECT count(*) FROM a)": ["a"],
    "SELECT * FROM a CROSS JOIN UNNEST(a.xs, ARRAY[1, 2]) WITH ORDINALITY AS u (x, y, n), b": ["a", "b"],
    "SELECT * FROM (WITH x AS (SELECT 1), y AS (SELECT 2) SELECT * FROM x, y) AS z, a": ["a"],
    "SELECT * FROM a CROSS JOIN LATERAL (SELECT * FROM b WHERE b.id = a.id) AS l, c": ["a", "b", "c"],
    "SELECT * FROM a JOIN b ON a.limit = b.offset, c": ["a", "b", "c"],
    "SELECT extract(year FROM x), trim(BOTH ' ' FROM y), substring(z FROM 2) FROM a": ["a"],
    "SELECT extract(year FROM (SELECT max(d) FROM b)) FROM a": ["b", "a"],
    "SELECT x IS DISTINCT FROM y, x IS NOT DISTINCT FROM z FROM a": ["a"],
    "SELECT DISTINCT x FROM a": ["a"],
    "SELECT sum(x) OVER w, sum(y) OVER v FROM a WINDOW w AS (PARTITION BY i, j), v AS (ORDER BY k)": ["a"],
    "SELECT * FROM a FOR TIMESTAMP AS OF now() - INTERVAL '1' DAY, b FOR VERSION AS OF 3": ["a", "b"],
    'SELECT * FROM shop."orders$snapshots"': ["shop.orders$snapshots"],
    "SELECT * FROM information_schema.tables": ["information_schema.tables"],
    "SELECT * FROM a TABLESAMPLE BERNOULLI (10), b": ["a", "b"],
    "VALUES (1, 'a'), (2, 'b')": [],
    "SELECT * FROM (VALUES (1, 2), (3, 4)) AS t (a, b), c": ["c"],
    "(SELECT * FROM a) EXCEPT (SELECT * FROM b)": ["a", "b"],
    "TABLE shop.a": ["shop.a"],
    "WITH x AS (SELECT * FROM a), y (i) AS (SELECT * FROM x) SELECT * FROM x, y, b": ["a", "b"],
    # A name of WITH is known after it has been defined, and in its own query only.
    "WITH a AS (SELECT * FROM a) SELECT * FROM a": ["a"],
    "WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x, y": ["y"],
    "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x), x": ["x"],
    "WITH x AS (SELECT 1) SELECT * FROM shop.x": ["shop.x"],
    "WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x": [],
    "WITH x AS (WITH y AS (SELECT 1 AS i) SELECT * FROM y) SELECT * FROM x JOIN y ON true": ["y"],
    "WITH session AS (SELECT 1), function (i) AS (SELECT 2) SELECT * FROM session, function": [],
    # Comments hide nothing, and end where Trino ends them.
    "SELECT * /* FROM x */ FROM a -- , b\n, c": ["a", "c"],
    "SELECT /* /* */ * FROM a": ["a"],
    "SELECT 1 -- x\rFROM a": ["a"],
    "SELECT '--' FROM a WHERE x = '/*' AND y = 'it''s FROM b' AND \"c\"\"d, e\" = '*/'": ["a"],
}

WRITES = {
    "INSERT INTO shop.t VALUES (1)": ("INSERT INTO", "shop.t", ["shop.t"]),
    "INSERT INTO t (a, b) WITH x AS (SELECT * FROM s) SELECT * FROM x": ("INSERT INTO", "t", ["t", "s"]),
    "MERGE INTO t AS a USING (SELECT * FROM s) AS b ON a.i = b.i WHEN MATCHED THEN UPDATE SET x = 1, y = 2": (
        "MERGE INTO",
        "t",
        ["t", "s"],
    ),
    "MERGE INTO t USING shop.s ON t.i = s.i WHEN NOT MATCHED THEN INSERT (i) VALUES (s.i)": ("MERGE INTO", "t", ["t", "shop.s"]),
    "DELETE FROM t WHERE i IN (SELECT i FROM s)": ("DELETE FROM", "t", ["t", "s"]),
    "UPDATE t SET a = (SELECT max(i) FROM s), b = 2 WHERE c": ("UPDATE", "t", ["t", "s"]),
    "OPTIMIZE shop.t REWRITE DATA USING BIN_PACK": ("OPTIMIZE", "shop.t", []),
    "OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE day > (SELECT max(day) FROM s)": ("OPTIMIZE", "t", ["s"]),
    "VACUUM `my-shop`.t": ("VACUUM", "my-shop.t", []),
    "CREATE TABLE t AS SELECT * FROM s": ("CREATE TABLE AS", "t", ["s"]),
    "CREATE TABLE IF NOT EXISTS t WITH (format = 'PARQUET') AS (SELECT * FROM s) WITH NO DATA": ("CREATE TABLE AS", "t", ["s"]),
    "CREATE OR REPLACE VIEW shop.v AS SELECT * FROM s": ("CREATE VIEW", "shop.v", ["s"]),
    "CREATE VIEW v AS SELECT 1": ("CREATE VIEW", "v", []),
    "DROP VIEW IF EXISTS v": ("DROP VIEW", "v", []),
    "DROP TABLE `shop`.`t`": ("DROP TABLE", "shop.t", []),
    "alter table `shop`.`t__ha` rename to `shop`.`t`": ("ALTER TABLE RENAME", "shop.t__ha", []),
}

SHOWN = {
    "SHOW DATABASES": ShowDatabases(),
    "show schemas like '.*analytics';": ShowDatabases(".*analytics"),
    "SHOW TABLES": ShowTables(),
    "SHOW TABLES IN sampledb '*flights*'": ShowTables("sampledb", "*flights*"),
    "SHOW TABLES FROM `my-db`": ShowTables("my-db"),
    "SHOW VIEWS IN marketing_analytics LIKE 'orders*'": ShowTables("marketing_analytics", "orders*", views=True),
    "SHOW COLUMNS IN orders": ShowTable("COLUMNS", TableName(None, "orders")),
    "SHOW COLUMNS FROM customers.orders": ShowTable("COLUMNS", TableName("customers", "orders")),
    "SHOW COLUMNS IN orders IN customers": ShowTable("COLUMNS", TableName("customers", "orders")),
    "DESCRIBE orders": ShowTable("DESCRIBE", TableName(None, "orders")),
    "DESC `my-database`.`my-table`": ShowTable("DESCRIBE", TableName("my-database", "my-table")),
    "DESCRIBE FORMATTED mydatabase.mytable": ShowTable("DESCRIBE FORMATTED", TableName("mydatabase", "mytable")),
    "DESCRIBE EXTENDED t": ShowTable("DESCRIBE EXTENDED", TableName(None, "t")),
    "SHOW PARTITIONS impressions": ShowTable("PARTITIONS", TableName(None, "impressions")),
    "SHOW TBLPROPERTIES orders('comment')": ShowTable("TBLPROPERTIES", TableName(None, "orders"), "comment"),
    "SHOW CREATE TABLE `salesdata.orderclickstoday`;": ShowTable("CREATE TABLE", TableName("salesdata", "orderclickstoday")),
    "SHOW CREATE VIEW v": ShowTable("CREATE VIEW", TableName(None, "v")),
    "MSCK REPAIR TABLE t": Repair(TableName(None, "t")),
}

FOREIGN = {
    "CREATE CATALOG x USING iceberg": "CREATE CATALOG",
    "DROP CATALOG awsdatacatalog": "DROP CATALOG",
    "CREATE FUNCTION f(x integer) RETURNS integer RETURN x": "CREATE FUNCTION",
    "CREATE MATERIALIZED VIEW v AS SELECT 1": "CREATE MATERIALIZED",
    "CREATE ROLE admin": "CREATE ROLE",
    "SET SESSION query_max_run_time = '1s'": "SET SESSION",
    "SET ROLE admin": "SET ROLE",
    "SET TIME ZONE 'UTC'": "SET TIME",
    "SET PATH system": "SET PATH",
    "RESET SESSION x": "RESET SESSION",
    "USE system.runtime": "USE",
    "CALL system.sync_partition_metadata('a', 'b', 'c')": "CALL",
    "GRANT SELECT ON t TO USER x": "GRANT",
    "REVOKE SELECT ON t FROM USER x": "REVOKE",
    "DENY SELECT ON t TO USER x": "DENY",
    "COMMENT ON TABLE t IS 'x'": "COMMENT ON",
    "ANALYZE t": "ANALYZE",
    "START TRANSACTION": "START TRANSACTION",
    "COMMIT": "COMMIT",
    "ROLLBACK": "ROLLBACK",
    "TRUNCATE TABLE t": "TRUNCATE TABLE",
    "REFRESH MATERIALIZED VIEW v": "REFRESH MATERIALIZED",
    "ALTER MATERIALIZED VIEW v EXECUTE x": "ALTER MATERIALIZED",
    "SHOW CATALOGS": "SHOW CATALOGS",
    "SHOW SESSION": "SHOW SESSION",
    "SHOW FUNCTIONS": "SHOW FUNCTIONS",
    "SHOW STATS FOR t": "SHOW STATS",
    "SHOW GRANTS": "SHOW GRANTS",
    "DESCRIBE INPUT x": "DESCRIBE INPUT",
    "DESCRIBE OUTPUT x": "DESCRIBE OUTPUT",
    "EXECUTE IMMEDIATE 'DROP TABLE t'": "EXECUTE IMMEDIATE",
    "WITH SESSION query_max_run_time = '1s' SELECT 1": "WITH SESSION",
    "WITH FUNCTION f(x integer) RETURNS integer RETURN x SELECT f(1)": "WITH FUNCTION",
    "SELECT * FROM system.runtime.queries": "catalog system",
    'SELECT * FROM t, "system".metadata.catalogs': "catalog system",
    "SELECT * FROM (t CROSS JOIN jmx.current.x)": "catalog jmx",
    "INSERT INTO other.shop.t VALUES (1)": "catalog other",
    "DROP TABLE other.shop.t": "catalog other",
    "SELECT * FROM TABLE(exclude_columns(input => TABLE(t), columns => DESCRIPTOR(id)))": "table function exclude_columns",
    "SELECT * FROM TABLE(system.query('x'))": "table function system",
    "SELECT * FROM sequence(1, 3)": "table function sequence",
    "SELECT bitwise_xor_agg(x) FROM t": "function bitwise_xor_agg",
    'SELECT "T_PDF"(1, 2)': "function t_pdf",
    "SELECT system.builtin.timezone(now())": "function timezone",
    "SELECT \"$internal$json\"('x')": "function $internal$json",
    "SELECT 1 UNION CORRESPONDING SELECT 1": "CORRESPONDING",
    'DELETE FROM "t$snapshots"': "a change of the metadata table t$snapshots",
    "DELETE FROM t @ branch": "a branch as the target of a change",
    "EXPLAIN ANALYZE VERBOSE SELECT 1": "EXPLAIN ANALYZE VERBOSE",
    "EXPLAIN SET SESSION x = 1": "SET SESSION",
    "EXPLAIN EXPLAIN SELECT 1": "EXPLAIN of EXPLAIN",
    "EXPLAIN SHOW TABLES": "EXPLAIN of SHOW",
    "PREPARE p FROM DELETE FROM t": "PREPARE of DELETE FROM",
    "PREPARE p FROM CALL x()": "CALL",
}

LEFT_OUT = {
    "CREATE DATABASE x": "CREATE DATABASE",
    "CREATE SCHEMA x": "CREATE SCHEMA",
    "DROP DATABASE x": "DROP DATABASE",
    "CREATE EXTERNAL TABLE t (i int) LOCATION 's3://x/'": "CREATE EXTERNAL",
    "CREATE TABLE t (`i` int) PARTITIONED BY (`i`) TBLPROPERTIES ('table_type' = 'ICEBERG')": "CREATE TABLE without AS",
    "CREATE TABLE t (LIKE s)": "CREATE TABLE without AS",
    "ALTER TABLE t ADD COLUMNS (i int)": "ALTER TABLE",
    "ALTER TABLE t EXECUTE optimize": "ALTER TABLE",
    "ALTER DATABASE d SET DBPROPERTIES ('a' = 'b')": "ALTER DATABASE",
    "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'PARQUET')": "UNLOAD",
    "USING EXTERNAL FUNCTION f(x int) RETURNS int LAMBDA 'f' SELECT f(1)": "USING EXTERNAL",
    "DESCRIBE t PARTITION (p = 1)": "DESCRIBE of a partition or a column",
    "CREATE VIEW v SECURITY INVOKER AS SELECT 1": "CREATE VIEW with anything but a query after AS",
}

MALFORMED = {
    "": "line 1:1: mismatched input '<EOF>'",
    " -- nothing\n;": "mismatched input '<EOF>'",
    "selec 1": "line 1:1: mismatched input 'selec'",
    "SELECT 1; DROP TABLE t": "Only one sql statement is allowed",
    "SELECT 'a; DROP TABLE t": "line 1:8: mismatched input",
    'SELECT "a': "line 1:8: mismatched input",
    "SELECT 1 /* open": "line 1:10: mismatched input",
    "SELECT (1": "Expecting: ')'",
    "SELECT 1)": "line 1:9: mismatched input ')'",
    "SELECT count(*) FROM local_silver.order": "line 1:35: mismatched input 'order'. Expecting: <identifier>",
    "SELECT * FROM order": "line 1:15: mismatched input 'order'",
    "SELECT t.end FROM t": "line 1:10: mismatched input 'end'",
    "SELECT `a` FROM t": "line 1:8: backquoted identifiers are not supported",
    'SELECT * FROM a JOIN U&"\\0062" ON true': "line 1:23: names of Unicode escapes are not supported",
    'INSERT INTO U&"\\0062" VALUES (1)': "names of Unicode escapes are not supported",
    "EXECUTE p USING '" + "a" * 1024 + "'": "parameter 1 has more than 1024 characters",
    "SELECT * FROM a.b.c.d": "line 1:15: Too many dots in table name",
    "INSERT INTO": "mismatched input '<EOF>'",
    "DROP TABLE t PURGE": "mismatched input 'PURGE'",
    "CREATE TABLE t AS DROP TABLE s": "mismatched input 'DROP'",
    "CREATE VIEW v AS INSERT INTO t VALUES (1)": "mismatched input 'INSERT'",
    "CREATE VIEW v AS SELECT ?": "Incorrect number of parameters",
    "OPTIMIZE t": "'REWRITE DATA USING BIN_PACK'",
    "SHOW TABLES IN a.b": "a database",
    "SHOW COLUMNS orders": "mismatched input",
    "PREPARE p": "'FROM'",
    "PREPARE p FROM PREPARE q FROM SELECT 1": "mismatched input",
    "EXECUTE p USING 1,": "mismatched input",
    "EXECUTE p USING 1, now()": "parameter 2 is not a literal",
    "DEALLOCATE p": "'PREPARE'",
}


def names(found: tuple[TableName, ...]) -> list[str]:
    return [f"{table.database}.{table.name}" if table.database else table.name for table in found]


@pytest.mark.parametrize(("sql", "expected"), RELATIONS.items(), ids=list(RELATIONS))
def test_a_query_goes_on_as_it_is_with_the_relations_that_it_names(sql: str, expected: list[str]) -> None:
    statement = parse(sql + " ; ")
    assert isinstance(statement, Query)
    assert statement.text == sql
    assert names(statement.relations) == expected


@pytest.mark.parametrize(("sql", "expected"), WRITES.items(), ids=list(WRITES))
def test_a_change_is_known_with_its_target(sql: str, expected: tuple[str, str, list[str]]) -> None:
    statement = parse(sql)
    assert isinstance(statement, Write)
    assert (statement.kind, names((statement.target,))[0], names(statement.relations)) == expected


@pytest.mark.parametrize(("sql", "expected"), SHOWN.items(), ids=list(SHOWN))
def test_athenas_own_statements_are_read(sql: str, expected: object) -> None:
    assert parse(sql) == expected


@pytest.mark.parametrize(("sql", "named"), FOREIGN.items(), ids=list(FOREIGN))
def test_what_athena_has_not_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(Foreign, match=re.escape(named)):
        parse(sql)


@pytest.mark.parametrize(("sql", "named"), LEFT_OUT.items(), ids=list(LEFT_OUT))
def test_what_the_laptop_leaves_out_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(Unsupported, match=re.escape(named)):
        parse(sql)


@pytest.mark.parametrize(("sql", "message"), MALFORMED.items(), ids=[sql[:80] for sql in MALFORMED])
def test_what_does_not_parse_says_where(sql: str, message: str) -> None:
    with pytest.raises(Malformed, match=re.escape(message)):
        parse(sql)


def test_an_explained_change_is_known_as_one() -> None:
    statement = parse("EXPLAIN ANALYZE (FORMAT JSON)\n INSERT INTO t SELECT * FROM s")
    assert isinstance(statement, Explain)
    assert statement.analyze
    assert isinstance(statement.statement, Write)
    assert names(statement.statement.relations) == ["t", "s"]
    plain = parse("EXPLAIN (SELECT 1)")
    assert isinstance(plain, Explain)
    assert not plain.analyze
    assert plain.statement == Query("        (SELECT 1)")


def test_prepared_statements_are_the_workgroups() -> None:
    prepared = parse("PREPARE my_select2 FROM\nSELECT * FROM nation WHERE year = ? -- all of it\n;")
    assert isinstance(prepared, Prepare)
    assert (prepared.name, prepared.statement.text) == ("my_select2", "SELECT * FROM nation WHERE year = ?")
    assert parse("EXECUTE my_select1") == Execute("my_select1", ())
    assert parse("EXECUTE my_select2 USING 'it''s', -1.5, ARRAY[1, 2], cast(1 AS decimal(3, 2))") == Execute(
        "my_select2", ("'it''s'", "-1.5", "ARRAY[1, 2]", "cast(1 AS decimal(3, 2))")
    )
    assert parse("DEALLOCATE PREPARE my_select1") == Deallocate("my_select1")


def test_the_properties_and_the_query_of_a_new_table_are_taken_apart() -> None:
    statement = parse(
        "CREATE TABLE t WITH (table_type='ICEBERG', partitioning = ARRAY['day', 'bucket(id, 3)']) AS\nSELECT 1 AS x WITH NO DATA"
    )
    assert isinstance(statement, Write)
    assert statement.properties == {"table_type": "'ICEBERG'", "partitioning": "ARRAY['day', 'bucket(id, 3)']"}
    assert statement.query == "SELECT 1 AS x"
    assert not statement.data


@pytest.mark.parametrize(
    ("start", "again"),
    [("SELECT 1 FROM a", ",\na"), ("WITH x AS (SELECT 1)", ", x AS (TABLE a)"), ("SELECT 1", " IN (WITH)")],
    ids=["names", "definitions", "queries"],
)
def test_a_long_statement_is_read_at_once(start: str, again: str) -> None:
    text = start + again * (65_536 // len(again))
    began = time.process_time()
    assert isinstance(parse(text), Query)
    assert time.process_time() - began < 1
