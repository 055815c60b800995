"""One moment of a source: all parallel readers join that of a coordinating transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from medallion.ingest.jdbc.dialect import Dialect
from medallion.jvm import java_class
from medallion.manifest.credentials import Credentials
from medallion.manifest.errors import Terminal


@dataclass(frozen=True)
class Source:
    """A source database as an environment has it.

    Attributes:
        dialect: Its engine.
        credentials: Where it is and who reads.
        prefix: What stands before a table's name, such as `public.`.
        tls: Whether the connection must be encrypted.
    """

    dialect: Dialect
    credentials: Credentials
    prefix: str
    tls: bool

    @property
    def url(self) -> str:
        """The JDBC address, without secrets."""
        return self.dialect.url(self.credentials, tls=self.tls)


@dataclass(frozen=True)
class Moment:
    """An open transaction of a source; everything that is read through it is as of its beginning.

    Attributes:
        spark: Reads the rows.
        source: What is read.
        token: By which readers join the transaction's moment.
        settled: The instant before which nothing was written any more when the transaction began, as the source writes it.
        connection: The JDBC connection of the transaction.
    """

    spark: SparkSession
    source: Source
    token: str
    settled: str
    connection: Any

    def ask(self, query: str) -> tuple[str | None, ...]:
        """The first row of a query, as text.

        Raises:
            Terminal: The query gives no row, or fails.
        """
        with _told(self.source):
            statement = self.connection.createStatement()
            try:
                rows = statement.executeQuery(query)
                if not rows.next():
                    raise Terminal(f"source {self.source.credentials.address}: no answer to: {query}")
                return tuple(rows.getString(position + 1) for position in range(rows.getMetaData().getColumnCount()))
            finally:
                statement.close()

    def rows(self, table: str, columns: Sequence[str], condition: str, slices: Sequence[str]) -> DataFrame:
        """Rows of a table at this moment, one Spark partition a slice; nothing is read before an action.

        Args:
            table: The table's name at the source, with its prefix.
            columns: What is read of it.
            condition: The engine's SQL, `TRUE` for all.
            slices: Conditions that divide the table.
        """
        dialect = self.source.dialect
        with _told(self.source):
            frame = self.spark.read.jdbc(
                self.source.url,
                dialect.relation(table, columns, divided=len(slices) > 1),
                predicates=[f"({part}) AND ({condition})" for part in slices],
                properties={
                    **dialect.options(),
                    "driver": dialect.driver,
                    "user": self.source.credentials.username,
                    "password": self.source.credentials.password.get_secret_value(),
                    "sessionInitStatement": dialect.join_moment(self.token),
                    "preferTimestampNTZ": "true",
                },
            )
        return frame.select(*(f"`{column}`" for column in columns))


@contextmanager
def moment(spark: SparkSession, source: Source) -> Iterator[Moment]:
    """Opens the coordinating transaction, and ends it when the block is left.

    Raises:
        Terminal: The login is refused.
        Transient: The source can't be reached.
    """
    with _connection(spark, source) as connection:
        opened = Moment(spark, source, "", "", connection)
        # Before the moment begins: what ends in between must count as open.
        settled = opened.ask(source.dialect.settled())[0]
        connection.setAutoCommit(False)
        connection.setTransactionIsolation(source.dialect.isolation)
        token = opened.ask(source.dialect.share_moment())[0]
        yield Moment(spark, source, token or "", settled or "", connection)


@contextmanager
def joined(shared: Moment) -> Iterator[Moment]:
    """The same moment through a connection of its own, so that a failed query ends no other table's transaction.

    Raises:
        Terminal: The login is refused, or the shared transaction has ended.
        Transient: The source can't be reached.
    """
    with _connection(shared.spark, shared.source) as connection:
        with _told(shared.source):
            connection.setAutoCommit(False)
            statement = connection.createStatement()
            statement.execute(shared.source.dialect.join_moment(shared.token))
            statement.close()
        yield replace(shared, connection=connection)


@contextmanager
def _connection(spark: SparkSession, source: Source) -> Iterator[Any]:
    with _told(source):
        # Spark's registry: a driver that came by `spark.jars` is invisible to DriverManager otherwise.
        java_class(spark, "org.apache.spark.sql.execution.datasources.jdbc.DriverRegistry").register(source.dialect.driver)
        properties = java_class(spark, "java.util.Properties")()
        for key, value in source.dialect.options().items():
            properties.setProperty(key, value)
        properties.setProperty("user", source.credentials.username)
        properties.setProperty("password", source.credentials.password.get_secret_value())
        connection = java_class(spark, "java.sql.DriverManager").getConnection(source.url, properties)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _told(source: Source) -> Iterator[None]:
    """Turns a driver's error into one line that names the source and holds no secret."""
    try:
        yield
    except Py4JJavaError as error:
        java = error.java_exception
        while java.getCause() is not None and not _is_a(java, "java.sql.SQLException"):
            java = java.getCause()
        if not _is_a(java, "java.sql.SQLException"):
            raise
        message, state = str(java.getMessage()), str(java.getSQLState() or "")
        known = source.dialect.explain(message, state, source.credentials)
        told = known or Terminal(f"source {source.credentials.address}: {message.splitlines()[0]} ({state})")
        raise told from None


def _is_a(java: Any, name: str) -> bool:
    """Whether a Java object is of a class, by its name."""
    kind = java.getClass()
    while kind is not None:
        if kind.getName() == name:
            return True
        kind = kind.getSuperclass()
    return False
