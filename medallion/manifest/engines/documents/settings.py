"""What the configuration says of documents that are uploaded."""

from typing import Annotated, Literal

from pydantic import Field

from medallion.manifest.engines.source import SourceSettings


class DocumentSource(SourceSettings):
    """A logical source that is text documents, which are uploaded to `<source>/…` in the lake's landing bucket.

    Attributes:
        engine: `documents`.
        largest_bytes: The largest document that comes in, up to 20,000,000.
        suffixes: What names may end with; all are UTF-8 text.
        batch_seconds: Documents that come within so many seconds start one run, 10 to 840 (SQS holds a message for 15 minutes at most).
        demo: Whether `lake seed` may upload the sample's documents.
    """

    engine: Literal["documents"]
    largest_bytes: Annotated[int, Field(ge=1, le=20_000_000)] = 1_000_000
    suffixes: Annotated[tuple[Literal[".txt", ".md"], ...], Field(min_length=1)] = (".txt", ".md")
    batch_seconds: Annotated[int, Field(ge=10, le=840)] = 60
    demo: bool = False
