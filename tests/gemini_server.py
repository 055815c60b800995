"""Gemini's REST API on 127.0.0.1 for the real SDK: strict about what it is asked, and as bad as a test wants it to be.

What it does with a document stands in the document: `{{503 x2}} {{enum x1}}` answers the first two questions about it with 503, the third
with a value that is no choice, and all that follow well; `{{drop}}` never answers well. It is also a process for `lake run` and the
benchmark: `python tests/gemini_server.py [--port 4790] [--key KEY] [--latency SECONDS]`, which a source's `base_url` names.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MODEL = "gemini-3.8-flash"
KEY = "a-key-of-the-test"
SLOW_SECONDS = 0.3
_MARK = re.compile(r"\{\{([a-z0-9-]+)(?: x(\d+))?\}\}")
_PATH = re.compile(r"/v1/models/([A-Za-z0-9._-]+):generateContent")

type Json = dict[str, Any]
type Reply = tuple[int, Json, Mapping[str, str]]


class BadRequest(Exception):
    """What the API would refuse with 400."""


# --- What it is asked: https://ai.google.dev/api/generate-content, what is not named there is refused as the API does.
_STRING, _NUMBER, _INTEGER = "STRING", "NUMBER", "INTEGER"
_SCHEMA: dict[str, Callable[[Any], bool]] = {
    "type": lambda value: value in (_STRING, _NUMBER, _INTEGER, "BOOLEAN", "ARRAY", "OBJECT", "NULL"),
    "format": lambda value: isinstance(value, str),
    "title": lambda value: isinstance(value, str),
    "description": lambda value: isinstance(value, str),
    "nullable": lambda value: isinstance(value, bool),
    "enum": lambda value: isinstance(value, list) and bool(value) and all(isinstance(one, str) and one for one in value),
    "minItems": lambda value: str(value).isdigit(),
    "maxItems": lambda value: str(value).isdigit(),
    "properties": lambda value: isinstance(value, dict) and bool(value),
    "required": lambda value: isinstance(value, list),
    "minLength": lambda value: str(value).isdigit(),
    "maxLength": lambda value: str(value).isdigit(),
    "pattern": lambda value: isinstance(value, str),
    "example": lambda _value: True,
    "anyOf": lambda value: isinstance(value, list),
    "propertyOrdering": lambda value: isinstance(value, list),
    "items": lambda value: isinstance(value, dict),
    "minimum": lambda value: isinstance(value, (int, float)),
    "maximum": lambda value: isinstance(value, (int, float)),
}
_CONFIGURATION: dict[str, Callable[[Any], bool]] = {
    "responseMimeType": lambda value: value == "application/json",
    "responseSchema": lambda value: isinstance(value, dict),
    "temperature": lambda value: isinstance(value, (int, float)) and 0 <= value <= 2,
    "candidateCount": lambda value: value == 1,
    "maxOutputTokens": lambda value: isinstance(value, int) and value > 0,
    "thinkingConfig": lambda value: isinstance(value, dict) and [*_camel(value)] == ["thinkingBudget"] and min(value.values()) >= 0,
}


def _camel(value: Json) -> Json:
    """An object with its names as the reference has them; the API takes those of its own protocol, `property_ordering`, as well."""
    return {re.sub(r"_([a-z])", lambda match: match[1].upper(), name): inner for name, inner in value.items()}


def check_schema(schema: Any, where: str = "response_schema") -> None:
    """Raises BadRequest unless a schema is one of the API's."""
    schema = _named(schema, _SCHEMA, where)
    kind = schema.get("type")
    if kind is None and "anyOf" not in schema:
        raise BadRequest(f"{where}.type: must be specified")
    if kind == "OBJECT":
        properties = schema.get("properties")
        if not properties:
            raise BadRequest(f"{where}.properties: should be non-empty for OBJECT type")
        for name in ("required", "propertyOrdering"):
            if not set(schema.get(name, [])) <= properties.keys():
                raise BadRequest(f"{where}.{name}: property is not defined")
        for name, inner in properties.items():
            check_schema(inner, f"{where}.properties[{name}]")
    if kind == "ARRAY":
        if "items" not in schema:
            raise BadRequest(f"{where}.items: missing field")
        check_schema(schema["items"], f"{where}.items")
    if "enum" in schema and kind != _STRING:
        raise BadRequest(f"{where}.enum: only allowed for STRING type")
    if {"minimum", "maximum"} & schema.keys() and kind not in (_NUMBER, _INTEGER):
        raise BadRequest(f"{where}: a range is only allowed for NUMBER and INTEGER type")


def check_request(body: Any) -> None:
    """Raises BadRequest unless a body is one of the API's, and asks for JSON by a schema."""
    _named(body, dict.fromkeys(("contents", "systemInstruction", "generationConfig"), bool), "request")
    if body.keys() != {"contents", "systemInstruction", "generationConfig"}:
        raise BadRequest("contents is not specified")
    for content in [*body["contents"], body["systemInstruction"]]:
        parts = content.get("parts")
        if not isinstance(parts, list) or not parts or any(one.keys() != {"text"} or not one["text"] for one in parts):
            raise BadRequest("contents.parts must not be empty")
    if [content.get("role") for content in body["contents"]] != ["user"]:
        raise BadRequest("Please use a valid role: user, model.")
    _named(body["generationConfig"], _CONFIGURATION, "generation_config")
    if body["generationConfig"].keys() != _CONFIGURATION.keys():
        raise BadRequest(f"this test wants all of {', '.join(_CONFIGURATION)}")
    check_schema(body["generationConfig"]["responseSchema"])


def _named(value: Any, known: Mapping[str, Callable[[Any], bool]], where: str) -> Json:
    if not isinstance(value, dict):
        raise BadRequest(f"{where}: must be an object")
    named = _camel(value)
    for name, inner in named.items():
        if name not in known:
            raise BadRequest(f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.")
        if not known[name](inner):
            raise BadRequest(f"Invalid value at '{where}.{name}'")
    return named


# --- What it answers.
_LANGEXTRACT = "extractions"


def good(schema: Json, text: str) -> Json:
    """An answer by the schema: a record for each line that begins with a dash, else one of the first line."""
    if _LANGEXTRACT in schema["properties"]:
        return _extractions(schema["properties"][_LANGEXTRACT]["items"], text)
    lines = [line.removeprefix("- ").strip() for line in text.splitlines() if line.startswith("- ")]
    plain = [line.strip() for line in _MARK.sub("\n", text).splitlines() if line.strip()]
    return {"records": [_record(schema["properties"]["records"]["items"], line) for line in lines or plain[:1]]}


def _extractions(schema: Json, prompt: str) -> Json:
    """What langextract asks for by a schema of its own; the document is the last question of its prompt."""
    line = prompt.rpartition("\nQ: ")[2].partition("\n")[0]
    values = {name: _value(inner, line) for name, inner in schema["properties"].items() if inner["type"] != "OBJECT"}
    attributes = {name: dict.fromkeys(inner["properties"], line) for name, inner in schema["properties"].items() if name not in values}
    return {_LANGEXTRACT: [values | attributes]}


def _record(schema: Json, line: str) -> Json:
    return {name: {"words": line, "value": _value(inner["properties"]["value"], line)} for name, inner in schema["properties"].items()}


def _value(schema: Json, line: str) -> Any:
    if "enum" in schema:
        return next((one for one in schema["enum"] if one.lower() in line.lower()), schema["enum"][0])
    if schema["type"] in (_NUMBER, _INTEGER):
        number = re.search(r"\d+", line)
        return int(number[0]) if number else schema.get("minimum", 1)
    if schema["type"] == "BOOLEAN":
        return True
    if "YYYY-MM-DDThh" in schema.get("description", ""):
        return "2026-01-31T12:00:00Z"
    return "2026-01-31" if "YYYY-MM-DD" in schema.get("description", "") else line


def _altered(schema: Json, text: str, name: str, value: Any) -> str:
    answer = good(schema, text)
    for record in answer["records"]:
        for one in record.values():
            one[name] = value
    return json.dumps(answer)


def _response(text: str | None, asked: str, model: str, finish: str = "STOP") -> Json:
    content: Json = {"role": "model"} if text is None else {"role": "model", "parts": [{"text": text}]}
    tokens = {"promptTokenCount": len(asked) // 4 + 1, "candidatesTokenCount": len(text or "") // 4, "thoughtsTokenCount": 3}
    return {
        "candidates": [{"content": content, "finishReason": finish, "index": 0}],
        "usageMetadata": {**tokens, "totalTokenCount": sum(tokens.values())},
        "modelVersion": model,
        "responseId": "answer",
    }


def _error(status: int, word: str, details: list[Json] | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    # The real one quotes what it was asked now and then, so that a test sees whether that gets out.
    content = {"code": status, "message": f"refused, you sent {KEY} and a document", "status": word, "details": details or []}
    return status, {"error": content}, headers or {}


_ERRORS: dict[str, Reply] = {
    "429": _error(429, "RESOURCE_EXHAUSTED"),
    "429-after": _error(429, "RESOURCE_EXHAUSTED", headers={"Retry-After": "1"}),
    "429-info": _error(429, "RESOURCE_EXHAUSTED", [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.5s"}]),
    "429-tomorrow": _error(429, "RESOURCE_EXHAUSTED", headers={"Retry-After": "86400"}),
    "500": _error(500, "INTERNAL"),
    "503": _error(503, "UNAVAILABLE"),
    "400": _error(400, "INVALID_ARGUMENT"),
    "400-project": _error(400, "FAILED_PRECONDITION"),
    "401": _error(401, "UNAUTHENTICATED"),
    "403": _error(403, "PERMISSION_DENIED"),
}
_NO_KEY = _error(400, "INVALID_ARGUMENT", [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}])
_NO_MODEL = _error(404, "NOT_FOUND")


def reply(behaviour: str, schema: Json, text: str, asked: str, model: str) -> Reply:
    """The response to a question that is well-formed."""
    if behaviour in _ERRORS:
        return _ERRORS[behaviour]
    return 200, _content(behaviour, _answer(behaviour, schema, text), asked, model), {}


def _answer(behaviour: str, schema: Json, text: str) -> str:
    answer = json.dumps(good(schema, text), ensure_ascii=False)
    match behaviour:
        case "none":
            return '{"records": []}'
        case "cut":
            return answer[: len(answer) // 2]
        case "enum":
            return _altered(schema, text, "value", "no choice at all")
        case "evidence":
            return _altered(schema, text, "words", "words that nobody wrote")
        case "extra":
            return json.dumps({"records": [record | {"sentiment": None} for record in good(schema, text)["records"]]})
        case "prose":
            return f"Here it is:\n```json\n{answer}\n```"
    return answer


def _content(behaviour: str, answer: str, asked: str, model: str) -> Json:
    content = _response(answer, asked, model)
    match behaviour:
        case "empty":
            return _response(None, asked, model)
        case "no-candidate":
            return {**_response(None, asked, model), "candidates": []}
        case "max-tokens":
            return _response(answer[: len(answer) // 2], asked, model, "MAX_TOKENS")
        case "continuation":
            return _response(answer[: len(answer) // 2], asked, model, "CONTINUATION") | {"continuationToken": "dG9rZW4="}
        case "safety":
            return _response(None, asked, model, "SAFETY")
        case "blocked":
            return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}}
        case "version":
            return content | {"modelVersion": f"{model}-002"}
        case "no-usage":
            del content["usageMetadata"]
    return content


@dataclass
class GeminiServer:
    """The server, in a thread of its own.

    Attributes:
        latency: Seconds before each response.
        takes_none: Whether every question is refused as if a setting were wrong.
        seen: The text of each question that was well-formed, in order.
        refused: Why others were not.
        most: How many questions were open at most at a time.
    """

    latency: float = 0.0
    port: int = 0
    key: str = KEY
    takes_none: bool = False
    seen: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    most: int = 0
    _open: int = 0
    _calls: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """What `base_url` names."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator["GeminiServer"]:
        """Runs it."""
        ready, loop = threading.Event(), asyncio.new_event_loop()
        thread = threading.Thread(target=lambda: loop.run_until_complete(self.serve(ready)))
        thread.start()
        ready.wait(10)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(self._stop.set)
            thread.join(10)
            loop.close()

    async def serve(self, ready: threading.Event) -> None:
        """Serves until it is stopped."""
        self._stop = asyncio.Event()
        connections: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connection(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self._open += 1
                self.most = max(self.most, self._open)
                try:
                    whole, cut = await self._answer(head[0], headers, body)
                finally:
                    self._open -= 1
                writer.write(whole)
                await writer.drain()
                if cut:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, line: str, headers: Mapping[str, str], body: bytes) -> tuple[bytes, bool]:
        """The bytes of a response, and whether the connection ends after them."""
        arrived = time.monotonic()
        method, path, _ = line.split(" ")
        match = _PATH.fullmatch(path)
        if headers.get("x-goog-api-key") != self.key:
            return _bytes(_NO_KEY), False
        if method != "POST" or match is None or not match[1].startswith("gemini"):
            return _bytes(_NO_MODEL), False
        try:
            content = json.loads(body)
            check_request(content)
        except (BadRequest, json.JSONDecodeError) as problem:
            self.refused.append(str(problem))
            return _bytes((400, {"error": {"code": 400, "message": str(problem), "status": "INVALID_ARGUMENT"}}, {})), False
        text = content["contents"][0]["parts"][0]["text"]
        self.seen.append(text)
        behaviour = "400" if self.takes_none else self._behaviour(text)
        schema = content["generationConfig"]["responseSchema"]
        whole = _bytes(reply(behaviour, schema, text, body.decode(), match[1]))
        # What the server itself takes is a part of the latency, so that a benchmark does not measure it.
        latency = self.latency + (SLOW_SECONDS if behaviour == "slow" else 3600 if behaviour == "hang" else 0)
        await asyncio.sleep(arrived + latency - time.monotonic())
        if behaviour == "drop":
            return b"", True
        return (whole[: len(whole) - 40], True) if behaviour == "half" else (whole, False)

    def _behaviour(self, text: str) -> str:
        known = hashlib.sha256(text.encode()).hexdigest()
        number = self._calls[known]
        self._calls[known] += 1
        for name, times in _MARK.findall(text):
            if not times or number < int(times):
                return str(name)
            number -= int(times)
        return "good"


def _bytes(response: Reply) -> bytes:
    status, content, headers = response
    body = json.dumps(content).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="any free one unless given")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--key", default=KEY)
    arguments = parser.parse_args()
    server = GeminiServer(latency=arguments.latency, port=arguments.port, key=arguments.key)
    with contextlib.suppress(KeyboardInterrupt), server.running():
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
