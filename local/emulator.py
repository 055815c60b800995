"""The emulator (ministack 1.5.33), and the only module that touches its private names.

A service of the laptop is given one `Emulator` at start and uses:

- `register_api(service, handler)`: an API that the emulator lacks; `handler(operation, request, context) -> response`.
- `register_rest_api(service, handler)`: an API that is told by path instead; `handler(method, path, request, context) -> response`.
- `wrap_operation(service, operation, handler)`: an operation of a JSON API (Glue, Athena, …) answered by `handler(request, context) ->
  response`. `context.proceed(request)` asks the emulator's own operation. Timestamps in responses are epoch seconds, as on the wire.
- `register_type(name, resource_type)` and `correct_type(name, correction)`: CloudFormation.
- `require_resources(service, rule)`: all ARNs that IAM checks for a call, where the emulator would check one.
- `accept_resources(service, rule)`: ARNs of which one is enough, best first; `context.resource` is the one that IAM allowed.
- `client(service)` and `client_environment(role_arn, service)`: the ordinary API over loopback as the account's root, and the variables
  that make any SDK act as a role. Use them from threads only, never from the event loop.
- `caller_environment()`: the same for the caller of the operation that a handler answers.
- `at_start(hook)`, `at_stop(hook)`: after the state was loaded and before the port opens; before the state is saved.
- `answering`: an event that is set once the port is open.
- `document(path, read)`: a JSON document at `GET /_lake/<path>` for the laptop's own use.

Handlers, corrections, resource types and hooks run in threads of their own and may block. A handler raises `ServiceError` to answer with
an AWS error. IAM has been checked before a handler is called.
"""

import asyncio
import contextvars
import hashlib
import html
import importlib
import inspect
import json
import logging
import os
import re
import secrets
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local.gateway import OWN_DOCUMENTS, Denied, Gateway
from local.same_origin import Asgi
from local.service import (
    ApiHandler,
    Change,
    Context,
    Correction,
    Handler,
    Handlers,
    Json,
    Provisioned,
    Resource,
    ResourceType,
    RestHandler,
    ServiceError,
)
from local.settings import Settings

VERSION = "1.5.33"
SNAPSHOT_SECONDS = 5.0

type Answer = tuple[int, dict[str, str], bytes]
type RawHandler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Coroutine[Any, Any, Answer]]
type Rule = Callable[[str, Json], Iterable[str]]
type Choice = Callable[[str, str], Iterable[str]]
type Headers = Callable[[dict[str, str]], dict[str, str]]
type Hook = Callable[[], None]
type ItemWatcher = Callable[[Json, Json | None, Json | None], None]

logger = logging.getLogger("lake")


@dataclass(frozen=True)
class Decision:
    """What IAM said to one call."""

    principal: str
    action: str
    resource: str
    allowed: bool


class Emulator:
    """The process that answers as AWS."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.on_decision: Callable[[Decision], None] = lambda decision: None
        self._operations: dict[tuple[str, str], Handler] = {}
        self._refused: dict[tuple[str, str], str] = {}
        self._rules: dict[str, Rule] = {}
        self._choices: dict[str, Choice] = {}
        self._headers: dict[str, Headers] = {}
        self._apis: set[str] = set()
        self._types: set[str] = set()
        self._start: list[Hook] = []
        self._stop: list[Hook] = []
        self._documents: dict[str, Callable[[], object]] = {}
        self.stopping = False
        self.answering = threading.Event()
        self.notes: list[str] = []
        self.databases: dict[str, str] = {}
        self._required: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("lake_required", default=())
        self._accepted: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("lake_accepted", default=())
        self._checked: contextvars.ContextVar[str] = contextvars.ContextVar("lake_checked", default="*")
        self._signer: contextvars.ContextVar[str] = contextvars.ContextVar("lake_signer", default="")
        self._dirty = threading.Event()
        self._clients: dict[str, Any] = {}
        self._clients_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop
        self._app = self._load()

    def _load(self) -> Any:
        installed = _module("importlib.metadata").version("ministack")
        if installed != VERSION:
            raise RuntimeError(f"ministack {installed} is installed but local/emulator.py is written for {VERSION}; run `make setup`")
        settings = self.settings
        root = settings.root_credentials()
        os.environ.update(root | settings.addresses())
        os.environ.update(
            GATEWAY_PORT=str(settings.port),
            # Without both of these it listens on all addresses.
            BIND_HOST="127.0.0.1",
            IOT_MTLS_ENABLED="0",
            SFTP_ENABLED="0",
            MINISTACK_HOST="127.0.0.1",
            MINISTACK_ACCOUNT_ID=settings.account,
            MINISTACK_REGION=settings.region,
            AUTH="true",
            PERSIST_STATE="1",
            S3_PERSIST="1",
            STATE_DIR=str(settings.state / "emulator"),
            S3_DATA_DIR=str(settings.state / "s3"),
            DOCKER_HOST="unix:///nonexistent",
            TMPDIR=str(settings.temporary),
        )
        app = _module("ministack.app")
        self._provisioners = _module("ministack.services.cloudformation.provisioners")
        self._stacks = _module("ministack.services.cloudformation.stacks")
        self._iam = _module("ministack.core.iam_evaluator")
        self._actions = _module("ministack.core.iam_actions")
        self._responses = _module("ministack.core.responses")
        self._sigv4 = _module("ministack.core.sigv4")
        self._router = _module("ministack.core.router")
        self._count_loopback_as_secure(app)
        self._check_root_like_others(root)
        self._give_functions_secret_keys()
        self._refuse_functions_with_a_port()
        self._watch_decisions()
        self._run_types_in_threads()
        for service in list(app.SERVICE_HANDLERS):
            app.SERVICE_HANDLERS[service] = self._dispatcher(service, app.SERVICE_HANDLERS[service])
        app.app = Gateway(
            self._application(app.app),
            port=settings.port,
            known=lambda scope: _denied(self._credential(scope)),
            signed=self._wrongly_signed,
            expected=self._expects,
            answer=self._denial,
        )
        return app

    # What services use

    def register_api(self, service: str, handler: ApiHandler) -> None:
        """Answers a JSON API that the emulator lacks, by the service's signing name."""

        async def missing(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            operation = headers.get("x-amz-target", "").rpartition(".")[2] or path.strip("/")
            return await self._answer(lambda request, context: handler(operation, request, context), body, None)

        self._apis.add(service)
        self._app.SERVICE_HANDLERS[service] = missing
        self._router.SERVICE_PATTERNS[service] = {"credential_scope": service}

    def register_rest_api(self, service: str, handler: RestHandler) -> None:
        """Answers a REST API that the emulator only pretends to have, by the service's signing name."""

        async def answered(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            del headers, query
            return await self._answer(lambda request, context: handler(method, path, request, context), body, None)

        if service not in self._app.SERVICE_HANDLERS:
            raise ValueError(f"the emulator has no service {service!r}")
        self._app.SERVICE_HANDLERS[service] = answered

    def answer[Backend](self, service: str, handlers: Handlers[Backend], backend: Backend) -> None:
        """Answers operations of a JSON API in the emulator's place, each by a method of one object."""
        for operation, handler in handlers.items():
            self.wrap_operation(service, operation, partial(handler, backend))

    def wrap_operation(self, service: str, operation: str, handler: Handler) -> None:
        """Answers one operation of a JSON API in the emulator's place."""
        if service not in self._app.SERVICE_HANDLERS:
            raise ValueError(f"the emulator has no service {service!r}")
        self._operations[service, operation] = handler

    def require_resources(self, service: str, rule: Rule) -> None:
        """All ARNs that IAM checks for a call of a JSON API: `rule(operation, request)`; empty leaves the emulator's own choice."""
        self._rules[service] = rule

    def accept_resources(self, service: str, rule: Choice) -> None:
        """ARNs that IAM checks for a call of a REST API until it allows one: `rule(method, path)`; empty leaves the emulator's own choice."""
        self._choices[service] = rule

    def register_type(self, name: str, resource_type: ResourceType, *, tags: str | None = "Tags") -> None:
        """Provides a CloudFormation type; `tags` names the property that stack tags are merged into."""

        def create(logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
            return _pair(resource_type.create(self._resource(logical_id, properties, stack)))

        def update(physical_id: str, old: Json, new: Json, stack: str, logical_id: str | None = None) -> tuple[str, Json]:
            return _pair(resource_type.update(physical_id, old, self._resource(logical_id or physical_id, new, stack)))

        self._provisioners._RESOURCE_HANDLERS[name] = {
            "create": create,
            "update": update,
            "update_with_logical_id": True,
            "delete": resource_type.delete,
        }
        self._types.add(name)
        if tags:
            self._provisioners._STACK_TAG_PROPERTY[name] = (tags, "list")

    def correct_type(
        self,
        name: str,
        correction: Correction,
        *,
        prepare: Callable[[Json], Json] = dict,
        own_id: Callable[[str], str] = str,
        before_delete: Callable[[str, Json], None] | None = None,
    ) -> None:
        """Completes a type of the emulator's.

        Args:
            name: The type.
            correction: Runs after each create and update, and gives id and attributes.
            prepare: Changes the properties that the emulator creates from.
            own_id: From the id that a correction gave to the one that the emulator knows.
            before_delete: Runs before the emulator forgets a resource; an exception keeps it.
        """
        handlers = self._provisioners._RESOURCE_HANDLERS[name]
        create, update, delete = handlers["create"], handlers.get("update"), handlers["delete"]
        named = handlers.get("update_with_logical_id", False)

        def corrected_create(logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
            physical_id, attributes = create(logical_id, prepare(properties), stack)
            return _pair(correction(Change(physical_id, {}, properties, attributes)))

        def corrected_update(physical_id: str, old: Json, new: Json, stack: str, logical_id: str | None = None) -> tuple[str, Json]:
            if update is None:
                own, attributes = create(logical_id, prepare(new), stack)
            else:
                rest = (stack, logical_id) if named else (stack,)
                own, attributes = update(own_id(physical_id), old, new, *rest)
            return _pair(correction(Change(own, old, new, attributes)))

        def corrected_delete(physical_id: str, properties: Json) -> None:
            if before_delete is not None:
                before_delete(own_id(physical_id), properties)
            delete(own_id(physical_id), properties)

        self._provisioners._RESOURCE_HANDLERS[name] = {
            **handlers,
            "create": corrected_create,
            "update": corrected_update,
            "update_with_logical_id": True,
            "delete": corrected_delete,
        }
        self._types.add(name)

    def tag_type(self, name: str) -> None:
        """Merges stack tags into a type's `Tags`, where the emulator would drop them."""
        self._provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")

    def complete_headers(self, service: str, missing: Headers) -> None:
        """Adds headers to requests, once their signature has been checked: `missing(headers)` gives those to add."""
        self._headers[service] = missing

    def refuse(self, service: str, operations: Iterable[str], reason: str) -> None:
        """Answers operations with an error, where the emulator would say that it did what it does not do."""
        for operation in operations:
            self._refused[service, operation] = reason

    def client(self, service: str) -> Any:
        """A botocore client for this laptop as the account's root."""
        with self._clients_lock:
            if service not in self._clients:
                boto3 = _module("boto3")
                config = _module("botocore.config").Config(
                    s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 2}
                )
                self._clients[service] = boto3.session.Session().client(service, config=config)
            return self._clients[service]

    def client_environment(self, role_arn: str, service: str, session: str, hours: float = 12) -> dict[str, str]:
        """The variables that make an SDK act as a role which trusts a service, such as `glue.amazonaws.com`.

        Raises:
            ServiceError: There is no such role, or it does not trust the service.
        """
        name = role_arn.rpartition("/")[2]
        iam = self.client("iam")
        try:
            role = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            raise ServiceError("InvalidInputException", f"the role {role_arn} does not exist") from None
        if not _trusts(role["AssumeRolePolicyDocument"], service):
            raise ServiceError("InvalidInputException", f"the role {role_arn} does not trust {service}; add it to its trust policy")
        return {**self.settings.addresses(), **self._session(name, role["RoleId"], session, hours)}

    def caller_environment(self) -> dict[str, str]:
        """The variables that make an SDK act as the caller of the operation that is being handled, within its rights.

        Raises:
            ServiceError: The caller's credentials are no longer valid.
        """
        key = self._iam._verified_key.get()
        # A caller without a checked key is refused, never taken for root.
        if not key:
            raise ServiceError("AccessDeniedException", f"the credentials of {self._iam.caller_arn()} can't be told", 403)
        found = self._iam.resolve_credential(key, self._responses.get_account_id())
        if isinstance(found, self._iam.CredentialResolutionError):
            raise ServiceError(found.code, found.message, 403)
        return {
            **self.settings.addresses(),
            "AWS_ACCESS_KEY_ID": found.access_key_id,
            "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
            **({"AWS_SESSION_TOKEN": found.session_token} if found.session_token else {}),
        }

    def at_start(self, hook: Hook) -> None:
        """Runs a hook once the state has been loaded, before the port opens."""
        self._start.append(hook)

    def at_stop(self, hook: Hook) -> None:
        """Runs a hook before the state is saved; the last one added first."""
        self._stop.insert(0, hook)

    def document(self, path: str, read: Callable[[], object]) -> None:
        """Serves a JSON document at `/_lake/<path>`."""
        self._documents[path] = read

    def status(self) -> Json:
        """What `lake status` adds to what it knows itself."""
        return {"databases": self.databases, "notes": self.notes}

    def glue_job(self, name: str) -> Json | None:
        """The emulator's own record of a Glue job, to be completed in place."""
        record: Json | None = _module("ministack.services.glue")._jobs.get(name)
        return record

    def glue_job_names(self) -> list[str]:
        """The names of all Glue jobs."""
        return list(_module("ministack.services.glue")._jobs)

    def glue_crawler(self, name: str) -> Json | None:
        """The emulator's own record of a Glue crawler, to be completed in place."""
        record: Json | None = _module("ministack.services.glue")._crawlers.get(name)
        return record

    def glue_crawler_names(self) -> list[str]:
        """The names of all Glue crawlers."""
        return list(_module("ministack.services.glue")._crawlers)

    def dynamodb_table(self, name: str) -> Json | None:
        """The emulator's own record of a DynamoDB table, not to be changed."""
        record: Json | None = _module("ministack.services.dynamodb")._tables.get(name)
        return record

    def dynamodb_items[T](self, name: str, read: Callable[[list[Json]], T]) -> T:
        """What `read` makes of all items of a table while nothing writes it; the items must not be changed or kept."""
        dynamodb = _module("ministack.services.dynamodb")

        async def between_requests() -> T:
            # Requests write on the event loop, and expiry under this lock.
            with dynamodb._lock:
                return read([item for items in dynamodb._tables[name]["items"].values() for item in items.values()])

        return asyncio.run_coroutine_threadsafe(between_requests(), self._loop).result()

    def watch_items(self, on_change: ItemWatcher) -> None:
        """Calls `on_change(table, old, new)` for every item that any operation writes or deletes, while nothing else writes.

        The images are None where there is none; they must not be changed or kept. What a transaction takes back is never told.
        """
        dynamodb = _module("ministack.services.dynamodb")
        set_item, remove_item, transaction = dynamodb._set_item, dynamodb._remove_item, dynamodb._execute_transaction
        held = threading.local()

        def told(table: Json, place: tuple[Any, Any], old: Json | None, new: Json | None) -> None:
            if getattr(held, "changes", None) is not None:
                held.changes.append((table, place, old, new))
            else:
                on_change(table, old, new)

        def now(table: Json, place: tuple[Any, Any]) -> Json | None:
            item: Json | None = table["items"].get(place[0], {}).get(place[1])
            return item

        def watched_set(table: Json, pk: Any, sk: Any, item: Json) -> Any:
            old = now(table, (pk, sk))
            answer = set_item(table, pk, sk, item)
            told(table, (pk, sk), old, item)
            return answer

        def watched_remove(table: Json, pk: Any, sk: Any) -> Any:
            old = remove_item(table, pk, sk)
            if old is not None:
                told(table, (pk, sk), old, None)
            return old

        def watched_transaction(data: Json) -> Any:
            # It writes statement by statement, and puts all items back where one fails.
            held.changes = []
            try:
                return transaction(data)
            finally:
                changes, held.changes = held.changes, None
                for table, place, old, new in changes:
                    if now(table, place) == new:
                        on_change(table, old, new)

        dynamodb._set_item, dynamodb._remove_item, dynamodb._execute_transaction = watched_set, watched_remove, watched_transaction

    def tell_versions(self) -> None:
        """Puts the version of an object into S3's events on EventBridge, which would leave it out."""
        s3, events = _module("ministack.services.s3"), _module("ministack.services.eventbridge")
        fire, dispatch = s3._fire_s3_event, events._dispatch_event
        arguments = inspect.signature(fire)
        # An event is told of in a thread of its own.
        version: contextvars.ContextVar[str | None] = contextvars.ContextVar("lake_version", default=None)

        def watched_fire(*given: Any, **named: Any) -> None:
            version.set(arguments.bind(*given, **named).arguments.get("version_id"))
            fire(*given, **named)

        def versioned_dispatch(event: Json) -> Any:
            told = version.get()
            if event.get("Source") == "aws.s3" and told:
                detail = json.loads(event["Detail"])
                detail["object"].setdefault("version-id", told)
                event = {**event, "Detail": json.dumps(detail)}
            return dispatch(event)

        s3._fire_s3_event, events._dispatch_event = watched_fire, versioned_dispatch

    def rds_instance(self, identifier: str) -> Json | None:
        """The emulator's own record of a database instance, to be completed in place."""
        record: Json | None = _module("ministack.services.rds")._instances.get(identifier)
        return record

    def run(self) -> None:
        """Serves until SIGTERM, then stops what was started and saves the state."""
        sys.argv = ["ministack"]
        self._app.main()

    # What is wrapped around the emulator

    def _application(self, inner: Asgi) -> Asgi:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await inner(scope, self._stopping(receive), self._starting(send))
                return
            # Whoever takes a laptop up asks until it answers.
            self.answering.set()
            if scope["type"] == "http" and scope["path"].startswith(OWN_DOCUMENTS):
                await self._send_document(scope["path"].removeprefix(OWN_DOCUMENTS), send)
            else:
                if scope["type"] == "http" and scope["method"] != "GET":
                    self._dirty.set()
                await inner(scope, receive, send)

        return application

    def _starting(self, send: Any) -> Any:
        async def starting(message: Json) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._loop = asyncio.get_running_loop()
                self._note_unclean_stop()
                self._settle_stacks()
                for hook in self._start:
                    await asyncio.to_thread(hook)
                threading.Thread(target=self._keep_saving, daemon=True, name="lake-snapshots").start()
            if message["type"] == "lifespan.shutdown.complete":
                self._running.unlink(missing_ok=True)
            await send(message)

        return starting

    @property
    def _running(self) -> Path:
        return self.settings.state / "running"

    def _note_unclean_stop(self) -> None:
        if self._running.exists():
            saved = max((file.stat().st_mtime for file in (self.settings.state / "emulator").glob("*.json")), default=0.0)
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(saved)) if saved else "never"
            self.notes.append(
                f"the laptop was not taken down the last time but killed: S3 objects and databases are as they were, "
                f"all else is as it was last saved ({when}); if something is missing, deploy again"
            )
        self._running.touch()

    def _settle_stacks(self) -> None:
        """Makes stacks that a killed laptop left in the midst of something ready for the next deployment."""
        for stack in _module("ministack.services.cloudformation")._stacks._data.values():
            status = stack["StackStatus"]
            if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                continue
            stack["StackStatusReason"] = f"the laptop was killed during {status}"
            if status == "DELETE_IN_PROGRESS":
                stack["StackStatus"] = "DELETE_FAILED"
                continue
            # What exists is kept and updated; with no template known, the next deployment finds everything to be done.
            stack.update(StackStatus="UPDATE_ROLLBACK_COMPLETE", _template={}, _template_body="{}")
            for logical_id, resource in list(stack.get("_resources", {}).items()):
                if not resource.get("PhysicalResourceId"):
                    del stack["_resources"][logical_id]
            self.notes.append(f"stack {stack['StackName']}: {stack['StackStatusReason']}; deploy it again")

    def _stopping(self, receive: Any) -> Any:
        async def stopping() -> Json:
            message: Json = await receive()
            if message["type"] == "lifespan.shutdown":
                self.stopping = True
                for hook in self._stop:
                    await asyncio.to_thread(hook)
            return message

        return stopping

    async def _send_document(self, path: str, send: Any) -> None:
        read = self._documents.get(path)
        answer: object
        if self._signer.get() != os.environ["AWS_ACCESS_KEY_ID"]:
            status, answer = 403, {"error": "the laptop's own documents are for its root"}
        elif read is None:
            status, answer = 404, {"error": f"no document {path}"}
        else:
            status, answer = 200, await asyncio.to_thread(read)
        body = json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    def _keep_saving(self) -> None:
        # The emulator saves at SIGTERM only; a killed one would lose all but the objects of S3.
        while True:
            self._dirty.wait()
            time.sleep(SNAPSHOT_SECONDS)
            self._dirty.clear()
            _module("ministack.core.persistence").save_all(self._app._build_persistence_save_dict())

    def _dispatcher(self, service: str, original: RawHandler) -> RawHandler:
        async def dispatch(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Answer:
            target = headers.get("x-amz-target", "")
            operation = target.rpartition(".")[2] or _action(body, query)
            handler = self._operations.get((service, operation))
            if service in self._headers:
                headers = {**headers, **self._headers[service](headers)}
            if (service, operation) in self._refused:
                return self._refusal(target, self._refused[service, operation])
            if handler is None:
                return await original(method, path, headers, body, query)
            loop = asyncio.get_running_loop()

            def proceed(request: Json) -> Json:
                answer = asyncio.run_coroutine_threadsafe(original(method, path, headers, json.dumps(request).encode(), query), loop)
                return _parsed(answer.result())

            return await self._answer(handler, body, proceed)

        return dispatch

    def _refusal(self, target: str, reason: str) -> Answer:
        error = self._responses.error_response_json if target else self._responses.error_response_xml
        answer: Answer = error("UnsupportedOperationException", reason, 400)
        return answer

    async def _answer(self, handler: Handler, body: bytes, proceed: Callable[[Json], Json] | None) -> Answer:
        context = Context(
            self._responses.get_account_id(),
            self._responses.get_region(),
            self._iam.caller_arn(),
            proceed or _nothing_to_proceed_to,
            self._checked.get(),
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

    # Who may call

    def _check_root_like_others(self, root: dict[str, str]) -> None:
        """Makes the laptop's root key one whose signature is checked, and no other key root."""
        self._iam.is_root_access_key = lambda key: False
        _module("ministack.services.sts").register_session(
            root["AWS_ACCESS_KEY_ID"],
            {
                "Arn": f"arn:aws:iam::{self.settings.account}:root",
                "UserId": self.settings.account,
                "PrincipalType": "Root",
                "SecretAccessKey": root["AWS_SECRET_ACCESS_KEY"],
            },
        )

    def _give_functions_secret_keys(self) -> None:
        # The emulator's own can be computed from a function's name.
        given: dict[tuple[str, str], dict[str, str]] = {}
        lock = threading.Lock()

        def credentials(config: Json) -> dict[str, str]:
            role = config.get("Role", "").rpartition("/")[2]
            with lock:
                found = given.get((config["FunctionArn"], role))
                if found is None:
                    found = self._session(role, role, config.get("FunctionName", "function"), hours=None)
                    given[config["FunctionArn"], role] = found
            return found

        _module("ministack.core.lambda_runtime").execution_credentials = credentials
        # It has the other under a name of its own.
        _module("ministack.services.lambda_svc").execution_credentials = credentials

    def _refuse_functions_with_a_port(self) -> None:
        # Programs fetch their events from a port that asks nobody who they are.
        def refused(function: Json, event: Json, request_id: str) -> Json:
            del function, event, request_id
            reason = "the laptop runs functions of Python and Node, no programs of runtime provided"
            return {"body": {"errorMessage": reason, "errorType": "Runtime.Unsupported"}, "error": True}

        functions = _module("ministack.services.lambda_svc")
        functions._execute_function_provided = functions._execute_function_provided_warm = refused

    def _session(self, role: str, role_id: str, session: str, hours: float | None) -> dict[str, str]:
        """The key of a new session of a role, as environment variables; without hours it ends with the laptop."""
        key, secret, token = (f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(60))
        _module("ministack.services.sts").register_session(
            key,
            {
                "Arn": f"arn:aws:sts::{self.settings.account}:assumed-role/{role}/{session[:64]}",
                "UserId": f"{role_id}:{session[:64]}",
                "SecretAccessKey": secret,
                "SessionToken": token,
                **({} if hours is None else {"Expiration": time.time() + hours * 3600}),
            },
        )
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    def _credential(self, scope: Any) -> "_Signed | Denied":
        """The key that a request is signed with, if the laptop knows it; nothing is said of the signature."""
        headers, query = _head(scope)
        in_header = "authorization" in headers
        signature = self._sigv4.parse_header_signature(headers) if in_header else self._sigv4.parse_query_signature(query)
        if isinstance(signature, tuple):
            return Denied(*signature)
        key = signature.access_key_id
        # What the emulator will take for the caller, and the name that the client called.
        if key != self._router.extract_access_key_id(headers, query) or "host" not in signature.signed_headers.split(";"):
            return Denied("IncompleteSignature", "a signature covers the host, and is of one key", signature.service)
        token = headers.get("x-amz-security-token", "") if in_header else query.get("X-Amz-Security-Token", [""])[0]
        try:
            account = self._iam.find_iam_access_key_account(key) or self.settings.account
            found = self._iam.resolve_credential(key, account, token)
        except self._iam.AmbiguousAccessKeyError as error:
            return Denied("UnrecognizedClientException", f"two users have the key {error}", signature.service)
        if isinstance(found, self._iam.CredentialResolutionError):
            return Denied(found.code, f"{found.message} (the laptop's own key is what `lake aws-env` prints)", signature.service)
        return _Signed(signature, found.secret_access_key, headers, query, in_header)

    def _wrongly_signed(self, scope: Any, body: bytes) -> Denied | None:
        """Why a request's signature is refused; remembers who signed it."""
        signed = self._credential(scope)
        if isinstance(signed, Denied):
            return signed
        signature = signed.signature
        failure = self._sigv4.request_time_failure(signature) if signed.in_header else self._expiry(signed)
        told = signed.headers.get("x-amz-content-sha256", "")
        if not failure and re.fullmatch("[0-9a-f]{64}", told) and hashlib.sha256(body).hexdigest() != told:
            failure = "XAmzContentSHA256Mismatch", "the body is not the one that was signed"
        failure = failure or self._sigv4.header_signature_failure(
            signature,
            signed.secret,
            scope["method"],
            (scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()).decode("latin-1"),
            signed.query,
            signed.headers,
            body,
            presigned=not signed.in_header,
        )
        if failure:
            code, message = failure
            return Denied(code, message, signature.service)
        self._signer.set(signature.access_key_id)
        return None

    def _expiry(self, signed: "_Signed") -> tuple[str, str] | None:
        try:
            expired = self._sigv4.presigned_request_is_expired(signed.signature.amz_date, signed.query.get("X-Amz-Expires", [""])[0])
        except ValueError:
            return "AuthorizationQueryParametersError", "X-Amz-Date and X-Amz-Expires say until when a presigned request is good"
        return ("AccessDenied", "Request has expired") if expired else None

    def _expects(self, path: str) -> bool:
        """Whether a stack waits for what is told at a callback's path."""
        token = path.rpartition("/")[2]
        waiting = _module("ministack.services.cloudformation.wait_conditions").has_handle(token)
        return waiting or token in _module("ministack.services.cloudformation.custom_resource")._pending

    def _denial(self, scope: Any, denied: Denied) -> tuple[dict[str, str], bytes]:
        headers, _query = _head(scope)
        answer: dict[str, str]
        if denied.service:
            failure = self._iam.AuthError(denied.code, denied.message)
            _status, answer, body = self._app._credential_failure(denied.service, "", secrets.token_hex(8), failure, headers)
        else:
            error = self._responses.error_response_json if headers.get("x-amz-target") else self._responses.error_response_xml
            _status, answer, body = error(denied.code, denied.message, 403)
        return answer, body

    def _count_loopback_as_secure(self, app: Any) -> None:
        # Buckets that demand TLS would refuse the laptop's plain http, which never leaves the machine.
        original = self._iam.pin_request_origin

        def pin(source_ip: str, secure: bool) -> None:
            original(source_ip, secure or str(source_ip).startswith("127."))

        self._iam.pin_request_origin = pin
        app.pin_request_origin = pin

    def _watch_decisions(self) -> None:
        enforce = self._iam.enforce
        extract_resource = self._actions.extract_resource_arn
        extract_action = self._actions.extract_iam_action
        denied_answer = self._actions.access_denied_response

        def action(service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> str | None:
            if service in self._apis:
                return f"{service}:{headers.get('x-amz-target', '').rpartition('.')[2] or path.strip('/')}"
            found: str | None = extract_action(service, method, path, headers, body, query)
            return found

        def resource(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
            rule = self._rules.get(service)
            required: tuple[str, ...] = ()
            if rule is not None and headers.get("x-amz-target"):
                required = tuple(rule(headers["x-amz-target"].rpartition(".")[2], _json_object(body)))
            self._required.set(required)
            accepted = tuple(self._choices[service](method, path)) if service in self._choices else ()
            self._accepted.set(accepted)
            own: str = extract_resource(service, method, path, headers, body, *rest)
            return next(iter(required or accepted), own)

        def watched(key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Json | None = None) -> Any:
            required, accepted = self._required.get(), self._accepted.get()
            one_is_enough = resource_arn in accepted
            checked = accepted if one_is_enough else required if resource_arn in required else (resource_arn,)
            denied = None
            for arn in checked:
                denied = enforce(key, action, service, region, resource_arn=arn, service_context=service_context)
                self._checked.set(arn)
                if bool(denied) is not one_is_enough:
                    break
            # One call, whatever the number of its resources; the one that was refused, or else the narrowest.
            self.on_decision(Decision(self._iam.caller_arn(), action, self._checked.get(), denied is None))
            return denied

        def denied_response(service: str, *arguments: Any, **options: Any) -> Answer:
            status, headers, body = denied_answer(service, *arguments, **options)
            resource = self._checked.get()
            named = f" on resource: {html.escape(resource) if body.startswith(b'<') else json.dumps(resource)[1:-1]} because "
            # AWS names the resource for every service; the emulator does for some.
            return status, headers, body if b" on resource: " in body else body.replace(b" because ", named.encode(), 1)

        self._actions.access_denied_response = denied_response
        self._actions.extract_iam_action = action
        self._actions.extract_resource_arn = resource
        self._iam.enforce = watched

    def _run_types_in_threads(self) -> None:
        # On the event loop a type that calls an API of this very process would wait for itself.
        original = self._stacks._runs_on_worker_thread
        self._stacks._runs_on_worker_thread = lambda name: name in self._types or original(name)

    def _resource(self, logical_id: str, properties: Json, stack: str) -> Resource:
        name = self._provisioners._physical_name(stack, logical_id, max_len=63)
        return Resource(logical_id, stack, properties, name)


@dataclass(frozen=True)
class _Signed:
    """A request's signature, not yet checked, and all that it is checked with."""

    signature: Any
    secret: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    in_header: bool


def _denied(found: _Signed | Denied) -> Denied | None:
    return found if isinstance(found, Denied) else None


def _head(scope: Any) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Headers and query of a request, as a signature covers them."""
    headers: dict[str, str] = {}
    for raw_name, raw in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), _module("ministack.core.sigv4").decode_header_value(raw)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, urllib.parse.parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)


def _module(name: str) -> Any:
    # By name, as the emulator is in an environment of its own that type checkers don't see.
    return importlib.import_module(name)


def _pair(provisioned: Provisioned) -> tuple[str, Json]:
    return provisioned.physical_id, dict(provisioned.attributes)


def _action(body: bytes, query: dict[str, list[str]]) -> str:
    form = urllib.parse.parse_qs(body.decode(errors="replace")) if body.startswith(b"Action=") or b"&Action=" in body else query
    return form.get("Action", [""])[0]


def _json_object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _parsed(answer: Answer) -> Json:
    status, _headers, body = answer
    content = _json_object(body)
    if status >= 400:
        code = str(content.get("__type", "InternalFailure")).rpartition("#")[2]
        raise ServiceError(code, str(content.get("message") or content.get("Message") or ""), status)
    return content


def _nothing_to_proceed_to(request: Json) -> Json:
    raise ServiceError("InternalFailure", "the emulator has no operation of its own here", 500)


def _trusts(policy: Json, service: str) -> bool:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        services = statement.get("Principal", {}).get("Service", []) if isinstance(statement.get("Principal"), dict) else []
        if statement.get("Effect") == "Allow" and service in ([services] if isinstance(services, str) else services):
            return True
    return False
