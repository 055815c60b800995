"""Attempts to see what is not granted, each with what it may give: words of a refusal, or values that an answer must not have.

The analyst sees `id`, `name`, `region` and `city` of `people` (not `email`, `secret` and `note`, a name that once meant `secret`), the sales
of the north alone, and nothing of `vault`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ABSENT = "COLUMN_NOT_FOUND: line .* cannot be resolved or requester is not authorized to access requested resources"
LACKING = r"Insufficient Lake Formation permission\(s\): Required"
NO_TABLE = f"{LACKING} Describe on vault"
NOT_WHOLE = f"{LACKING} Select on all of people"
ALL_COLUMNS = f"{LACKING} Select on all columns"
NO_COLUMN_IN_VIEW = f"COLUMN_NOT_FOUND|{ALL_COLUMNS}|VIEW_IS_STALE"

SECRETS = ("example.org", "old secret", "new secret", "a note", "gone ", "treasure", "s-two", "s-three")
"""Values that the analyst may see nowhere: not in an answer, nor in a message."""


@dataclass(frozen=True)
class Attempt:
    """A statement that tries to get around a grant.

    Attributes:
        sql: The statement.
        refused: What the refusal says; None if the statement runs, and shows nothing that it may not.
    """

    sql: str
    refused: str | None = None


_COLUMN: tuple[str, ...] = (
    # Named, wherever an expression may stand.
    "SELECT email FROM people",
    "SELECT EMAIL FROM people",
    'SELECT "email" FROM people',
    "SELECT p.email FROM people p",
    "SELECT people.email FROM people",
    "SELECT clients.people.email FROM clients.people",
    "SELECT awsdatacatalog.clients.people.email FROM awsdatacatalog.clients.people",
    "SELECT secret FROM people",
    "SELECT note FROM people",
    'SELECT "$path" FROM people',
    'SELECT "$partition" FROM people',
    'SELECT "$file_modified_time" FROM people',
    "SELECT id FROM people WHERE email LIKE 'a%'",
    "SELECT id FROM people WHERE email IS NULL",
    "SELECT count(email) FROM people",
    "SELECT count(DISTINCT secret) FROM people",
    "SELECT max(email) FROM people",
    "SELECT min_by(id, email) FROM people",
    "SELECT array_agg(email) FROM people",
    "SELECT id FROM people GROUP BY id, email",
    "SELECT region, count(*) FROM people GROUP BY GROUPING SETS ((region), (email))",
    "SELECT id FROM people ORDER BY email",
    "SELECT id FROM people ORDER BY length(email)",
    "SELECT region FROM people GROUP BY region HAVING max(email) > 'b'",
    "SELECT rank() OVER (ORDER BY email) FROM people",
    "SELECT rank() OVER (PARTITION BY email ORDER BY id) FROM people",
    "SELECT id FROM people WINDOW w AS (ORDER BY email)",
    "SELECT CASE WHEN email = 'x' THEN 1 END FROM people",
    "SELECT coalesce(name, email) FROM people",
    "SELECT email || '' FROM people",
    "SELECT CAST(email AS integer) FROM people",
    "SELECT ROW(id, email) FROM people",
    "SELECT ARRAY[email] FROM people",
    "SELECT MAP(ARRAY[email], ARRAY[id]) FROM people",
    "SELECT transform(ARRAY[1], x -> email) FROM people",
    "SELECT json_object('a' : email) FROM people",
    "SELECT hash FROM (SELECT xxhash64(to_utf8(email)) AS hash FROM people)",
    "SELECT typeof(email) FROM people LIMIT 1",
    "SELECT approx_distinct(email) FROM people",
    "SELECT listagg(email, ',') WITHIN GROUP (ORDER BY id) FROM people",
    # In what is around it.
    "SELECT * FROM (SELECT email FROM people)",
    "SELECT (SELECT email FROM people LIMIT 1)",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM people WHERE email > 'a')",
    "SELECT id FROM sales WHERE 'ann@example.org' IN (SELECT email FROM people)",
    "SELECT id FROM sales WHERE code > ALL (SELECT email FROM people)",
    "WITH a AS (SELECT email FROM people) SELECT * FROM a",
    "WITH a AS (SELECT * FROM people) SELECT email FROM a",
    "WITH RECURSIVE a(n) AS (SELECT email FROM people UNION ALL SELECT n FROM a WHERE false) SELECT * FROM a",
    "SELECT a.email FROM people a JOIN people b ON a.id = b.id",
    "SELECT a.id FROM people a JOIN people b ON a.email = b.email",
    "SELECT id FROM people a JOIN people b USING (email)",
    "SELECT s.id FROM sales s LEFT JOIN people p ON s.code = p.secret",
    "SELECT x FROM people CROSS JOIN UNNEST(ARRAY[email]) AS t(x)",
    "SELECT x FROM people CROSS JOIN LATERAL (SELECT email AS x) t",
    "SELECT id FROM people UNION SELECT length(email) FROM people",
    "SELECT name FROM people EXCEPT SELECT email FROM people",
    "SELECT name FROM people INTERSECT SELECT email FROM people",
    "SELECT email FROM people TABLESAMPLE BERNOULLI (100)",
    "VALUES (SELECT email FROM people LIMIT 1)",
    "SELECT if(email = 'ann@example.org', 1 / 0, 1) FROM people",
    # By an operator or a function that does not fit: Trino would name the type first.
    "SELECT email + 1 FROM people",
    "SELECT sum(email) FROM people",
    "SELECT email.x FROM people",
    "SELECT email[1] FROM people",
    "SELECT id FROM people WHERE email",
    "SELECT id FROM people WHERE email BETWEEN 1 AND 2",
    # In the plan.
    "EXPLAIN SELECT email FROM people",
    "EXPLAIN (TYPE VALIDATE) SELECT email FROM people",
    "EXPLAIN (TYPE IO, FORMAT JSON) SELECT id FROM people WHERE email = 'x'",
    "EXPLAIN ANALYZE SELECT email FROM people",
    "EXPLAIN SELECT secret + 1 FROM people",
    # In another snapshot, in which the columns had other names.
    "SELECT email FROM people FOR TIMESTAMP AS OF current_timestamp - interval '1' second",
    "SELECT note FROM people FOR VERSION AS OF {first}",
    "SELECT gone FROM people FOR VERSION AS OF {first}",
    "SELECT town FROM people FOR VERSION AS OF {first}",
    "SELECT secret FROM people FOR VERSION AS OF {first}",
    # Written elsewhere.
    "CREATE TABLE scratch.copied AS SELECT email FROM people",
    "INSERT INTO scratch.kept SELECT email FROM people",
    "INSERT INTO scratch.kept SELECT name FROM people WHERE email > 'a'",
    "MERGE INTO scratch.kept k USING (SELECT email FROM people) p ON k.name = p.email WHEN NOT MATCHED THEN INSERT VALUES (p.email)",
    "DELETE FROM scratch.kept WHERE name IN (SELECT email FROM people)",
    "UPDATE scratch.kept SET name = (SELECT max(email) FROM people)",
    "EXECUTE stolen",
)

_REFUSED: Mapping[str, str] = {
    # A table that is not granted at all.
    "SELECT * FROM vault": NO_TABLE,
    "SELECT 1 FROM vault": NO_TABLE,
    "SELECT count(*) FROM vault": NO_TABLE,
    "SELECT * FROM vault WHERE false": NO_TABLE,
    "TABLE vault": NO_TABLE,
    'SELECT * FROM "vault$snapshots"': NO_TABLE,
    "SELECT * FROM people, vault": NO_TABLE,
    "SELECT (SELECT max(what) FROM vault) FROM people": NO_TABLE,
    "WITH vault AS (SELECT 1 AS x) SELECT * FROM clients.vault": NO_TABLE,
    "EXPLAIN SELECT * FROM vault": NO_TABLE,
    "DESCRIBE vault": NO_TABLE,
    "SHOW COLUMNS IN vault": NO_TABLE,
    "SHOW TBLPROPERTIES vault": NO_TABLE,
    "SHOW CREATE TABLE vault": NO_TABLE,
    "CREATE TABLE scratch.taken AS SELECT * FROM vault": NO_TABLE,
    # Metadata tables tell of all columns and rows: bounds of values, partitions, counts.
    **{
        f'SELECT * FROM "people${name}"': ALL_COLUMNS
        for name in (
            "files",
            "partitions",
            "manifests",
            "history",
            "snapshots",
            "refs",
            "properties",
            "entries",
            "all_entries",
            "all_manifests",
        )
    },
    'SELECT * FROM "PEOPLE$FILES"': ALL_COLUMNS,
    'SELECT readable_metrics FROM clients."people$files" WHERE false': ALL_COLUMNS,
    'SELECT * FROM "sales$partitions"': ALL_COLUMNS,
    'SELECT * FROM "sales$files"': ALL_COLUMNS,
    'EXPLAIN SELECT * FROM "people$files"': ALL_COLUMNS,
    # Plans and statistics count all rows.
    "EXPLAIN SELECT * FROM sales": "EXPLAIN needs SELECT on all rows",
    "EXPLAIN ANALYZE SELECT id FROM sales": "EXPLAIN needs SELECT on all rows",
    "EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM sales": "EXPLAIN needs SELECT on all rows",
    "SHOW STATS FOR people": "SHOW STATS",
    "SHOW STATS FOR (SELECT email FROM people)": "SHOW STATS",
    "ANALYZE people": "mismatched input|ANALYZE",
    "SHOW CREATE TABLE people": NOT_WHOLE,
    # A view does not lend its maker's rights.
    "SELECT * FROM forged": "View owner|ACCESS_DENIED|PERMISSION_DENIED|cannot|permission",
    "SELECT email FROM everything": NO_COLUMN_IN_VIEW,
    "SELECT id FROM everything": NO_COLUMN_IN_VIEW,
    "SELECT * FROM everything": NO_COLUMN_IN_VIEW,
    "CREATE VIEW scratch.window AS SELECT email FROM people": ABSENT,
    # Trino takes this as the names of all columns.
    "TABLE people": ALL_COLUMNS,
    # Names for columns by their place.
    "SELECT * FROM people AS p(a)": ALL_COLUMNS,
    "SELECT c FROM people AS p(a, b, c, d, e, f, g)": ALL_COLUMNS,
    "SELECT * FROM people MATCH_RECOGNIZE (ORDER BY id MEASURES email AS e PATTERN (x) DEFINE x AS true)": ABSENT,
    # Around Athena.
    "SELECT * FROM awsdatacatalog.system.iceberg_tables": "Relation not found or not allowed",
    "SELECT * FROM TABLE(system.table_changes('clients', 'people', 1, 2))": "table function",
    "CALL system.rollback_to_snapshot('clients', 'people', 1)": "CALL",
    "DELETE FROM people": "outside a workgroup's scratch database",
    "ALTER TABLE people RENAME COLUMN email TO name2": "ALTER TABLE",
    "INSERT INTO people SELECT * FROM people": "outside a workgroup's scratch database",
    "UNLOAD (SELECT email FROM people) TO 's3://results/analyst/x' WITH (format = 'JSON')": "UNLOAD",
}

_SHOWS: tuple[str, ...] = (
    # What runs, and shows what is granted alone.
    "SELECT * FROM people",
    "SELECT p.* FROM people p",
    "SELECT * FROM (SELECT * FROM people)",
    "SELECT * FROM people a JOIN people b ON a.id = b.id",
    "SELECT * FROM people a JOIN people b USING (id)",
    "SELECT * FROM people FOR TIMESTAMP AS OF current_timestamp - interval '1' second",
    "SELECT * FROM people FOR VERSION AS OF {first}",
    "SELECT * FROM people MATCH_RECOGNIZE (ORDER BY id ALL ROWS PER MATCH PATTERN (x) DEFINE x AS true)",
    "SELECT * FROM people TABLESAMPLE BERNOULLI (100)",
    "SELECT * FROM named",
    "DESCRIBE people",
    "DESCRIBE FORMATTED people",
    "SHOW COLUMNS IN people",
    "SHOW TBLPROPERTIES people",
    "SHOW TABLES",
    "SELECT * FROM information_schema.columns WHERE table_schema = 'clients' AND table_name IN ('people', 'sales', 'vault')",
    "SELECT * FROM information_schema.tables",
    "EXPLAIN SELECT * FROM people",
    "EXPLAIN (TYPE DISTRIBUTED) SELECT * FROM people",
    "EXPLAIN (FORMAT JSON) SELECT * FROM people",
    "SELECT * FROM sales",
    "SELECT * FROM sales FOR TIMESTAMP AS OF current_timestamp - interval '1' second",
    "SELECT id, code FROM sales WHERE region = 'south' OR true",
    "SELECT count(*), sum(amount), max(code), array_agg(code) FROM sales",
    "SELECT * FROM sales s FULL JOIN people p ON s.person = p.id",
    "SELECT * FROM (SELECT * FROM sales) UNION ALL SELECT * FROM sales",
    "SELECT (SELECT max(code) FROM sales)",
    "SELECT id FROM sales WHERE if(code = 's-two', 1 / 0 = 1, true)",
    "SELECT id FROM sales WHERE try(CAST(code AS integer)) IS NULL",
)


def attempts() -> Iterator[Attempt]:
    """All of them."""
    for sql in _COLUMN:
        yield Attempt(sql, ABSENT)
    for sql, refused in _REFUSED.items():
        yield Attempt(sql, refused)
    for sql in _SHOWS:
        yield Attempt(sql)
