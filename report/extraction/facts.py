"""What is known of a table that a model extracts from documents, as values."""

from datetime import date, datetime
from decimal import Decimal

from medallion.manifest.frozen import Frozen
from report.extraction.agreement import Agreement


class Asked(Frozen):
    """Who was asked what.

    Attributes:
        model: The model, by its own name.
        prompt_version: What it was asked, as a hash.
    """

    model: str
    prompt_version: str


class Asking(Frozen):
    """What became of the documents that one model was asked one thing about; each counts by its last answer.

    Attributes:
        asked: Who was asked what.
        held: The documents that the table of documents has.
        documents: Those that the model was asked about.
        with_records: Documents that have records.
        without_records: Documents that have none.
        refused: Documents whose answer was refused.
        records: The records of all of them.
        calls: Calls of the model that were answered, or may have been.
        further_calls: Calls after a document's first one.
        input_tokens: Of all calls.
        output_tokens: Of all calls.
        cost_usd: Of all calls; 0 where the model has no price.
        last_at: When the last answer came, UTC.
    """

    asked: Asked
    held: int
    documents: int
    with_records: int
    without_records: int
    refused: int
    records: int
    calls: int
    further_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    last_at: datetime

    @property
    def balances(self) -> bool:
        """Whether each document is in one of the three."""
        return self.documents == self.with_records + self.without_records + self.refused


class RefusedAnswers(Frozen):
    """Documents whose last answer was refused for one reason.

    Attributes:
        asked: Who was asked what.
        reason: The reason; it holds no word of a document.
        documents: How many.
    """

    asked: Asked
    reason: str
    documents: int


class WeekOfValue(Frozen):
    """Records of one week that have one value in the leading field.

    Attributes:
        value: The value; None where a record has none.
        week: Its Monday; None where the record tells no time.
        records: How many.
    """

    value: str | None
    week: date | None
    records: int


class Compared(Frozen):
    """What one model found, held against what is known.

    Attributes:
        asked: Who was asked what.
        agreement: How far they agree.
    """

    asked: Asked
    agreement: Agreement


class ExtractedTable(Frozen):
    """A bronze table that is extracted.

    Attributes:
        table: Its plain name.
        provider: Who is asked by the environment's configuration; empty where that no longer knows the source.
        askings: By model and prompt version, the last one first.
        refused: Why answers were refused, the most frequent reason first.
        weeks: The leading field's values by week.
        known: Of how many documents of this table it is known what is in them.
        compared: What was found in them, by model and prompt version, in the order of `askings`.
    """

    table: str
    provider: str
    askings: tuple[Asking, ...] = ()
    refused: tuple[RefusedAnswers, ...] = ()
    weeks: tuple[WeekOfValue, ...] = ()
    known: int = 0
    compared: tuple[Compared, ...] = ()
