"""The words of GetQueryExecution for a statement, by which drivers decide what they read."""

import pytest

from local.services.athena.kinds import kind_of, substatement_of
from local.services.athena.sql.parsing import parse

KINDS = {
    "SELECT 1": ("DML", "SELECT"),
    "VALUES 1": ("DML", "SELECT"),
    "EXECUTE p": ("DML", ""),
    "INSERT INTO t VALUES 1": ("DML", "INSERT"),
    "DELETE FROM t": ("DML", "DELETE"),
    "UPDATE t SET a = 1": ("DML", "UPDATE"),
    "MERGE INTO t USING s ON t.i = s.i WHEN MATCHED THEN DELETE": ("DML", "MERGE"),
    "VACUUM t": ("DML", "VACUUM_TABLE"),
    "CREATE TABLE t AS SELECT 1 AS a": ("DDL", "CREATE_TABLE_AS_SELECT"),
    "CREATE VIEW v AS SELECT 1 AS a": ("DDL", ""),
    "ALTER TABLE t RENAME TO u": ("DDL", ""),
    "DROP TABLE t": ("DDL", ""),
    "SHOW TABLES": ("UTILITY", ""),
    "DESCRIBE t": ("UTILITY", ""),
    "EXPLAIN DELETE FROM t": ("UTILITY", ""),
}


@pytest.mark.parametrize(("sql", "expected"), KINDS.items(), ids=list(KINDS))
def test_a_statement_is_called_as_athena_calls_it(sql: str, expected: tuple[str, str]) -> None:
    statement = parse(sql)
    assert (kind_of(statement), substatement_of(statement)) == expected
