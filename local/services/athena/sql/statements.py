"""What a statement may ask, as values; `parsing` makes them of a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from local.services.athena.sql.relations import TableName

type Change = Literal[
    "INSERT INTO",
    "CREATE TABLE AS",
    "MERGE INTO",
    "DELETE FROM",
    "UPDATE",
    "OPTIMIZE",
    "VACUUM",
    "ALTER TABLE RENAME",
    "CREATE VIEW",
    "DROP VIEW",
    "DROP TABLE",
]


type TablePart = Literal[
    "COLUMNS", "DESCRIBE", "DESCRIBE EXTENDED", "DESCRIBE FORMATTED", "PARTITIONS", "TBLPROPERTIES", "CREATE TABLE", "CREATE VIEW"
]


@dataclass(frozen=True)
class Query:
    """SELECT, WITH, VALUES or TABLE.

    Attributes:
        text: As it was written, without a semicolon at the end.
        relations: The tables and views that it names, those of WITH apart.
    """

    text: str
    relations: tuple[TableName, ...] = ()


@dataclass(frozen=True)
class Write:
    """What changes a table or a view.

    Attributes:
        text: As it was written, without a semicolon at the end.
        kind: Which change.
        target: What is changed.
        relations: What else it names; may hold the target too.
        query: The query of CREATE TABLE AS and CREATE VIEW; the condition of OPTIMIZE; else empty.
        properties: Of WITH in CREATE TABLE AS: name in lower case, value as SQL.
        quietly: IF EXISTS, IF NOT EXISTS or OR REPLACE.
        data: False for CREATE TABLE … WITH NO DATA.
        renamed: The new name in ALTER TABLE … RENAME TO, else None.
    """

    text: str
    kind: Change
    target: TableName
    relations: tuple[TableName, ...] = ()
    query: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    quietly: bool = False
    data: bool = True
    renamed: TableName | None = None


@dataclass(frozen=True)
class Explain:
    """EXPLAIN; with `analyze` the statement runs, whatever it changes."""

    text: str
    statement: Query | Write
    analyze: bool


@dataclass(frozen=True)
class Prepare:
    """PREPARE: the workgroup keeps the text under the name."""

    name: str
    statement: Query | Write


@dataclass(frozen=True)
class Execute:
    """EXECUTE of a statement that the workgroup keeps; `parameters` are literals, as SQL."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Deallocate:
    """DEALLOCATE PREPARE."""

    name: str


@dataclass(frozen=True)
class ShowDatabases:
    """The names of all databases; `pattern` is a regular expression as Athena takes it."""

    pattern: str | None = None


@dataclass(frozen=True)
class ShowTables:
    """The names of a database's tables and views, or of its views alone."""

    database: str | None = None
    pattern: str | None = None
    views: bool = False


@dataclass(frozen=True)
class ShowTable:
    """What Glue knows of one table.

    Attributes:
        kind: Which part of it.
        table: Whose.
        name: The property that SHOW TBLPROPERTIES asks for; None for all.
    """

    kind: TablePart
    table: TableName
    name: str | None = None


@dataclass(frozen=True)
class Repair:
    """MSCK REPAIR TABLE, which has nothing to do for an Iceberg table."""

    table: TableName


type Statement = Query | Write | Explain | Prepare | Execute | Deallocate | ShowDatabases | ShowTables | ShowTable | Repair
