"""A crawl of a Postgres database through a Glue connection: its catalog, as JDBC's metadata shows it."""

import importlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.service import Json
from local.services.glue.crawlers.found import CrawlFailed, FoundTable, table_name

CONNECT_SECONDS = 10
# Postgres's own types by their short names; what is not here comes as text.
_TYPES = {
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "oid": "bigint",
    "float4": "float",
    "float8": "double",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
    "bytea": "binary",
}
_UNBOUNDED = "decimal(38,18)"
_LARGEST_PRECISION = 38
_URL = re.compile(r"jdbc:postgresql://(?P<host>[^:/?]+)(?::(?P<port>\d+))?/(?P<database>[^?]+)(?:\?.*)?")
# A domain is what it is made of. Partitions are part of their table.
_COLUMNS = """
WITH RECURSIVE made AS (
  SELECT a.attrelid, a.attnum, a.atttypid AS typid, a.atttypmod AS typmod
  FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT m.attrelid, m.attnum, t.typbasetype, CASE WHEN t.typtypmod = -1 THEN m.typmod ELSE t.typtypmod END
  FROM made m JOIN pg_type t ON t.oid = m.typid WHERE t.typtype = 'd'
)
SELECT n.nspname::text, c.relname::text, c.relkind::text, a.attname::text,
  CASE WHEN e.oid IS NOT NULL THEN e.typname ELSE t.typname END::text, e.oid IS NOT NULL, m.typmod
FROM made m
JOIN pg_attribute a ON a.attrelid = m.attrelid AND a.attnum = m.attnum
JOIN pg_class c ON c.oid = m.attrelid AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
JOIN pg_type t ON t.oid = m.typid AND t.typtype <> 'd'
LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True)
class Address:
    """Where a Glue connection leads.

    Attributes:
        host: Of the server.
        port: Of the server.
        database: The database's name.
        user: Who looks.
        password: The login's.
        tls: Whether the connection must be encrypted.
    """

    host: str
    port: int
    database: str
    user: str
    password: str
    tls: bool

    def __repr__(self) -> str:
        return f"{self.database} on {self.host}:{self.port}"


def address_of(connection: Json, secret: Callable[[str], str]) -> Address:
    """Where a connection leads.

    Args:
        connection: As GetConnection gives it.
        secret: Gives a secret's text, with the crawler's rights.

    Raises:
        CrawlFailed: It is none to a Postgres, or its secret is not what it should be.
    """
    name, properties = connection["Name"], connection.get("ConnectionProperties", {})
    url = properties.get("JDBC_CONNECTION_URL", "")
    match = _URL.fullmatch(url)
    if match is None:
        raise CrawlFailed(
            f"connection {name}: JDBC_CONNECTION_URL: {url!r} is no address of a Postgres; the laptop crawls no other database"
        )
    login = {"username": properties.get("USERNAME"), "password": properties.get("PASSWORD")}
    if properties.get("SECRET_ID"):
        try:
            held = json.loads(secret(properties["SECRET_ID"]))
        except ValueError:
            held = None
        login = held if isinstance(held, dict) else {}
    missing = [field for field in ("username", "password") if not login.get(field)]
    if missing:
        raise CrawlFailed(f"connection {name}: its secret holds no {' and no '.join(missing)}")
    return Address(
        host=match["host"],
        port=int(match["port"] or 5432),
        database=match["database"],
        user=str(login["username"]),
        password=str(login["password"]),
        tls=str(properties.get("JDBC_ENFORCE_SSL", "false")).lower() == "true",
    )


def crawl_database(address: Address, target: Json) -> list[FoundTable]:
    """The tables of one JDBC target, sorted.

    Args:
        address: The database.
        target: As a crawler has it: `ConnectionName`, `Path` with `%` for any characters, `Exclusions`.

    Raises:
        CrawlFailed: The database does not answer, or the path is of another one.
    """
    included = path_pattern(str(target["Path"]), address.database)
    excluded = [_pattern(pattern) for pattern in target.get("Exclusions", ())]
    tables: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for schema, table, kind, column, type, is_array, modifier in _rows(address):
        if included.fullmatch(f"{schema}/{table}") and not any(one.fullmatch(f"{schema}/{table}") for one in excluded):
            tables.setdefault((schema, table, kind), []).append((column.lower(), column_type(type, is_array=is_array, modifier=modifier)))
    return [
        FoundTable(
            name=table_name(f"{address.database}_{schema}_{table}"),
            location=f"{address.database}.{schema}.{table}",
            columns=tuple(columns),
            parameters={
                "classification": "postgresql",
                "compressionType": "none",
                "connectionName": str(target["ConnectionName"]),
                "typeOfData": "view" if kind in "vm" else "table",
            },
        )
        for (schema, table, kind), columns in tables.items()
    ]


def column_type(type: str, *, is_array: bool, modifier: int) -> str:
    """A column's type as Glue writes it.

    Args:
        type: Postgres's short name, such as `int4`; of an array its items'.
        is_array: Whether it is an array of them.
        modifier: Postgres's type modifier, which holds a number's digits; -1 for none.
    """
    found = _decimal(modifier) if type == "numeric" else "boolean" if type == "bit" and modifier == 1 else _TYPES.get(type, "string")
    return f"array<{found}>" if is_array else found


def _decimal(modifier: int) -> str:
    if modifier < 0:
        return _UNBOUNDED
    precision, scale = (modifier - 4) >> 16, ((modifier - 4) & 0x7FF ^ 0x400) - 0x400
    return f"decimal({precision},{scale})" if 0 <= scale <= precision <= _LARGEST_PRECISION else "string"


def path_pattern(path: str, database: str) -> re.Pattern[str]:
    """What a target's path includes, as a pattern of `schema/table`.

    Raises:
        CrawlFailed: It is of another database than the connection.
    """
    first, *rest = path.split("/")
    if not _pattern(first).fullmatch(database):
        raise CrawlFailed(f"Path: {path!r} is of another database than the connection's, {database!r}")
    schema, table = [*rest, "%", "%"][:2]
    return _pattern(f"{schema or '%'}/{table or '%'}")


def _pattern(text: str) -> re.Pattern[str]:
    made = "".join("[^/]*" if character in "%*" else re.escape(character) for character in text)
    return re.compile(made, re.DOTALL)


def _rows(address: Address) -> Sequence[tuple[str, str, str, str, str, bool, int]]:
    postgres: Any = importlib.import_module("psycopg2")
    try:
        connection = postgres.connect(
            host=address.host,
            port=address.port,
            dbname=address.database,
            user=address.user,
            password=address.password,
            connect_timeout=CONNECT_SECONDS,
            sslmode="require" if address.tls else "prefer",
        )
    except postgres.OperationalError as error:
        raise CrawlFailed(f"{address!r} can't be reached: {' '.join(str(error).split())}") from error
    try:
        connection.set_session(readonly=True)
        with connection.cursor() as cursor:
            cursor.execute(_COLUMNS)
            found: Sequence[tuple[str, str, str, str, str, bool, int]] = cursor.fetchall()
            return found
    except postgres.Error as error:
        raise CrawlFailed(f"{address!r} broke off: {' '.join(str(error).split())}") from error
    finally:
        connection.close()
