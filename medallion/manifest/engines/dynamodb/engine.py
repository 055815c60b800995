"""The engine `dynamodb`."""

from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.engines.dynamodb.types import check_export_key, dynamodb_type
from medallion.manifest.engines.engine import Engine, Way
from medallion.manifest.model import Column
from medallion.manifest.names import DELETED, WRITTEN_AT

_IMAGES = (
    Column(name=DELETED, type="boolean", classification="internal", description="Whether the item is gone; then only its key is there."),
    Column(
        name=WRITTEN_AT,
        type="timestamp",
        classification="internal",
        description="When DynamoDB wrote it, UTC; for a row of a full export, the export's moment.",
    ),
)

DYNAMODB = Engine(
    name="dynamodb",
    settings=DynamoDbSource,
    ways=(
        Way(
            "export",
            whole="an export's windows are chained by DynamoDB's own time of writing",
            no_range="exports follow each other without a gap; the next one is read, as in each run",
            adds=_IMAGES,
            no_sequence=f"an export is ordered by {WRITTEN_AT}, DynamoDB's own time of writing",
        ),
    ),
    column_type=dynamodb_type,
    check=check_export_key,
)
