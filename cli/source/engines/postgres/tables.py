"""A source that is a Postgres database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, override

from cli.source.discovered import crawled
from cli.source.engines.postgres.connection import connect
from cli.source.engines.postgres.crawled import object_of, observed_by_crawler, uncontracted
from cli.source.engines.source import EngineSource, Looked, Progress, Request
from cli.source.secret import PAGE, credentials_of, secret_of
from cli.terminal.failures import Unreachable
from medallion.manifest.engines.postgres.settings import PostgresSource

if TYPE_CHECKING:
    from cli.source.discovered import CrawledTable
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.drafts import Drafts
    from medallion.manifest.engines.postgres.observed import ObservedTable
    from medallion.manifest.model import BronzeTable


class PostgresTables(EngineSource[PostgresSource]):
    """Its tables and views."""

    def observed(self) -> "tuple[ObservedTable, ...]":
        """All tables that it has now.

        Raises:
            Refused: Its secret is not what it should be.
            Unreachable: It does not answer.
        """
        import psycopg

        from cli.source.engines.postgres.catalog import look

        with self._connection() as connection:
            try:
                return look(connection, self._settings.prefix)
            except psycopg.OperationalError as error:
                raise Unreachable(f"source {self._name} broke off: {str(error).strip()}") from error

    @override
    def look(self, contracts: "Sequence[BronzeTable]") -> Looked:
        """Its catalog now; what its crawler found where it does not answer."""
        from medallion.manifest.engines.postgres.drift import drift
        from medallion.manifest.widening import fits

        tables = crawled(self._context, self._name)
        new = tuple(uncontracted(self._name, self._settings, tables, contracts))
        try:
            return Looked(drift=drift(contracts, self.observed(), fits) + new)
        except Unreachable:
            if not tables:
                raise
            found = drift(contracts, observed_by_crawler(self._settings, tables, contracts), fits)
            return Looked(drift=found + new, crawled_only=(self._name,))

    @override
    def draft(self, request: Request) -> "Drafts":
        """By its catalog."""
        from medallion.manifest.engines.postgres.draft import draft
        from medallion.manifest.engines.postgres.observed import VIEWS

        found = {str(table.object): table for table in self.observed()}
        called = {name: (name, table.full_name) for name, table in found.items() if request.named or table.kind not in VIEWS}
        wanted = [found[name] for name in request.choice(called)]
        return draft(wanted, source=self._name, product=request.product, lake=request.lake, manifest=request.manifest)

    @override
    def contract_of(self, table: "CrawledTable", contracts: "Sequence[BronzeTable]") -> str | None:
        """By the table's name there."""
        object = object_of(table, self._settings)
        return next((contract.contract for contract in contracts if contract.object == object), None)

    @override
    def log_in(self, credentials: "Credentials") -> None:
        """By a connection that asks nothing."""
        connect(credentials, self._settings, secret_of(self._context, self._name, self._settings)).close()

    @override
    def fill(self, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
        """The seed is given a connection and the schema."""
        context, name, source = self._context, self._name, self._settings
        with connect(credentials_of(context, name, source), source, secret_of(context, name, source)) as connection:
            return load(name, connection, source.prefix.rstrip(".") or "public", progress, rows)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        context, name, source = self._context, self._name, self._settings
        try:
            connection = connect(credentials_of(context, name, source), source, secret_of(context, name, source))
        except Unreachable as error:
            if context.is_local:
                raise Unreachable(f"{error}\nIs it up? The laptop reaches what this machine reaches; {PAGE} has more.") from error
            raise Unreachable(
                f"{error}\nThe database of an account is seldom reached from a desk: open a way to it (VPN, a bastion's tunnel), "
                "or run this from a machine inside its network."
            ) from error
        with connection:
            yield connection
