"""What a model extracts for a product."""

from pyspark.sql import SparkSession

from medallion.arguments import Run
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.outcomes import Outcome


def ingest_extraction(spark: SparkSession, run: Run, source: str, settings: ExtractionSource) -> tuple[Outcome, ...]:
    """Asks a model about the documents that are new, and appends what it finds to bronze.

    Args:
        spark: The session.
        run: The run.
        source: The logical source.
        settings: What it is in this environment.
    """
    raise NotImplementedError("an extraction is not run yet")
