"""The process that answers as AWS.

A service of the laptop is given one `Emulator` at start and uses:

- `operations`: what answers an API, in the emulator's place or where it has none.
- `cloudformation`: resource types that the emulator lacks or completes only with help.
- `iam`: the ARNs that a call is checked on.
- `roles`: variables that make any SDK act as a role, or as the caller of the operation that a handler answers.
- `records` and `dynamodb`: what the emulator itself knows of jobs, crawlers, database instances, tables and items.
- `client(service)`: the ordinary API over loopback as the account's root. Use it from threads only, never from the event loop.
- `governance`: what Lake Formation says of the catalog's tables; nothing until that service is there.
- `keep_state(name, read, load)`: a state that is saved with the emulator's own.
- `at_start(hook)`, `at_stop(hook)`: after the state was loaded and before the port opens; before the state is saved.
- `answering`: an event that is set once the port is open.
- `document(path, read)`: a JSON document at `GET /_lake/<path>` for the laptop's own use, shown to its root.
- `service(path, answer)`: answers a JSON request at `POST /_lake/<path>`, whoever signed it.

Handlers, corrections, resource types and hooks run in threads of their own and may block. A handler raises `ServiceError` to answer with
an AWS error. IAM has been checked before a handler is called.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from local.clients import Clients
from local.emulator.cloudformation import CloudFormation
from local.emulator.dynamodb import DynamoDb
from local.emulator.functions import give_secret_keys, refuse_functions_with_a_port
from local.emulator.gateway import OWN_DOCUMENTS, Gateway
from local.emulator.iam import Iam
from local.emulator.operations import Operations
from local.emulator.records import Records
from local.emulator.roles import Roles
from local.emulator.signatures import Signatures
from local.emulator.state import State, encode_quickly
from local.emulator.wire import json_object
from local.governance import Governance, Ungoverned
from local.same_origin import Asgi
from local.service import Json, ServiceError
from local.settings import Settings

VERSION = "1.5.33"

type Hook = Callable[[], None]


class Emulator:
    """The process that answers as AWS."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False
        self.answering = threading.Event()
        self.notes: list[str] = []
        self.databases: dict[str, str] = {}
        self.governance: Governance = Ungoverned()
        self._start: list[Hook] = []
        self._stop: list[Hook] = []
        self._documents: dict[str, Callable[[], object]] = {}
        self._services: dict[str, Callable[[Json], Json]] = {}
        self._clients = Clients(settings.root_credentials() | settings.addresses())
        self._clients_lock = threading.Lock()
        self._app = _loaded(settings)
        encode_quickly()
        self._state = State(settings, self._app)
        self._signatures = Signatures(settings.account, self._app)
        self.roles = Roles(settings, self.client)
        give_secret_keys(self.roles)
        refuse_functions_with_a_port()
        self.iam = Iam(self._app)
        self.cloudformation = CloudFormation()
        self.operations = Operations(self._app, self.iam, self._state.note)
        self.records = Records()
        self.dynamodb = DynamoDb()
        self._app.app = Gateway(
            self._application(self._app.app),
            port=settings.port,
            known=self._signatures.unknown,
            signed=self._signatures.wrong,
            expected=self.cloudformation.expects,
            answer=self._signatures.denial,
        )

    def client(self, service: str) -> Any:
        """A botocore client for this laptop as the account's root."""
        with self._clients_lock:
            return self._clients.of(service)

    def keep_state(self, name: str, read: Callable[[], object], load: Callable[[Any], None]) -> None:
        """Saves what `read` gives with the emulator's own state, and hands it to `load` at the next start."""
        self._state.keep(name, read, load)

    def at_start(self, hook: Hook) -> None:
        """Runs a hook once the state has been loaded, before the port opens."""
        self._start.append(hook)

    def at_stop(self, hook: Hook) -> None:
        """Runs a hook before the state is saved; the last one added first."""
        self._stop.insert(0, hook)

    def document(self, path: str, read: Callable[[], object]) -> None:
        """Serves a JSON document at `/_lake/<path>`."""
        self._documents[path] = read

    def service(self, path: str, answer: Callable[[Json], Json]) -> None:
        """Answers JSON requests at `/_lake/<path>`, of every role that can sign one; `ServiceError` is an answer, too."""
        self._services[path] = answer

    def status(self) -> Json:
        """What `lake status` adds to what it knows itself."""
        return {"databases": self.databases, "notes": self.notes}

    def run(self) -> None:
        """Serves until SIGTERM, then stops what was started and saves the state."""
        sys.argv = ["ministack"]
        self._app.main()

    def _application(self, inner: Asgi) -> Asgi:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await inner(scope, self._stopping(receive), self._starting(send))
                return
            # Whoever takes a laptop up asks until it answers.
            self.answering.set()
            if scope["type"] == "http" and scope["path"].startswith(OWN_DOCUMENTS):
                await self._send_own(scope, receive, send)
            else:
                await inner(scope, receive, send)

        return application

    def _starting(self, send: Any) -> Any:
        async def starting(message: Json) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.dynamodb.loop = asyncio.get_running_loop()
                self.notes += self._state.begin()
                self.notes += self.cloudformation.settle_stacks()
                for hook in self._start:
                    await asyncio.to_thread(hook)
                threading.Thread(target=self._state.keep_saving, daemon=True, name="lake-snapshots").start()
            if message["type"] == "lifespan.shutdown.complete":
                self._state.end()
            await send(message)

        return starting

    def _stopping(self, receive: Any) -> Any:
        async def stopping() -> Json:
            message: Json = await receive()
            if message["type"] == "lifespan.shutdown":
                self.stopping = True
                for hook in self._stop:
                    await asyncio.to_thread(hook)
            return message

        return stopping

    async def _send_own(self, scope: Any, receive: Any, send: Any) -> None:
        path, answer = scope["path"].removeprefix(OWN_DOCUMENTS), self._services.get(scope["path"].removeprefix(OWN_DOCUMENTS))
        if scope["method"] == "POST" and answer is not None:
            status, content = await asyncio.to_thread(_answered, answer, (await receive())["body"])
        else:
            status, content = await self._document(path)
        body = json.dumps(content).encode()
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    async def _document(self, path: str) -> tuple[int, object]:
        read = self._documents.get(path)
        if self._signatures.signer != os.environ["AWS_ACCESS_KEY_ID"]:
            return 403, {"error": "the laptop's own documents are for its root"}
        if read is None:
            return 404, {"error": f"no document {path}"}
        return 200, await asyncio.to_thread(read)


def _answered(answer: Callable[[Json], Json], body: bytes) -> tuple[int, object]:
    request = json_object(body)
    try:
        return 200, answer(request)
    except ServiceError as error:
        return error.status, {"error": error.message, "code": error.code}


def _loaded(settings: Settings) -> Any:
    """The emulator's main module; it takes its settings from the environment as it is loaded."""
    installed = version("ministack")
    if installed != VERSION:
        raise RuntimeError(f"ministack {installed} is installed but local/emulator is written for {VERSION}; run `make setup`")
    os.environ.update(settings.root_credentials() | settings.addresses())
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
    from ministack import app

    return app
