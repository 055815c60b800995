"""What the real SDK makes of the API's answers, good and bad."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from medallion.ingest.extraction.gemini import Gemini
from medallion.ingest.extraction.provider import Answer, Busy, ModelRefused, NoAnswer, Question, QuestionRefused
from tests.gemini_server import KEY, MODEL, GeminiServer
from tests.unit.ingest.extraction.feedback import INSTRUCTIONS, SCHEMA

LETTER = "The milk was sour, says Erna Beispiel."


async def _with(provider: Gemini, action: Callable[[Gemini], Awaitable[Answer]]) -> Answer:
    try:
        return await action(provider)
    finally:
        await provider.close()


def asked(server: GeminiServer, behaviour: str = "", *, key: str = KEY, model: str = MODEL, problem: str | None = None) -> Answer:
    """The answer about a letter in which a behaviour of the server stands."""
    provider = Gemini(model, key, base_url=server.url, timeout_seconds=1 if behaviour == "hang" else 30)
    question = Question(INSTRUCTIONS, SCHEMA, f"{LETTER}\n{behaviour and '{{' + behaviour + '}}'}", problem)
    return asyncio.run(_with(provider, lambda one: one.ask(question)))


def test_an_answer_comes_with_its_model_and_its_tokens(gemini: GeminiServer) -> None:
    answer = asked(gemini)
    assert answer.text.startswith('{"records": [{"topic": {"words": "The milk')
    assert answer.model == MODEL
    assert answer.input_tokens is not None
    assert answer.output_tokens == len(answer.text) // 4 + 3, "what it thought is paid as output"
    assert gemini.refused == []


def test_the_problem_of_the_answer_before_is_told(gemini: GeminiServer) -> None:
    assert asked(gemini, problem="enum: record 0, topic: must be one of quality, staff").text


@pytest.mark.parametrize("behaviour", ["429", "500", "503"])
def test_a_busy_model_is_asked_once_and_may_be_asked_again(gemini: GeminiServer, behaviour: str) -> None:
    with pytest.raises(Busy) as busy:
        asked(gemini, behaviour)
    assert (busy.value.retry_after_seconds, busy.value.may_cost) == (None, False)
    assert len(gemini.seen) == 1, "the SDK tries again by itself"


@pytest.mark.parametrize(("behaviour", "seconds"), [("429-after", 1.0), ("429-info", 0.5)])
def test_a_busy_model_says_when_to_come_back(gemini: GeminiServer, behaviour: str, seconds: float) -> None:
    with pytest.raises(Busy) as busy:
        asked(gemini, behaviour)
    assert busy.value.retry_after_seconds == seconds


@pytest.mark.parametrize("behaviour", ["hang", "drop", "half"])
def test_a_call_without_an_answer_may_have_cost_something(gemini: GeminiServer, behaviour: str) -> None:
    with pytest.raises(Busy) as busy:
        asked(gemini, behaviour)
    assert busy.value.may_cost
    assert len(gemini.seen) == 1


def test_a_model_that_cannot_be_reached_is_busy_and_cost_nothing() -> None:
    with pytest.raises(Busy) as busy:
        asked(GeminiServer(port=9))
    assert not busy.value.may_cost


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("safety", "safety"),
        ("blocked", "safety"),
        ("max-tokens", "length"),
        ("empty", "empty"),
        ("no-candidate", "empty"),
        ("continuation", "other"),
    ],
)
def test_no_answer_has_its_reason(gemini: GeminiServer, behaviour: str, code: str) -> None:
    with pytest.raises(NoAnswer) as refusal:
        asked(gemini, behaviour)
    assert refusal.value.code == code
    assert len(gemini.seen) == 1, "the SDK goes on by itself"
    assert refusal.value.answer.input_tokens


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param({"behaviour": "400-project"}, r"status 400 \(FAILED_PRECONDITION\): the key's project", id="no-billing"),
        pytest.param({"behaviour": "401"}, r"status 401 \(UNAUTHENTICATED\): the API key", id="unauthenticated"),
        pytest.param({"behaviour": "403"}, r"status 403 \(PERMISSION_DENIED\): the API key may not", id="forbidden"),
        pytest.param({"model": "no-such-model"}, r"status 404 \(NOT_FOUND\): there is no such model", id="unknown-model"),
        pytest.param({"key": "another"}, r"status 400 \(API_KEY_INVALID\): the API key is not accepted", id="wrong-key"),
    ],
)
def test_what_no_retry_cures_ends_the_run_and_tells_no_secret(gemini: GeminiServer, told: dict[str, str], sentence: str) -> None:
    with pytest.raises(ModelRefused, match=sentence) as refusal:
        asked(gemini, **told)
    assert KEY not in str(refusal.value)
    assert "document" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_refusal_that_may_be_the_documents_is_told_apart_and_costs_nothing(gemini: GeminiServer) -> None:
    with pytest.raises(QuestionRefused, match=r"request: the model answered with status 400 \(INVALID_ARGUMENT\), and takes") as refusal:
        asked(gemini, "400")
    assert (refusal.value.answer.input_tokens, refusal.value.answer.output_tokens) == (0, 0)
    assert "check the source's `model`, the settings" in str(refusal.value.refusal)
    for told in (str(refusal.value), str(refusal.value.refusal)):
        assert KEY not in told
        assert "document" not in told
    assert refusal.value.__cause__ is None


def test_another_version_than_asked_is_told_as_it_answered(gemini: GeminiServer) -> None:
    assert asked(gemini, "version").model == f"{MODEL}-002"


def test_tokens_that_are_not_told_are_unknown(gemini: GeminiServer) -> None:
    answer = asked(gemini, "no-usage")
    assert (answer.input_tokens, answer.output_tokens) == (None, None)


def test_a_slow_answer_is_an_answer(gemini: GeminiServer) -> None:
    assert asked(gemini, "slow").text


def test_the_server_refuses_a_schema_that_the_api_does_not_know(gemini: GeminiServer) -> None:
    provider = Gemini(MODEL, KEY, base_url=gemini.url)
    question = Question(INSTRUCTIONS, {"type": "object", "properties": {"number": {"type": "integer", "enum": ["1"]}}}, LETTER)
    with pytest.raises(QuestionRefused):
        asyncio.run(_with(provider, lambda one: one.ask(question)))
    assert gemini.refused == ["response_schema.properties[number].enum: only allowed for STRING type"]


def test_as_many_calls_are_on_their_way_as_a_source_may_ask_at_a_time(gemini: GeminiServer) -> None:
    gemini.latency = 2
    provider = Gemini(MODEL, KEY, base_url=gemini.url)
    questions = [Question(INSTRUCTIONS, SCHEMA, f"Letter {number}.") for number in range(256)]

    async def all_at_once() -> None:
        await asyncio.gather(*(provider.ask(one) for one in questions))
        await provider.close()

    asyncio.run(all_at_once())
    assert gemini.most == len(questions)


def test_the_package_is_imported_without_the_sdk() -> None:
    code = "import sys, medallion.ingest.extraction.gemini; sys.exit('google.genai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_neither_key_nor_text_is_logged(gemini: GeminiServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    asked(gemini)
    for behaviour in ("429-after", "hang", "400"):
        with pytest.raises((Busy, QuestionRefused)):
            asked(gemini, behaviour)
    assert KEY not in caplog.text
    assert "Erna" not in caplog.text
