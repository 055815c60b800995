"""What GetQueryExecution calls a statement: `StatementType` and `SubstatementType`."""

from local.services.athena.sql.statements import Change, Execute, Query, Statement, Write
from local.services.athena.state import Kind

# By these words clients know whether there are rows to read. AWS documents no list of them.
_CHANGES: dict[Change, str] = {
    "CREATE TABLE AS": "CREATE_TABLE_AS_SELECT",
    "DELETE FROM": "DELETE",
    "INSERT INTO": "INSERT",
    "MERGE INTO": "MERGE",
    "UPDATE": "UPDATE",
    "VACUUM": "VACUUM_TABLE",
}


def kind_of(statement: Statement) -> Kind:
    """Whether it is a query or a change, makes or drops something, or neither."""
    match statement:
        case Write(kind="CREATE TABLE AS" | "ALTER TABLE RENAME" | "CREATE VIEW" | "DROP VIEW" | "DROP TABLE"):
            return "DDL"
        case Query() | Execute() | Write():
            return "DML"
    return "UTILITY"


def substatement_of(statement: Statement) -> str:
    """Which query or change it is; empty where AWS's word is not known."""
    match statement:
        case Query():
            return "SELECT"
        case Write(kind=change):
            return _CHANGES.get(change, "")
    return ""
