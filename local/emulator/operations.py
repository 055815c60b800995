"""What answers an operation: a handler of the laptop's, or the emulator's own."""

import asyncio
import json
import urllib.parse
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from local.emulator.iam import Iam
from local.emulator.wire import Answer, json_object
from local.service import Context, Handler, Handlers, Json, RestHandler, ServiceError

type RawHandler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Coroutine[Any, Any, Answer]]
type Note = Callable[[str, str, str], None]
type Headers = Callable[[dict[str, str]], dict[str, str]]


class Operations:
    """The APIs of the emulator, as the services of the laptop complete them."""

    def __init__(self, app: Any, iam: Iam, note: Note) -> None:
        """Takes the place of the emulator's own dispatchers.

        Args:
            app: The emulator.
            iam: What decides of requests.
            note: Told of each request by service, operation and method, once it has been answered.
        """
        from ministack.core import responses

        self._app = app
        self._note = note
        self._responses = responses
        self._iam = iam
        self._services = app.SERVICE_HANDLERS
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._guards: dict[tuple[str, str], Handler] = {}
        self._refused: dict[tuple[str, str], str] = {}
        self._headers: dict[str, Headers] = {}
        for service in list(self._services):
            self._services[service] = self._dispatcher(service, self._services[service])

    def answer[Backend](self, service: str, handlers: Handlers[Backend], backend: Backend) -> None:
        """Answers operations of a JSON API (Glue, Athena, …) in the emulator's place, each by a method of one object.

        `context.proceed(request)` asks the emulator's own operation. Timestamps in responses are epoch seconds, as on the wire.
        """
        self._known(service)
        for operation, handler in handlers.items():
            self._handlers[service, operation] = partial(handler, backend)

    def guard[Backend](self, service: str, handlers: Handlers[Backend], backend: Backend) -> None:
        """Stands before operations of a JSON API, whoever answers them: `context.proceed(request)` asks who answers."""
        self._known(service)
        for operation, handler in handlers.items():
            self._guards[service, operation] = partial(handler, backend)

    def guard_iceberg(self, allowed: Callable[[str, str, str, str], bool]) -> None:
        """Stands before Glue's catalog as Iceberg's REST clients see it.

        Args:
            allowed: Told who signed a request, its method, namespace and table, the last two empty where a path does not name them.
        """
        from ministack.services import glue

        original = glue._handle_iceberg_rest

        def guarded(method: str, path: str, query_params: Any, body: Any = None) -> Answer:
            # /iceberg/v1/catalogs/{catalog}/namespaces/{namespace}/tables/{table}
            parts = [*glue._iceberg_rest_parts(path), *[""] * 8]
            namespace, table = (parts[5], parts[7]) if parts[4] == "namespaces" else ("", "")
            if parts[2] == "config" or allowed(self._iam.signer, method, namespace, table):
                answer: Answer = original(method, path, query_params, body=body)
                return answer
            error: Answer = glue._iceberg_error("Insufficient Lake Formation permission(s)", "ForbiddenException", 403)
            return error

        glue._handle_iceberg_rest = guarded

    def add_paths(self, service: str, handler: RestHandler) -> None:
        """Answers a REST API that the emulator has not at all, by the service's signing name, which is its botocore model's name too.

        IAM is asked for the operation that the model has at a path.
        """
        from ministack.core import iam_actions, router

        if service in self._services:
            raise ValueError(f"the emulator has a service {service!r} of its own")
        router.SERVICE_PATTERNS[service] = {"credential_scope": service}
        iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
        iam_actions._BOTOCORE_SERVICE_MAP[service] = [service]
        self._app.SERVICE_REGISTRY[service] = {"module": service}

        async def answered(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            del headers, query
            try:
                return await self._answer(lambda request, context: handler(method, path, request, context), body, None)
            finally:
                self._note(service, path.strip("/"), method)

        self._services[service] = answered

    def answer_paths(self, service: str, handler: RestHandler) -> None:
        """Answers a REST API that the emulator only pretends to have, by the service's signing name."""

        async def answered(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            del headers, query
            return await self._answer(lambda request, context: handler(method, path, request, context), body, None)

        self._known(service)
        self._services[service] = answered

    def complete_headers(self, service: str, missing: Headers) -> None:
        """Adds headers to requests, once their signature has been checked: `missing(headers)` gives those to add."""
        self._headers[service] = missing

    def refuse(self, service: str, operations: Iterable[str], reason: str) -> None:
        """Answers operations with an error, where the emulator would say that it did what it does not do."""
        for operation in operations:
            self._refused[service, operation] = reason

    def _known(self, service: str) -> None:
        if service not in self._services:
            raise ValueError(f"the emulator has no service {service!r}")

    def _dispatcher(self, service: str, original: RawHandler) -> RawHandler:
        async def dispatch(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            target = headers.get("x-amz-target", "")
            operation = target.rpartition(".")[2] or _action(body, query)
            handler = _guarded(self._guards.get((service, operation)), self._handlers.get((service, operation)))
            if service in self._headers:
                headers = {**headers, **self._headers[service](headers)}
            if (service, operation) in self._refused:
                return self._refusal(target, self._refused[service, operation])
            loop = asyncio.get_running_loop()

            def proceed(request: Json) -> Json:
                answer = asyncio.run_coroutine_threadsafe(original(method, path, headers, json.dumps(request).encode(), query), loop)
                return _parsed(answer.result())

            try:
                if handler is None:
                    return await original(method, path, headers, body, query)
                return await self._answer(handler, body, proceed)
            finally:
                self._note(service, operation, method)

        return dispatch

    def _refusal(self, target: str, reason: str) -> Answer:
        error = self._responses.error_response_json if target else self._responses.error_response_xml
        answer: Answer = error("UnsupportedOperationException", reason, 400)
        return answer

    async def _answer(self, handler: Handler, body: bytes, proceed: Callable[[Json], Json] | None) -> Answer:
        context = Context(
            self._responses.get_account_id(),
            self._responses.get_region(),
            self._iam.caller,
            proceed or _nothing_to_proceed_to,
            self._iam.checked,
        )
        try:
            request = json.loads(body or b"{}")
            answer: Answer = self._responses.json_response(await asyncio.to_thread(handler, request, context))
        except ServiceError as error:
            status, headers, content = self._responses.error_response_json(error.code, error.message, error.status)
            answer = status, headers, json.dumps({**json.loads(content), **error.details}).encode()
        except json.JSONDecodeError as error:
            answer = self._responses.error_response_json("SerializationException", str(error), 400)
        return answer


def _action(body: bytes, query: Mapping[str, list[str]]) -> str:
    form = urllib.parse.parse_qs(body.decode(errors="replace")) if body.startswith(b"Action=") or b"&Action=" in body else query
    return form.get("Action", [""])[0]


def _guarded(guard: Handler | None, handler: Handler | None) -> Handler | None:
    if guard is None or handler is None:
        return guard or handler
    return lambda request, context: guard(request, replace(context, proceed=lambda passed: handler(passed, context)))


def _parsed(answer: Answer) -> Json:
    status, _headers, body = answer
    content = json_object(body)
    if status >= 400:
        code = str(content.get("__type", "InternalFailure")).rpartition("#")[2]
        raise ServiceError(code, str(content.get("message") or content.get("Message") or ""), status)
    return content


def _nothing_to_proceed_to(request: Json) -> Json:
    raise ServiceError("InternalFailure", "the emulator has no operation of its own here", 500)
