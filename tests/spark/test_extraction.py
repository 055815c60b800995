"""Documents become rows: asked about once, in bronze with their evidence, in silver or quarantine, within the budget."""

import json
from collections.abc import Iterator
from decimal import Decimal

import boto3
import pytest

from medallion.ingest.extraction.provider import Question
from medallion.ingest.extraction.source import ingest_extraction
from medallion.ingest.extraction.tokens import most_input_tokens
from medallion.manifest.engines.extraction.request import instructions, response_schema
from medallion.manifest.engines.extraction.settings import Budget, ExtractionSource, Price
from medallion.manifest.model import BronzeTable, Column, SilverTable
from medallion.outcomes import Outcome
from tests.gemini_server import KEY, MODEL, GeminiServer, good
from tests.spark.lake import Lake
from tests.spark.test_documents import BEGINNING, LETTERS, Post
from tests.unit.ingest.extraction.feedback import EXTRACTION, TABLE

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

KEY_COLUMNS = (Column(name="document_id", type="string"), Column(name="record", type="bigint"))
FEEDBACK = BronzeTable(
    product="shop",
    name=TABLE,
    contract="contracts/shop/bronze/feedback.yaml",
    version="1.0.0",
    columns=(*KEY_COLUMNS, Column(name="topic", type="string"), Column(name="said", type="string")),
    source="voice",
    object="feedback",
    mode="extraction",
    key=("document_id", "record"),
    extraction=EXTRACTION.model_copy(update={"documents": LETTERS.name}),
)
SILVER = SilverTable(
    product="shop",
    name="feedback",
    contract="contracts/shop/silver/feedback.yaml",
    version="1.0.0",
    columns=(
        Column(name="document_id", type="string", required=True),
        Column(name="record", type="bigint", required=True),
        Column(name="topic", type="string", required=True),
        Column(name="words", type="string", expression="_evidence['topic'].words"),
    ),
    input=FEEDBACK.name,
    key=("document_id", "record"),
    maximum_deleted_share=1.0,
)
SETTINGS = ExtractionSource(
    engine="extraction",
    provider="gemini",
    model=MODEL,
    secret="voice/gemini",
    concurrency=2,
    price=Price(input=Decimal("0.75"), output=Decimal("3.75")),
    budget=Budget(run=Decimal(10), month=Decimal(100)),
)


class Desk:
    """A lake whose letters a model reads."""

    def __init__(self, lake: Lake, post: Post, model: GeminiServer) -> None:
        self.lake, self.post, self.model = lake, post, model
        self.settings = SETTINGS.model_copy(update={"base_url": model.url})

    def letters(self, *texts: str) -> None:
        for text in texts:
            self.post.accept(text.encode(), BEGINNING)
        self.post.ingest()

    def read(self, action: str | None = None) -> Outcome:
        """What became of the table of what the model found."""
        run = self.lake._run(None).model_copy(update={"action": action})
        (outcome,) = ingest_extraction(self.lake.spark, run, "voice", self.settings)
        assert outcome.error is None
        return outcome

    def found(self) -> list[tuple[str, str]]:
        """Topic and evidence of each record in silver."""
        self.lake.refine()
        return sorted((row.topic, row.words) for row in self.lake.rows("silver", "feedback"))

    def refused(self) -> list[str]:
        rows = self.lake.rows("silver", "feedback__quarantine", "_rules, get_json_object(_row, '$._refused') AS why")
        assert {tuple(row["_rules"]) for row in rows} <= {("answer.refused",)}
        return sorted(row.why.partition(":")[0] for row in rows)


@pytest.fixture
def desk(lake: Lake) -> Iterator[Desk]:
    lake.tables = (LETTERS, FEEDBACK, SILVER)
    assert {outcome.error for outcome in lake.apply().values()} == {None}
    secrets = boto3.client("secretsmanager")
    secret = f"{lake.names.prefix}/gemini"
    secrets.create_secret(Name=secret, SecretString=json.dumps({"api_key": KEY}))
    with GeminiServer().running() as model:
        made = Desk(lake, Post(lake), model)
        made.settings = made.settings.model_copy(update={"secret": secret})
        yield made


def test_each_document_is_asked_about_once_and_has_one_fate(desk: Desk) -> None:
    kept = ("The quality is poor", "- a price of 3\n- no quality", "{{none}} Good morning", "{{enum x1}} the price")
    desk.letters(*kept, "{{evidence}} price", "{{400}} quality")
    outcome = desk.read()
    assert outcome.rows == {"read": 7, "documents": 6, "without_records": 1, "refused": 2, "calls": 9}
    assert desk.found() == [
        ("price", "a price of 3"),
        ("price", "the price"),
        ("quality", "The quality is poor"),
        ("quality", "no quality"),
    ]
    assert desk.refused() == ["evidence", "request"]
    rows = desk.lake.rows("bronze", FEEDBACK.name)
    taken = [row for row in rows if row._attempts is not None]
    assert [row.record for row in taken] == [0] * 6
    assert sum(row._attempts for row in taken) == len(desk.model.seen) == 9, "a control question is a call too"
    assert all(row._cost_usd > 0 and row._input_tokens > 0 and row._model == MODEL for row in taken)
    # Nothing is asked again, and nothing is written.
    before = desk.lake.metadata_locations()
    assert desk.read().outcome == "unchanged"
    assert (len(desk.model.seen), desk.lake.metadata_locations()) == (9, before)
    desk.letters("One more about price")
    assert desk.read().rows == {"read": 1, "documents": 1, "without_records": 0, "refused": 0, "calls": 1}


def test_another_question_is_asked_about_all_and_records_that_are_gone_are_deleted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.letters("- price one\n- quality two", "quality alone", "{{evidence}} price")
    desk.read()
    assert desk.found() == [("price", "price one"), ("quality", "quality alone"), ("quality", "quality two")]
    assert FEEDBACK.extraction is not None
    changed = FEEDBACK.extraction.model_copy(update={"instruction": "Find the first thing that a shopper says."})
    desk.lake.with_tables(FEEDBACK.model_copy(update={"extraction": changed}))
    monkeypatch.setattr("tests.gemini_server.good", lambda schema, text: {"records": good(schema, text)["records"][:1]})
    asked = len(desk.model.seen)
    assert desk.read().rows == {"read": 4, "documents": 3, "without_records": 0, "refused": 1, "calls": 4}
    assert len(desk.model.seen) == asked + 4
    assert desk.found() == [("price", "price one"), ("quality", "quality alone")]


def test_a_refused_answer_is_asked_for_again_when_a_person_wants_it(desk: Desk) -> None:
    desk.letters("{{enum x2}} the quality", "{{evidence}} price", "{{400 x1}} the price")
    assert desk.read().rows["refused"] == 3
    assert (desk.found(), desk.refused()) == ([], ["enum", "evidence", "request"])
    assert desk.read().outcome == "unchanged"
    rows = desk.read("replay").rows
    assert (rows["documents"], rows["refused"]) == (3, 1)
    assert desk.found() == [("price", "the price"), ("quality", "the quality")]


def test_what_the_budget_does_not_pay_for_waits_for_the_next_run(desk: Desk) -> None:
    desk.letters("quality one", "price two", "quality three")
    # Enough for the worst price of one question about a letter, and not for that of a second one beside what the first has cost.
    assert FEEDBACK.extraction is not None
    question = Question(instructions(FEEDBACK.extraction), response_schema(FEEDBACK.extraction), "quality three")
    price = Price(input=Decimal(10), output=Decimal("0.01"))
    worst = (most_input_tokens(question) * price.input / 1_000_000).quantize(Decimal("0.0001")) + Decimal("0.001")
    budget = Budget(run=worst, month=Decimal(1))
    desk.settings = desk.settings.model_copy(update={"concurrency": 1, "price": price, "budget": budget})
    told = []
    while rows := desk.read().rows:
        told.append((rows["documents"], rows.get("waiting", 0)))
    assert told == [(1, 2), (1, 1), (1, 0)]
    assert len(desk.model.seen) == 3
    assert len(desk.found()) == 3
