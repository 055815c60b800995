"""Gemini by Google's own SDK, `google-genai`, which is imported when it is first asked: only this job brings it."""

import asyncio
import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from medallion.ingest.extraction.provider import Answer, Busy, ModelRefused, NoAnswer, Question, QuestionRefused

if TYPE_CHECKING:
    from google.genai import types

# Named here, so that no variable of the environment sends documents elsewhere.
BASE_URL = "https://generativelanguage.googleapis.com"
# Google's stable one, whatever the SDK takes by default.
API_VERSION = "v1"
# Some hundred records; a document that has more is split before it comes here.
ANSWER_TOKENS = 8192
_BLOCKED = frozenset("SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE IMAGE_SAFETY".split())
_REASON = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
# What is refused whatever the document says, with what to do.
_OF_ALL = {
    401: "the API key is not accepted; check the source's secret",
    403: "the API key may not use this model; check the key's restrictions and that its project has the Gemini API enabled",
    404: "there is no such model for this key; check `model` and `base_url` in the source's configuration",
}
# With status 400 Google says it in one word: of a wrong key, and of a project without billing or in a country that is not served.
_OF_KEYS = re.compile(r"API_KEY_[A-Z_]+")
_OF_PROJECTS = "FAILED_PRECONDITION"
_PROJECT = "the key's project may not use the API as it is; check its billing, and that Google offers the API where the job runs"
# A setting that the model does not take and a schema that it does not know are refused in the words in which one document is.
_OF_SOME = "check the source's `model`, the settings that this model takes (`thinking_budget`, `temperature`) and the contract's fields"


class Gemini:
    """A Gemini model of the Gemini API."""

    def __init__(
        self,
        model: str,
        api_key: str,
        *,
        base_url: str | None = None,
        temperature: float = 0.0,
        thinking_budget: int = 0,
        timeout_seconds: float = 60,
    ) -> None:
        from google import genai
        from google.genai import types

        base_url = base_url or BASE_URL
        # A server of this machine is reached without the proxy that the environment names.
        through = {"trust_env": urlsplit(base_url).hostname != "127.0.0.1"}
        self._client = genai.Client(
            api_key=api_key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=API_VERSION,
                timeout=round(timeout_seconds * 1000),
                # The only one who tries again is who also counts the money: with one attempt the SDK has none of its own.
                retry_options=types.HttpRetryOptions(attempts=1),
                async_client_args=through,
            ),
        )
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._temperature = temperature
        self._thinking_budget = thinking_budget
        self._configured: tuple[str, Mapping[str, Any], types.GenerateContentConfig] | None = None

    @property
    def model(self) -> str:
        """The model's name as configured."""
        return self._model

    @property
    def max_output_tokens(self) -> int:
        """The most tokens of an answer; what the model thinks counts as answered."""
        return ANSWER_TOKENS + self._thinking_budget

    async def ask(self, question: Question) -> Answer:
        """Asks once; see `Provider`."""
        import httpx2
        from google.genai import errors

        try:
            # The SDK's own timeout is of each read, so that an answer in drops would never end.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.aio.models.generate_content(
                    model=self._model, contents=_contents(question), config=self._configuration(question)
                )
        # What these errors say may quote the question; nothing of it is told, nor kept as their cause.
        except errors.APIError as error:
            raise _refusal(error, self._model) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise Busy("the model can't be reached") from None
        except (TimeoutError, httpx2.TimeoutException):
            raise Busy(f"the model did not answer within {self._timeout_seconds:g} s", may_cost=True) from None
        except httpx2.TransportError:
            raise Busy("the connection to the model was lost", may_cost=True) from None
        # A body that was cut off, or is none of the API's.
        except (errors.UnknownApiResponseError, ValueError):
            raise Busy("the model's response could not be read", may_cost=True) from None
        return _answer(response, self._model)

    async def close(self) -> None:
        """Gives back connections."""
        await self._client.aio.aclose()
        self._client.close()

    def _configuration(self, question: Question) -> "types.GenerateContentConfig":
        """What all questions of a run have in common, made once."""
        from google.genai import types

        kept = self._configured
        if kept is None or kept[0] != question.instructions or kept[1] is not question.schema:
            made = types.GenerateContentConfig(
                system_instruction=question.instructions,
                response_mime_type="application/json",
                # The SDK writes into what it is given.
                response_schema=types.Schema.model_validate(deepcopy(dict(question.schema))),
                temperature=self._temperature,
                candidate_count=1,
                max_output_tokens=self.max_output_tokens,
                thinking_config=types.ThinkingConfig(thinking_budget=self._thinking_budget),
                # It would call again by itself, and nobody would have reserved what that costs.
                automatic_continuation=False,
                automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            )
            kept = self._configured = (question.instructions, question.schema, made)
        return kept[2]


def _contents(question: Question) -> str | list[str]:
    # A part of its own: what the document says stays apart from what we say of the answer before.
    return question.text if question.problem is None else [question.text, _again(question.problem)]


def _again(problem: str) -> str:
    return f"Your last answer about this document was refused: {problem}\nAnswer again; rather leave a record out than guess."


def _answer(response: Any, model: str) -> Answer:
    usage = response.usage_metadata
    asked = usage.prompt_token_count if usage is not None else None
    written = usage.candidates_token_count if usage is not None else None
    if usage is not None and written is None and usage.total_token_count is not None and asked is not None:
        written = usage.total_token_count - asked
    elif usage is not None and written is not None:
        written += usage.thoughts_token_count or 0
    candidate = (response.candidates or [None])[0]
    parts = (candidate.content.parts if candidate is not None and candidate.content is not None else None) or []
    text = "".join(part.text or "" for part in parts if not part.thought)
    answer = Answer(text, response.model_version or model, asked, written)
    if response.prompt_feedback is not None and response.prompt_feedback.block_reason is not None:
        raise NoAnswer("safety", "the model's filter blocked the question", answer)
    reason = candidate.finish_reason.value if candidate is not None and candidate.finish_reason is not None else None
    if reason in _BLOCKED:
        raise NoAnswer("safety", "the model's filter blocked the answer", answer)
    if reason == "MAX_TOKENS":
        raise NoAnswer("length", "the answer was longer than an answer may be", answer)
    if reason not in (None, "STOP", "FINISH_REASON_UNSPECIFIED"):
        raise NoAnswer("other", "the model ended its answer for a reason of its own", answer)
    if not text.strip():
        raise NoAnswer("empty", "the model answered nothing", answer)
    return answer


def _refusal(error: Any, model: str) -> Busy | ModelRefused | QuestionRefused:
    status = int(error.code or 0)
    if status in (408, 429) or status >= 500:
        return Busy(f"the model answered with status {status}", retry_after_seconds=_retry_after(error))
    # Google's words for what is wrong, such as API_KEY_INVALID, are safe to show; its sentence may quote the question.
    words = [one for one in (*_details(error, "reason"), str(error.status)) if _REASON.fullmatch(one)]
    found = f"the model answered with status {status}" + (f" ({words[0]})" if words else "")
    if any(_OF_KEYS.fullmatch(word) for word in words):
        status = 401 if status == 400 else status
    advice = _PROJECT if status == 400 and _OF_PROJECTS in words else _OF_ALL.get(status)
    return ModelRefused(f"{found}: {advice}") if advice is not None else QuestionRefused(found, _OF_SOME, model)


def _retry_after(error: Any) -> float | None:
    """Seconds that the provider asks to wait, in the header or, as Google's APIs do, in the body."""
    headers = getattr(error.response, "headers", None) or {}
    told = str(headers.get("retry-after") or "")
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        pass
    delays = [match for match in (re.fullmatch(r"(\d+(?:\.\d+)?)s", one) for one in _details(error, "retryDelay")) if match]
    return float(delays[0][1]) if delays else None


def _details(error: Any, name: str) -> list[str]:
    content = error.details if isinstance(error.details, dict) else {}
    inner = content.get("error", content)
    details = inner.get("details", []) if isinstance(inner, dict) else []
    return [str(one[name]) for one in details if isinstance(one, dict) and name in one] if isinstance(details, list) else []
