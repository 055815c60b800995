"""A laptop that plays an AWS account: brought up, asked, taken down."""

import fcntl
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

import boto3
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from local.emulator.relocation import distances
from local.errors import LaptopError, PortInUse, ToolMissing
from local.iam_calls import Call, role_policies, unused_actions
from local.leftovers import stop_engine, stop_leftovers
from local.listeners import owner_of
from local.ports import DATABASES, USUAL, first_taken, free_base
from local.processes import Process, start_detached
from local.service import Json, Service
from local.services.dynamodb.clock import Clock
from local.services.registry import SERVICES
from local.settings import ACCOUNT, ATHENA, PORT, REGION, ROOT, Settings

UP_SECONDS = 90.0
DOWN_SECONDS = 60.0
DYING_SECONDS = 5.0


@dataclass(frozen=True)
class LaptopStatus:
    """What `lake status` shows.

    Attributes:
        running: Whether the endpoint answers.
        endpoint: For any AWS client.
        home: Where its state is.
        pid: The emulator's process, None when down.
        account: The account that it plays.
        region: The region that it plays.
        services: What each service is, and how true.
        engine: Whether Athena's engine is up, as a sentence; empty when the laptop is down.
        databases: Address of each RDS instance by its identifier.
        notes: What a person should know now, such as that the last stop was not clean.
    """

    running: bool
    endpoint: str
    home: str
    pid: int | None
    account: str
    region: str
    services: tuple[Service, ...]
    engine: str
    databases: dict[str, str]
    notes: tuple[str, ...]

    def as_json(self) -> Json:
        """The same for `--json`."""
        services = [{key: value for key, value in asdict(service).items() if key != "install"} for service in self.services]
        return {**{key: getattr(self, key) for key in self.__dataclass_fields__}, "services": services}


class Laptop:
    """One laptop; several live side by side by home and port."""

    def __init__(self, home: Path, port: int = PORT, account: str = ACCOUNT, region: str = REGION, root: Path = ROOT) -> None:
        """Knows a laptop; nothing is started.

        Args:
            home: Its state, logs and data (LAKE_HOME).
            port: The endpoint on 127.0.0.1; the first database listens on the next one.
            account: The account that it plays.
            region: The region that it plays.
            root: The repository, for its tools.
        """
        self.settings = Settings(home.resolve(), port, account, region, os.environ.get(ATHENA, ""))
        self._root = root

    @property
    def endpoint(self) -> str:
        """The address for any AWS client."""
        return self.settings.endpoint

    @property
    def postgres_port(self) -> int:
        """Where the first RDS instance listens."""
        return self.settings.port + DATABASES[0]

    @property
    def running(self) -> bool:
        """Whether its process lives and answers."""
        process = self._process()
        return process is not None and process.alive and self._answers(process)

    def up(self) -> bool:
        """Starts it and waits until it answers; no-op if it runs.

        Returns:
            Whether it had to be started.

        Raises:
            PortInUse: Something else listens on one of its ports.
            ToolMissing: The emulator's environment has not been made.
            LaptopError: It did not start; the message has the log's last lines.
        """
        self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            return self._up()

    def _up(self) -> bool:
        process = self._process()
        if process is not None and process.alive and (port := self._last_port()) not in (None, self.settings.port):
            raise LaptopError(
                f"the laptop of {self.settings.home} runs already, at port {port}; to move it, take it down first: `lake down`"
            )
        # One that is just coming up is waited for; one that is just dying is no laptop any more.
        if process is not None and self._comes_up(process):
            self._adopt(process)
            return False
        interpreter = self._root / ".tools" / "emulator" / "bin" / "python"
        if not interpreter.exists():
            raise ToolMissing("the emulator's environment", interpreter)
        # A laptop that was killed this moment lets go of its lock and its ports a little after its end.
        self._refuse_second()
        stop_leftovers(self.settings, self._root)
        self._refuse_taken_port(seconds=DYING_SECONDS if process is not None else 0.0)
        for directory in (self.settings.state, self.settings.logs, self.settings.temporary, self.settings.cache):
            directory.mkdir(exist_ok=True)
            # Of older laptops too: secrets are in there.
            directory.chmod(0o700)
        log = self.settings.logs / "emulator.log"
        process = Process.of(start_detached([str(interpreter), "-m", "local.server"], self._server_environment(), log))
        self._adopt(process)
        if not self._comes_up(process):
            self.settings.pid_file.unlink(missing_ok=True)
            # Another one may have been faster.
            self._refuse_taken_port(seconds=0.0)
            raise LaptopError(f"the laptop's AWS did not start; the end of {self._log_file}:\n{self._log_end()}")
        return True

    def elsewhere(self) -> Self:
        """The same laptop on ports that nobody has; those that clients were told of before stay wrong.

        Raises:
            LaptopError: There are none.
        """
        port = free_base(self._needed_ports())
        if port is None:
            raise LaptopError("no port of this machine is free for the laptop; stop what listens there")
        return type(self)(self.settings.home, port, self.settings.account, self.settings.region, self._root)

    def down(self) -> bool:
        """Stops it with all that it started, and waits until its state is saved.

        Returns:
            Whether anything of it ran, be it only what a killed one had left.

        Raises:
            LaptopError: It did not end within a minute.
        """
        if not self.settings.home.exists():
            return False
        with self._alone():
            return self._down()

    def _down(self) -> bool:
        process = self._process()
        ran = process is not None and process.alive
        if process is not None and not process.stop(DOWN_SECONDS):
            raise LaptopError(
                f"the laptop's process {process.pid} did not end within {DOWN_SECONDS:.0f} s; see {self.settings.logs}/emulator.log"
            )
        left = [*stop_leftovers(self.settings, self._root), *stop_engine(self.settings, self._root)]
        self.settings.pid_file.unlink(missing_ok=True)
        return ran or bool(left)

    def status(self) -> LaptopStatus:
        """What it is and what runs; never raises because it is down."""
        process = self._process()
        running = process is not None and process.alive and self._answers(process)
        state: dict[str, Any] = self._document("status") if running else {"databases": {}, "notes": []}
        return LaptopStatus(
            running=running,
            endpoint=self.endpoint,
            home=str(self.settings.home),
            pid=process.pid if running and process is not None else None,
            account=self.settings.account,
            region=self.settings.region,
            services=SERVICES,
            engine=self._document("athena")["sentence"] if running else "",
            databases=state["databases"],
            notes=tuple(state["notes"]),
        )

    def engine_starting(self) -> bool:
        """Whether Athena's engine is not up yet, so that a query waits for it."""
        return self.running and self._document("athena")["state"] in {"starting", "down"}

    def client_environment(self) -> dict[str, str]:
        """Variables for a client that acts as the account's root, on top of this process's own."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        return {
            **environment,
            **self.settings.root_credentials(),
            **self.settings.addresses(),
            "PATH": self._path(),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
        }

    def calls(self) -> tuple[Call, ...]:
        """What IAM decided so far, by role and action; the account's root is not among them."""
        if self.running:
            entries = self._document("calls")
        else:
            saved = self.settings.home / "calls.json"
            entries = json.loads(saved.read_text()) if saved.exists() else []
        return tuple(Call(**entry) for entry in entries)

    def unused_actions(self, role: str) -> tuple[str, ...]:
        """The actions of a deployed role's policies that it has not used yet."""
        return unused_actions(role_policies(self.client("iam"), role), self.calls(), role)

    def client(self, service: str) -> Any:
        """A boto3 client as the account's root."""
        root = self.settings.root_credentials()
        return boto3.session.Session(
            aws_access_key_id=root["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=root["AWS_SECRET_ACCESS_KEY"],
            region_name=self.settings.region,
        ).client(service, endpoint_url=self.endpoint, config=Config(s3={"addressing_style": "path"}, inject_host_prefix=False))  # type: ignore[call-overload]

    @property
    def clock(self) -> Clock:
        """DynamoDB's clock, which may be put forward."""
        return Clock(self.settings.clock)

    def job_processes(self) -> dict[str, int]:
        """The process of each Glue job run that is under way, by run id; it leads a group of its own."""
        found: dict[str, int] = self._document("job-processes")
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Waits until nobody else takes this laptop up or down."""
        with open(self.settings.home / "up.lock", "a", opener=_for_us_only) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _process(self) -> Process | None:
        """Its process, also where the file that names it was lost."""
        saved = Process.load(self.settings.pid_file)
        if saved is not None and saved.alive:
            if self._is_ours(saved):
                return saved
            saved = None
        identity = self._identity(seconds=2.0)
        return Process.of(int(identity["pid"])) if identity else saved

    def _is_ours(self, process: Process) -> bool:
        """Whether a process serves this very home: one that was copied while it was in use names the laptop of the other."""
        try:
            home = psutil.Process(process.pid).environ().get("LAKE_HOME")
        except psutil.Error:
            return True
        # One that is just dying has none.
        return home in (None, str(self.settings.home))

    def _adopt(self, process: Process) -> None:
        process.save(self.settings.pid_file)

    def _server_environment(self) -> dict[str, str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON", "LAKE_"))}
        return {
            **environment,
            **self.settings.environment(),
            "PYTHONPATH": str(self._root),
            "PYTHONUNBUFFERED": "1",
            # Whatever the locale is of who starts it first.
            "PYTHONUTF8": "1",
            "PATH": self._path(),
            "NODE_PATH": str(self._root / "node_modules"),
            "TMPDIR": str(self.settings.temporary),
        }

    def _path(self) -> str:
        return os.pathsep.join([str(self._root / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])

    def _needed_ports(self) -> frozenset[int]:
        return USUAL | frozenset(distances(self.settings))

    def _refuse_taken_port(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (port := first_taken(self.settings.port, self._needed_ports())) is not None:
            if time.monotonic() > end:
                raise PortInUse(port, self.settings.port, owner_of(port))
            time.sleep(0.1)

    def _refuse_second(self) -> None:
        """Keeps a laptop alone that runs on this home, but can be found neither by its file nor at this port."""
        end = time.monotonic() + DYING_SECONDS
        with open(self.settings.home / "emulator.lock", "a", opener=_for_us_only) as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise LaptopError(
                            f"another process uses {self.settings.home}, and no laptop answers at {self.endpoint}; "
                            f"end the process that holds {self.settings.home}/emulator.lock"
                        ) from None
                    time.sleep(0.05)
                else:
                    return

    def _last_port(self) -> int | None:
        try:
            return int(self.settings.port_file.read_text("utf-8"))
        except FileNotFoundError:
            return None

    def _comes_up(self, process: Process) -> bool:
        end = time.monotonic() + UP_SECONDS
        while process.alive:
            if self._answers(process):
                return True
            if time.monotonic() > end:
                raise LaptopError(
                    f"the laptop's AWS did not answer within {UP_SECONDS:.0f} s; the end of {self._log_file}:\n{self._log_end()}"
                )
            time.sleep(0.05)
        return False

    @property
    def _log_file(self) -> Path:
        return self.settings.logs / "emulator.log"

    def _log_end(self) -> str:
        return "\n".join(self._log_file.read_text(errors="replace").splitlines()[-15:])

    def _answers(self, process: Process) -> bool:
        identity = self._identity()
        return identity is not None and identity["pid"] == process.pid

    def _identity(self, seconds: float = 10.0) -> Json | None:
        """What answers on the endpoint, if that is a laptop of this home."""
        try:
            identity: Json = self._document("identity", seconds)
        except (OSError, ValueError, HTTPException):
            return None
        return identity if identity.get("home") == str(self.settings.home) and "pid" in identity else None

    def _document(self, path: str, seconds: float = 10.0) -> Any:
        """A document of the laptop's own, which it shows to its root; the key itself is never sent to whoever listens there."""
        root = self.settings.root_credentials()
        address = f"{self.endpoint}/_lake/{path}"
        asked = AWSRequest("GET", address)
        signer = SigV4Auth(Credentials(root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"]), "lake", self.settings.region)
        signer.add_auth(asked)
        request = urllib.request.Request(address, headers=dict(asked.headers.items()))  # noqa: S310 - its own address
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return json.load(answer)


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
