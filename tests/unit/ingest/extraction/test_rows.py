"""The rows of a document have the columns that its table has."""

from datetime import UTC, datetime

from medallion.ingest.extraction.answers import Answers
from medallion.ingest.extraction.rows import bronze_rows
from medallion.manifest.engines.registry import way_of
from tests.unit.ingest.extraction.feedback import EXTRACTION


def test_a_row_has_the_columns_of_the_contract_and_those_that_the_way_adds() -> None:
    answers = Answers(document_id="d", prompt_version="v", model="m", parts=(), outcome="none", ended_at=datetime(2026, 1, 1, tzinfo=UTC))
    (row,) = bronze_rows(answers, EXTRACTION, "", "key")
    expected = {
        "document_id",
        "record",
        *(field.name for field in EXTRACTION.fields),
        *(column.name for column in way_of("extraction").adds),
    }
    assert row.keys() == expected
    assert (row["record"], row["_is_deleted"], row["_refused"]) == (0, True, None)
