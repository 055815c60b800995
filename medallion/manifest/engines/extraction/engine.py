"""The engine `extraction`."""

from medallion.manifest.engines.engine import Engine, Way
from medallion.manifest.engines.extraction.columns import check_extraction, extraction_of, field_type
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import Column
from medallion.manifest.names import DELETED, EVIDENCE, REFUSED, WRITTEN_AT

_ADDED = (
    Column(
        name=DELETED,
        type="boolean",
        classification="internal",
        description="Whether the document has no such record, or has it no more; then only the key is there.",
    ),
    Column(name=WRITTEN_AT, type="timestamp", classification="internal", description="When the answer came, UTC."),
    Column(name=REFUSED, type="string", description="Why the answer was refused: a code and a sentence; null where it was not."),
    Column(
        name=EVIDENCE,
        type="map<string,struct<words:string,start:int,end:int>>",
        description="Field to the words of the document that its value came from, and where they are in its text, in characters.",
    ),
    Column(name="_answer", type="string", description="The key of the raw answer in the bronze bucket."),
    Column(name="_model", type="string", classification="internal", description="The model that answered, by its own name."),
    Column(name="_prompt_version", type="string", classification="internal", description="The hash of what the model was asked."),
    # Those that follow are of the document, and stand in the row of its record 0 only, so that sums are right.
    Column(
        name="_attempts", type="int", classification="internal", description="How often the document was asked about; of record 0 only."
    ),
    Column(name="_input_tokens", type="bigint", classification="internal", description="Tokens of all its questions; of record 0 only."),
    Column(name="_output_tokens", type="bigint", classification="internal", description="Tokens of all its answers; of record 0 only."),
    Column(name="_cost_usd", type="decimal(18,9)", classification="internal", description="What they cost, USD; of record 0 only."),
    Column(
        name="_latency_ms",
        type="bigint",
        classification="internal",
        description="How long its answers took, milliseconds; of record 0 only.",
    ),
)

EXTRACTION = Engine(
    name="extraction",
    settings=ExtractionSource,
    ways=(
        Way(
            "extraction",
            whole="an extraction goes on after the documents that it has asked about",
            no_range="a document is asked about once for each model and prompt; those that are new are asked about, as in each run",
            adds=_ADDED,
            no_sequence=f"records are ordered by {WRITTEN_AT}, when their answer came",
        ),
    ),
    column_type=field_type,
    check=check_extraction,
    has_catalog=False,
    extracts=extraction_of,
)
