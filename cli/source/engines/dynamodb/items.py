"""A look at a DynamoDB source: its tables, their keys, and a bounded number of their items."""

from typing import TYPE_CHECKING, Any

from cli.context import Context

if TYPE_CHECKING:
    from medallion.manifest.engines.dynamodb.attribute import ObservedItems
    from medallion.manifest.engines.dynamodb.settings import DynamoDbSource

# A page holds a megabyte at most, whatever the limit: so a look takes four megabytes at most, 512 read units.
SEGMENTS = 4


class ItemSource:
    """The DynamoDB tables that an environment's prefix leads to."""

    def __init__(self, context: Context, name: str, source: "DynamoDbSource") -> None:
        """Know them; nothing is asked yet.

        Args:
            context: The environment.
            name: The logical source.
            source: What it is there.
        """
        self._client = context.client("dynamodb")
        self._prefix = context.names.demo_table_prefix(name) if source.prefix is None else source.prefix

    def objects(self) -> list[str]:
        """The tables' names without the prefix, sorted."""
        pages = self._client.get_paginator("list_tables").paginate()
        names = [name for page in pages for name in page["TableNames"] if name.startswith(self._prefix)]
        return sorted(name.removeprefix(self._prefix) for name in names if name != self._prefix)

    def full_name(self, object: str) -> str:
        """DynamoDB's own name of a table."""
        return f"{self._prefix}{object}"

    def look(self, object: str, sample: int) -> "ObservedItems":
        """A table's key, and what some of its items hold; spread over the table, eventually consistent, each segment one page.

        Args:
            object: The table, without the prefix.
            sample: How many items are looked at, at most; 0 for none, which costs nothing.
        """
        from medallion.manifest.engines.dynamodb.attribute import ObservedItems

        name = self.full_name(object)
        table = self._client.describe_table(TableName=name)["Table"]
        kinds = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        # The partition key is told first.
        parts = sorted(table["KeySchema"], key=lambda part: part["KeyType"] != "HASH")
        found = ObservedItems(
            name=name,
            object=object,
            key=tuple((part["AttributeName"], kinds[part["AttributeName"]]) for part in parts),
            recovery=self._recovery(name),
            whole=sample > 0,
        )
        segments = min(SEGMENTS, sample)
        for segment in range(segments):
            page = self._client.scan(
                TableName=name,
                Limit=sample // segments + (segment < sample % segments),
                Segment=segment,
                TotalSegments=segments,
                ReturnConsumedCapacity="TOTAL",
            )
            for item in page["Items"]:
                found.look_at(item)
            found.whole = found.whole and "LastEvaluatedKey" not in page
            found.capacity += float(page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))
        return found

    def _recovery(self, name: str) -> bool | None:
        try:
            backups: dict[str, Any] = self._client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        except self._client.exceptions.ClientError as error:
            # Who may read items need not be allowed to see this.
            if error.response["Error"]["Code"] == "AccessDeniedException":
                return None
            raise
        return bool(backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED")


__all__ = ["ItemSource"]
