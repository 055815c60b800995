"""Which tables a statement touches, from Trino's plan: views are unfolded there, and what WITH defines is gone."""

import json

from local.services.athena.errors import QueryFailed
from local.services.athena.sql.changes import quoted
from local.services.athena.sql.parameters import Sent, bound
from local.services.athena.sql.relations import CATALOG
from local.services.athena.sql.statements import Explain, Query, Write

type Table = tuple[str, str]
"""Database and name of a table or view; of a metadata table such as `orders$snapshots` the table's own name."""


def question(statement: Query | Write | Explain, database: str | None, parameters: tuple[str, ...] = ()) -> Sent | None:
    """What to ask Trino to learn what a statement touches; None where its target is all that it touches.

    EXPLAIN of an EXPLAIN names no tables, Trino does not explain OPTIMIZE, and of CREATE VIEW and of a CREATE TABLE AS with Athena's
    properties only the query can be explained.
    """
    match statement:
        case Explain():
            return question(statement.statement, database, parameters)
        case Query():
            return bound(statement.text, parameters).explained()
        case Write(kind="CREATE TABLE AS" | "CREATE VIEW"):
            return bound(statement.query, parameters).explained()
        case Write(kind="OPTIMIZE") if statement.query:
            return bound(f"SELECT 1 FROM {quoted(statement.target, database)} WHERE {statement.query}", ()).explained()
        case Write(kind="OPTIMIZE" | "VACUUM" | "ALTER TABLE RENAME" | "DROP TABLE" | "DROP VIEW"):
            return None
        case Write():
            return bound(statement.text, parameters).explained()


def planned(plan: str) -> frozenset[Table]:
    """The tables that the answer to `question` reads.

    Raises:
        QueryFailed: Another catalog is named, or the answer is no plan: nobody could say what the statement reads.
    """
    try:
        tables = [entry["table"] for entry in json.loads(plan)["inputTableColumnInfos"]]
        others = {str(table["catalog"]) for table in tables} - {CATALOG}
        found = frozenset(_own(table["schemaTable"]["schema"], table["schemaTable"]["table"]) for table in tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QueryFailed("GENERIC_INTERNAL_ERROR", "the engine's plan does not name its tables", system=True) from error
    if others:
        raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{min(others)}' does not exist")
    return found


def named(statement: Query | Write | Explain, database: str | None) -> frozenset[Table]:
    """The tables and views that a statement itself names; where there is no database, Trino refuses it.

    A plan leaves out what the optimizer proves to be empty, as under `WHERE false`, but the answer still has the columns' names.
    """
    inner = statement.statement if isinstance(statement, Explain) else statement
    places = ((relation.database or (database or "").lower(), relation.name) for relation in inner.relations)
    return frozenset(_own(place, name) for place, name in places if place)


def _own(database: str, name: str) -> Table:
    return database, name.partition("$")[0]
