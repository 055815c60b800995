"""Which tables a statement touches, from Trino's plan: views are unfolded there, and what WITH defines is gone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.services.athena.errors import QueryFailed
from local.services.athena.sql.changes import quoted
from local.services.athena.sql.parameters import Sent, bound
from local.services.athena.sql.relations import CATALOG, TableName
from local.services.athena.sql.statements import Explain, Query, Write

INFORMATION_SCHEMA = "information_schema"


@dataclass(frozen=True)
class Touched:
    """A table of a plan.

    Attributes:
        database: Its database.
        table: Its name; of a metadata table such as `orders$snapshots` the table's own.
        part: What follows the dollar sign of a metadata table, else empty.
        filtered: The columns by which the plan filters its rows; a plan does not tell the others.
    """

    database: str
    table: str
    part: str = ""
    filtered: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Touches:
    """What a statement touches.

    Attributes:
        reads: Tables that it reads.
        writes: The table that it changes, or None.
    """

    reads: frozenset[Touched]
    writes: Touched | None = None


def question(statement: Query | Write | Explain, database: str | None, parameters: tuple[str, ...] = ()) -> Sent | None:
    """What to ask Trino to learn what a statement touches; None where its target is all that it touches.

    EXPLAIN of an EXPLAIN names no tables, Trino does not explain OPTIMIZE, and of CREATE VIEW and of a CREATE TABLE AS with Athena's
    properties only the query can be explained.
    """
    match statement:
        case Explain():
            return question(statement.statement, database, parameters)
        case Query():
            return bound(statement.text, statement.parameters, parameters).explained()
        case Write(kind="CREATE TABLE AS" | "CREATE VIEW"):
            return bound(statement.query, statement.parameters, parameters).explained()
        case Write(kind="OPTIMIZE") if statement.query:
            return bound(f"SELECT 1 FROM {quoted(statement.target, database)} WHERE {statement.query}", 0, ()).explained()
        case Write(kind="OPTIMIZE" | "VACUUM" | "DROP TABLE" | "DROP VIEW"):
            return None
        case Write():
            return bound(statement.text, statement.parameters, parameters).explained()


def touches(plan: str) -> Touches:
    """The tables of the answer to `question`.

    Raises:
        QueryFailed: Another catalog is named, or the answer is no plan: nobody could say what the statement reads.
    """
    try:
        told: dict[str, Any] = json.loads(plan)
        reads = frozenset(_input(entry) for entry in told["inputTableColumnInfos"])
        written = told.get("outputTable")
        return Touches(reads, _table(written, frozenset()) if written is not None else None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QueryFailed("GENERIC_INTERNAL_ERROR", "the engine's plan does not name its tables", system=True) from error


def named(statement: Query | Write | Explain, database: str | None) -> frozenset[Touched]:
    """The tables and views that a statement itself names, in the same form.

    A plan leaves out what the optimizer proves to be empty, as under `WHERE false`, but the answer still has the columns' names.

    Raises:
        QueryFailed: One has no database, and neither has the query.
    """
    inner = statement.statement if isinstance(statement, Explain) else statement
    return frozenset(_named(relation, database) for relation in inner.relations)


def _named(relation: TableName, database: str | None) -> Touched:
    place = relation.database or database
    if not place:
        raise QueryFailed("MISSING_SCHEMA_NAME", f"{relation.position}: Schema must be specified when session schema is not set")
    table, _, part = relation.name.partition("$")
    return Touched(place.lower(), table, part)


def _input(entry: Mapping[str, Any]) -> Touched:
    columns = entry["constraint"]["columnConstraints"]
    return _table(entry["table"], frozenset(str(column["columnName"]) for column in columns))


def _table(told: Mapping[str, Any], filtered: frozenset[str]) -> Touched:
    if told["catalog"] != CATALOG:
        raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{told['catalog']}' does not exist")
    place = told["schemaTable"]
    table, _, part = str(place["table"]).partition("$")
    return Touched(str(place["schema"]), table, part, filtered)
