"""Gemini by Google's own SDK, `google-genai`, which is imported when it is first asked: only this job brings it.

What the SDK is given as `types`, it copies and checks anew at each call: a third of what a call takes of the processor. So it is given
the part of a request that is the same for all questions of a run as a body that is made once, and its answer is read here.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from medallion.ingest.extraction.provider import Answer, Busy, ModelRefused, NoAnswer, Question, QuestionRefused

if TYPE_CHECKING:
    from google import genai

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


class _Told(BaseModel):
    """A part of the API's response, of which only what is asked here is read."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)


class _Part(_Told):
    text: str | None = None
    thought: bool | None = None


class _Content(_Told):
    parts: list[_Part] | None = None


class _Candidate(_Told):
    content: _Content | None = None
    finish_reason: str | None = None


class _Usage(_Told):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    total_token_count: int | None = None


class _Feedback(_Told):
    block_reason: str | None = None


class _Response(_Told):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    prompt_feedback: _Feedback | None = None
    model_version: str | None = None


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
        import httpx2
        from google.genai import types

        self._model = model
        self._api_key = api_key
        self._base_url = base_url or BASE_URL
        self._timeout_seconds = timeout_seconds
        self._temperature = temperature
        self._thinking_budget = thinking_budget
        # One of ours: the SDK's keeps twenty connections open, and is another library's wherever the runtime has aiohttp, with other errors.
        self._http = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
            # A server of this machine is reached without the proxy that the environment names.
            trust_env=urlsplit(self._base_url).hostname != "127.0.0.1",
        )

        class Unsearched:
            # The SDK asks some sixty times a call what is `in` these before it looks; pydantic goes through all fields to say no.
            def __contains__(self, name: object) -> bool:
                return False

        class EachCall(Unsearched, types.GenerateContentConfig):
            pass

        class EachContent(Unsearched, types.Content):
            pass

        class EachPart(Unsearched, types.Part):
            pass

        def content(parts: Sequence[str]) -> types.Content:
            return EachContent(role="user", parts=[EachPart(text=part) for part in parts])

        self._content = content
        self._each_call = EachCall(
            should_return_http_response=True,
            # It would call again by itself, and nobody would have reserved what that costs.
            automatic_continuation=False,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        self._asking: tuple[str, Mapping[str, Any], genai.Client] | None = None

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

        client = self._client(question)
        try:
            # The SDK's own timeout is of each read, so that an answer in drops would never end.
            async with asyncio.timeout(self._timeout_seconds):
                response = await client.aio.models.generate_content(
                    model=self._model, contents=self._content(_parts(question)), config=self._each_call
                )
            told = response.sdk_http_response
            content = _Response.model_validate_json((told.body if told is not None else None) or "")
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
        return _answer(content, self._model)

    async def close(self) -> None:
        """Gives back connections."""
        if self._asking is not None:
            await self._asking[2].aio.aclose()
            self._asking[2].close()
        await self._http.aclose()

    def _client(self, question: Question) -> "genai.Client":
        """The SDK with what all questions of a run have in common."""
        from google import genai
        from google.genai import types

        kept = self._asking
        if kept is None or kept[0] != question.instructions or kept[1] is not question.schema:
            client = genai.Client(
                api_key=self._api_key,
                vertexai=False,
                http_options=types.HttpOptions(
                    base_url=self._base_url,
                    api_version=API_VERSION,
                    timeout=round(self._timeout_seconds * 1000),
                    # The only one who tries again is who also counts the money: with one attempt the SDK has none of its own.
                    retry_options=types.HttpRetryOptions(attempts=1),
                    httpx_async_client=self._http,
                    extra_body=self._body(question),
                ),
            )
            kept = self._asking = (question.instructions, question.schema, client)
        return kept[2]

    def _body(self, question: Question) -> dict[str, Any]:
        from google.genai import types

        return {
            "systemInstruction": {"parts": [{"text": question.instructions}]},
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseSchema": types.Schema.model_validate(question.schema).model_dump(mode="json", by_alias=True, exclude_none=True),
                "temperature": self._temperature,
                "candidateCount": 1,
                "maxOutputTokens": self.max_output_tokens,
                "thinkingConfig": {"thinkingBudget": self._thinking_budget},
            },
        }


def _parts(question: Question) -> tuple[str, ...]:
    # A part of its own: what the document says stays apart from what we say of the answer before.
    return (question.text,) if question.problem is None else (question.text, _again(question.problem))


def _again(problem: str) -> str:
    return f"Your last answer about this document was refused: {problem}\nAnswer again; rather leave a record out than guess."


def _answer(response: _Response, model: str) -> Answer:
    usage = response.usage_metadata
    asked = usage.prompt_token_count if usage is not None else None
    written = usage.candidates_token_count if usage is not None else None
    if usage is not None and written is None and usage.total_token_count is not None and asked is not None:
        written = usage.total_token_count - asked
    elif usage is not None and written is not None:
        written += usage.thoughts_token_count or 0
    candidate = response.candidates[0] if response.candidates else _Candidate()
    parts = (candidate.content.parts if candidate.content is not None else None) or []
    text = "".join(part.text or "" for part in parts if not part.thought)
    answer = Answer(text, response.model_version or model, asked, written)
    if response.prompt_feedback is not None and response.prompt_feedback.block_reason is not None:
        raise NoAnswer("safety", "the model's filter blocked the question", answer)
    reason = candidate.finish_reason
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
