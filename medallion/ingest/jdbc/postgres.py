"""The dialect of Postgres 14 and later."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from medallion.manifest import standard_sql
from medallion.manifest.credentials import Credentials
from medallion.manifest.errors import Terminal, Transient

NUMBERS = {"bigint": "bigint", "int": "integer", "smallint": "smallint"}
WATERMARK_TYPES = {"timestamp": "timestamptz", "timestamp_ntz": "timestamp", "date": "date", **NUMBERS}
_MICROSECONDS = 'YYYY-MM-DD"T"HH24:MI:SS.US'


class UnusableWatermark(Terminal):
    """A watermark's type can't be ordered and written as text without loss."""

    def __init__(self, type: str) -> None:
        super().__init__(f"watermark: type {type!r} is not one of {', '.join(sorted(WATERMARK_TYPES))}")


class Postgres:
    """Postgres: exported snapshots, division by physical blocks."""

    driver = "org.postgresql.Driver"
    # TRANSACTION_REPEATABLE_READ
    isolation = 4

    def url(self, credentials: Credentials, *, tls: bool) -> str:
        """The JDBC address; with TLS an unencrypted server is refused.

        The server's certificate is not checked: RDS is signed by authorities of its own, which neither Java nor a Glue job without internet
        has. So TLS keeps readers out but not one who answers in the server's place; the security group of the source is what does.
        """
        mode = "require" if tls else "prefer"
        return f"jdbc:postgresql://{credentials.host}:{credentials.port}/{credentials.dbname}?sslmode={mode}"

    def options(self) -> Mapping[str, str]:
        """Rows come in batches of 10,000, which more than halves the time of the default."""
        # tcpKeepAlive: a read that waits behind the lake's writes is idle for the network in between.
        return {"fetchsize": "10000", "connectTimeout": "10", "tcpKeepAlive": "true", "ApplicationName": "medallion", "readOnly": "true"}

    def share_moment(self) -> str:
        """The token lives as long as its transaction, which is idle while the lake reads and writes."""
        return "SELECT pg_export_snapshot(), set_config('idle_in_transaction_session_timeout', '0', false)"

    def join_moment(self, token: str) -> str:
        """Both statements must be the first of their transaction."""
        return f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{token}'"

    def settled(self) -> str:
        """Another role's transactions are seen by members of pg_read_all_stats alone; beyond them the overlap must do."""
        # A row that was written at now() has exactly the transaction's beginning, and a read goes on after what it is told.
        oldest = "min(xact_start) FILTER (WHERE backend_xid IS NOT NULL AND datname = current_database()) - interval '1 microsecond'"
        return f"SELECT {self.text(f'least(clock_timestamp(), {oldest})', 'timestamp')} FROM pg_stat_activity"

    def size(self, table: str) -> str:
        """Views and partitioned tables have no blocks of their own."""
        return (
            "SELECT CASE WHEN relkind IN ('r', 'm') THEN pg_relation_size(oid) / current_setting('block_size')::bigint ELSE 0 END"
            f" FROM pg_class WHERE oid = '{self._regclass(table)}'::regclass"
        )

    def describe(self, table: str) -> str:
        """Columns in the table's order."""
        return (
            "SELECT json_object_agg(attname, attnotnull ORDER BY attnum)::text FROM pg_attribute"
            f" WHERE attrelid = '{self._regclass(table)}'::regclass AND attnum > 0 AND NOT attisdropped"
        )

    def slices(self, size: int, count: int) -> tuple[str, ...]:
        """Ranges of ctid, the last one open: rows beyond the blocks that were counted belong to it."""
        count = max(1, min(count, size))
        if count == 1:
            return ("TRUE",)
        bounds = [size * part // count for part in range(count)]
        closed = tuple(f"ctid >= '({low},0)'::tid AND ctid < '({high},0)'::tid" for low, high in pairwise(bounds))
        return (*closed, f"ctid >= '({bounds[-1]},0)'::tid")

    def relation(self, table: str, columns: Sequence[str], *, divided: bool) -> str:
        """A subquery, so that columns which the contract lacks are never resolved; a view has no `ctid` and is not divided."""
        selected = [self.quote(column) for column in columns] + (["ctid"] if divided else [])
        return f"(SELECT {', '.join(selected)} FROM {self._path(table)}) rows"

    def quote(self, name: str) -> str:
        """Double quotes, doubled inside."""
        return standard_sql.identifier(name)

    def literal(self, value: str, type: str) -> str:
        """A cast literal."""
        return f"'{value}'::{self._type(type)}"

    def text(self, expression: str, type: str) -> str:
        """ISO 8601 to the microsecond for times, with Z where the type is an instant."""
        if type == "timestamp":
            return f"to_char({expression} AT TIME ZONE 'UTC', '{_MICROSECONDS}\"Z\"')"
        if type == "timestamp_ntz":
            return f"to_char({expression}, '{_MICROSECONDS}')"
        return f"({expression})::{self._type(type)}::text"

    def earlier(self, expression: str, type: str, seconds: int) -> str:
        """Numbers are drawn in another order than they are committed, as times are: a number's overlap is so many values."""
        if type in NUMBERS:
            return f"({expression} - {seconds})"
        if type == "date":
            # The bound is exclusive, and a day holds all the seconds of the overlap's beginning.
            return f"(({expression} - interval '{seconds} seconds')::date - 1)"
        return f"({expression} - interval '{seconds} seconds')::{self._type(type)}"

    def finite(self, expression: str, type: str) -> str:
        """Times know infinities."""
        return "TRUE" if type in NUMBERS else f"isfinite({expression})"

    def capped(self, expression: str, type: str, settled: str) -> str:
        """A time without a zone is taken for UTC: one that is ahead is read again for some hours, which repeats nothing."""
        if type in NUMBERS:
            return expression
        instant = f"'{settled}'::timestamptz"
        limit = instant if type == "timestamp" else f"({instant} AT TIME ZONE 'UTC')::{self._type(type)}"
        return f"least({expression}, {limit})"

    def bounds(self, table: str, watermark: str, type: str, last: str | None, overlap: int, settled: str) -> str:
        """One scan of the column."""
        column = self.quote(watermark)
        low = "NULL" if last is None else self.earlier(self.literal(last, type), type, overlap)
        newest, capped = self.text("newest", type), self.text(self.capped("newest", type, settled), type)
        lower = "NULL" if last is None else self.text(low, type)
        return (
            f"SELECT filled::text, {newest}, {capped}, {lower}, (newest < {low})::text"
            f" FROM (SELECT max({column}) IS NOT NULL AS filled, max({column}) FILTER (WHERE {self.finite(column, type)}) AS newest"
            f" FROM {self._path(table)}) bounds"
        )

    def nulls(self, table: str, watermark: str) -> str:
        """It stops at the first."""
        return f"SELECT EXISTS (SELECT 1 FROM {self._path(table)} WHERE {self.quote(watermark)} IS NULL)::text"

    def explain(self, message: str, state: str, credentials: Credentials) -> Exception | None:
        """Class 28 is about the login, 3D about the database, 08 and 57 about a server that is not there now."""
        where = f"source {credentials.address}"
        first = message.splitlines()[0] if message else ""
        if state.startswith("28"):
            return Terminal(f"{where}: login of {credentials.username} refused ({state}); check username and password in the secret")
        if state.startswith("3D"):
            return Terminal(f"{where}: no such database ({state}); check dbname in the secret")
        if state.startswith(("08", "57P", "53")):
            return Transient(f"{where}: can't be reached ({state}): {first}")
        return None

    def _path(self, table: str) -> str:
        return ".".join(self.quote(part) for part in table.split("."))

    def _regclass(self, table: str) -> str:
        return self._path(table).replace("'", "''")

    def _type(self, type: str) -> str:
        if type not in WATERMARK_TYPES:
            raise UnusableWatermark(type)
        return WATERMARK_TYPES[type]
