"""Which environment of which lake a command means, and how it is reached."""

import json
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cli.terminal.failures import Refused, Unreachable
from medallion.manifest.identifier import LAPTOP

if TYPE_CHECKING:
    import boto3
    import typer

    from local.laptop import Laptop
    from medallion.manifest.environment import Environment
    from medallion.manifest.names import Names

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_PORT = 4566
# Databases and Airflow have ports that follow.
LAST_PORT = 65490


class Context:
    """The global options of a command, and what follows from them when it is first needed.

    Attributes:
        environment: The environment's name.
        json: Whether stdout holds one JSON document and nothing else.
        home: The folder of the laptop's state.
        assumed: Credentials of the personas that the command has asked as, by persona.
    """

    def __init__(self, *, environment: str = LAPTOP, json: bool = False, lake: Path | None = None, home: Path | None = None) -> None:
        self.environment = environment
        self.json = json
        self._lake = lake
        self.assumed: dict[str, boto3.Session] = {}
        self._clients: dict[tuple[str, int | None], Any] = {}
        self.home = (home or Path(os.environ.get("LAKE_HOME") or ROOT / ".lake")).resolve()

    @cached_property
    def lake(self) -> Path:
        """The folder of the lake."""
        return (self._lake or default_lake()).resolve()

    @property
    def is_local(self) -> bool:
        """Whether this is the laptop's AWS."""
        return self.environment == LAPTOP

    @property
    def command(self) -> str:
        """`lake` with the option that means this environment."""
        return "lake" if self.is_local else f"lake --env {self.environment}"

    @cached_property
    def configuration(self) -> "Environment":
        """The environment's configuration; Invalid if a field is wrong."""
        from medallion.manifest.configuration import load_environment

        return load_environment(self.lake, self.environment)

    @property
    def names(self) -> "Names":
        """What the environment's resources are called."""
        return self.configuration.names

    @property
    def port(self) -> int:
        """The port that the laptop had the last time, else LAKE_PORT, else 4566."""
        # Written by the laptop itself as it comes up.
        remembered = self.home / "port"
        if remembered.is_file():
            return int(remembered.read_text("utf-8"))
        return self.given_port or DEFAULT_PORT

    @property
    def given_port(self) -> int | None:
        """LAKE_PORT, None where it is not set."""
        given = os.environ.get("LAKE_PORT")
        if not given:
            return None
        if not given.isdecimal() or not 0 < int(given) <= LAST_PORT:
            raise Refused(f"LAKE_PORT: {given!r} is not a port number up to {LAST_PORT}, such as {DEFAULT_PORT}")
        return int(given)

    @property
    def laptop(self) -> "Laptop":
        """The laptop's AWS with its state in `home`; refused for any other environment."""
        return self.laptop_at(self.port)

    def laptop_at(self, port: int) -> "Laptop":
        """The same on a port of its own."""
        if not self.is_local:
            raise Refused(f"this command is for the laptop's AWS; leave --env {self.environment} away")
        from local.laptop import Laptop

        return Laptop(self.home, port)

    def of_lake(self, lake: Path) -> Self:
        """The same for another lake."""
        return type(self)(environment=self.environment, json=self.json, lake=lake, home=self.home)

    @property
    def anonymous_environment(self) -> dict[str, str]:
        """The environment variables of a process that looks at files only: no credentials are looked for."""
        if self.is_local:
            return self.laptop.client_environment()
        # Without it, a machine that is no EC2 instance waits for credentials that nobody needs.
        return {**os.environ, **self._whereabouts(), "AWS_EC2_METADATA_DISABLED": "true"}

    @cached_property
    def process_environment(self) -> dict[str, str]:
        """The environment variables of a process that acts on this environment."""
        if self.is_local:
            return self.laptop.client_environment()
        self.session  # noqa: B018 - refuses a wrong account before another process acts on it
        return {**os.environ, **self._whereabouts()}

    def _whereabouts(self) -> dict[str, str]:
        return {
            "AWS_REGION": self.configuration.region,
            "AWS_DEFAULT_REGION": self.configuration.region,
            # Commands of this project, node among them, live beside its interpreter.
            "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")]),
        }

    @cached_property
    def session(self) -> "boto3.Session":
        """Credentials for the configured account: the laptop's root, else boto3's default chain.

        Raises:
            Refused: The caller belongs to another account than the configured one.
        """
        import boto3

        if self.is_local:
            given = self.laptop.client_environment()
            return boto3.Session(
                aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
                region_name=self.configuration.region,
            )
        session = boto3.Session(region_name=self.configuration.region)
        caller = session.client("sts").get_caller_identity()
        if caller["Account"] != self.configuration.account:
            raise Refused(
                f"your credentials belong to account {caller['Account']} ({caller['Arn']}), but {self.environment} is "
                f"account {self.configuration.account} in {self.lake}/config/{self.environment}.yaml: "
                "set AWS_PROFILE to a profile of that account"
            )
        return session

    def client(self, service: str) -> Any:
        """A boto3 client of the environment's account and region; made once, as that takes longer than most calls.

        Raises:
            Unreachable: The laptop's AWS is down.
        """
        self.check_up()
        which = service, self.port if self.is_local else None
        if which not in self._clients:
            self._clients[which] = self.laptop.client(service) if self.is_local else self.session.client(service)  # type: ignore[call-overload]
        return self._clients[which]

    def check_up(self) -> None:
        """Checks that the laptop answers; nothing is known of an account.

        Raises:
            Unreachable: The laptop's AWS is down.
        """
        if self.is_local and not self.laptop.running:
            raise Unreachable(f"the laptop's AWS does not answer at {self.laptop.endpoint}: run `lake up` first")


def of(call: "typer.Context") -> Context:
    """The context of the command that is called."""
    context = call.find_root().obj
    if not isinstance(context, Context):
        raise TypeError("the command was not called through cli.main")
    return context


def default_lake() -> Path:
    """`LAKE`, else the lake that cdk.json names."""
    if given := os.environ.get("LAKE"):
        return Path(given)
    return ROOT / str(cdk_json()["context"]["default-lake"])


def cdk_json() -> dict[str, Any]:
    """The repository's cdk.json."""
    parsed: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())
    return parsed
