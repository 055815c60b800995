"""The settings of a source of any engine, told apart by the field `engine`."""

from typing import Annotated

from pydantic import Field

from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.engines.postgres.settings import PostgresSource

Source = Annotated[PostgresSource | DynamoDbSource | DocumentSource | ExtractionSource, Field(discriminator="engine")]
