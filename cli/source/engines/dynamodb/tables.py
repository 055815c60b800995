"""A source that is DynamoDB tables."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, override

from cli.source.discovered import crawled
from cli.source.engines.dynamodb.crawled import exported_drift
from cli.source.engines.dynamodb.items import ItemSource
from cli.source.engines.source import EngineSource, Looked, Progress, Request
from cli.source.sample import SAMPLE
from cli.terminal.failures import Refused
from medallion.manifest.engines.dynamodb.settings import DynamoDbSource

if TYPE_CHECKING:
    from cli.source.discovered import CrawledTable
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.drafts import Drafts
    from medallion.manifest.model import BronzeTable


class DynamoDbTables(EngineSource[DynamoDbSource]):
    """Its tables, by their keys and a few of their items."""

    @override
    def look(self, contracts: "Sequence[BronzeTable]") -> Looked:
        """A sample of the items now, and what its crawler found in the exports."""
        from medallion.manifest.drafting.drafts import Sampled
        from medallion.manifest.engines.dynamodb.item_drift import item_drift

        tables = ItemSource(self._context, self._name, self._settings)
        there = set(tables.objects())
        observed = [tables.look(name, SAMPLE) for name in sorted({contract.object for contract in contracts} & there)]
        live = item_drift(contracts, observed)
        told_already = {(one.table, one.column) for one in live}
        found = exported_drift(crawled(self._context, self._name), contracts)
        return Looked(
            drift=live + tuple(one for one in found if (one.table, one.column) not in told_already),
            sampled=tuple(Sampled(table=one.name, items=one.items, whole=one.whole, read_units=one.capacity) for one in observed),
        )

    @override
    def draft(self, request: Request) -> "Drafts":
        """By keys and a sample of items; what has a contract is told and not looked at."""
        from medallion.manifest.engines.dynamodb.item_draft import draft_items

        there = ItemSource(self._context, self._name, self._settings)
        known = {table.object for table in request.manifest.read_from(self._name)} if request.manifest else set()
        chosen = request.choice({name: (name, there.full_name(name)) for name in there.objects()})
        items = [there.look(name, 0 if name in known else request.sample) for name in chosen]
        return draft_items(items, source=self._name, product=request.product, lake=request.lake, manifest=request.manifest)

    @override
    def contract_of(self, table: "CrawledTable", contracts: "Sequence[BronzeTable]") -> str | None:
        """By where the exports are."""
        name = table.location.rstrip("/").rpartition("/")[2]
        return next((contract.contract for contract in contracts if contract.name == name), None)

    @override
    def log_in(self, credentials: "Credentials") -> None:
        """AWS alone says who may reach it."""
        raise Refused(f"source {self._name} is {self._settings.engine}, and has no login of its own")

    @override
    def fill(self, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
        """The seed is given a client and what the tables' names begin with."""
        client, prefix = self._context.client("dynamodb"), self._context.names.demo_table_prefix(self._name)
        try:
            return load(self._name, client, prefix, progress, rows)
        except client.exceptions.ResourceNotFoundException as error:
            raise Refused(f"a table {prefix}… does not exist; `lake deploy` makes the tables of the demo source {self._name}") from error
