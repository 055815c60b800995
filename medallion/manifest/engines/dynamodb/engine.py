"""The engine `dynamodb`."""

from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.engines.dynamodb.types import check_export_key, dynamodb_type
from medallion.manifest.engines.engine import Engine, Way

DYNAMODB = Engine(
    name="dynamodb",
    settings=DynamoDbSource,
    ways=(
        Way(
            "export",
            whole="an export's windows are chained by DynamoDB's own time of writing",
            no_range="exports follow each other without a gap; the next one is read, as in each run",
        ),
    ),
    column_type=dynamodb_type,
    check=check_export_key,
)
