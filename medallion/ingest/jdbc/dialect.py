"""What differs between source databases; every engine is one object of this shape."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from medallion.manifest.credentials import Credentials
from medallion.manifest.errors import Terminal


class UnsupportedEngine(Terminal):
    """The source's engine has no dialect yet."""

    def __init__(self, engine: str, valid: Sequence[str]) -> None:
        super().__init__(f"engine {engine!r} is not one of {', '.join(sorted(valid))}; a dialect of it belongs in medallion/ingest")


class Dialect(Protocol):
    """How one engine is asked; every method returns text or values and opens nothing."""

    @property
    def driver(self) -> str:
        """The JDBC driver's Java class."""

    def url(self, credentials: Credentials, *, tls: bool) -> str:
        """The JDBC address, without user and password."""

    def options(self) -> Mapping[str, str]:
        """The connection properties that make a bulk read fast."""

    @property
    def isolation(self) -> int:
        """The level of `java.sql.Connection` at which all that a transaction reads is as of one moment."""

    def share_moment(self) -> str:
        """A query that gives a token by which other connections see this transaction's moment."""

    def join_moment(self, token: str) -> str:
        """A statement that begins a transaction at that moment."""

    def settled(self) -> str:
        """A query for the instant before which nothing is written any more: now, or when the oldest open transaction began that writes."""

    def size(self, table: str) -> str:
        """A query for the number of parts that a table is stored in; 0 where it can't be divided."""

    def describe(self, table: str) -> str:
        """A query for one JSON object: each column's name, and whether it is never null."""

    def slices(self, size: int, count: int) -> tuple[str, ...]:
        """At most so many conditions that divide a table of that size: each row meets exactly one."""

    def relation(self, table: str, columns: Sequence[str], *, divided: bool) -> str:
        """What Spark reads from: the columns, and whatever the slices' conditions need where it is divided."""

    def quote(self, name: str) -> str:
        """An identifier as this engine quotes it."""

    def literal(self, value: str, type: str) -> str:
        """A watermark's canonical text as a typed literal."""

    def text(self, expression: str, type: str) -> str:
        """An expression as canonical text, which Spark casts back to the type without loss."""

    def bounds(self, table: str, watermark: str, type: str, last: str | None, overlap: int, settled: str) -> str:
        """A query for the fields of `window.Bounds`, watermarks as canonical text.

        Args:
            table: The table's name at the source, with its prefix.
            watermark: The column.
            type: Its type in the contract.
            last: What the run before read up to.
            overlap: How far below it this run looks again: seconds, or values of a number.
            settled: The instant before which nothing is written any more, as the source told it.
        """

    def nulls(self, table: str, watermark: str) -> str:
        """A query for `true` where some row has no watermark and would never be read."""

    def explain(self, message: str, state: str, credentials: Credentials) -> Exception | None:
        """The error that a driver's message and SQLSTATE stand for, if it is about the connection."""


def dialect_of(engine: str) -> Dialect:
    """The dialect of an engine.

    Raises:
        UnsupportedEngine: There is none.
    """
    from medallion.ingest.jdbc.postgres import Postgres

    dialects: dict[str, Dialect] = {"postgres": Postgres()}
    if engine not in dialects:
        raise UnsupportedEngine(engine, list(dialects))
    return dialects[engine]
