"""Where a laptop lives and which account it plays; handed to the emulator's process through its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.root_key import root_key

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = "111111111111"
REGION = "eu-west-1"
PORT = 4566
ATHENA = "LAKE_ATHENA"
"""Set to `off`, no engine of Athena is started; set to a folder, it is one that several laptops share, started by the first query."""


@dataclass(frozen=True)
class Settings:
    """One laptop.

    Attributes:
        home: Its state, logs and data; nothing is written elsewhere.
        port: The AWS endpoint on 127.0.0.1; RDS instances listen from the next port on.
        account: The twelve digits that it plays.
        region: The region that it plays.
        athena: What `LAKE_ATHENA` says of Athena's engine; empty for one of the home's own.
    """

    home: Path
    port: int = PORT
    account: str = ACCOUNT
    region: str = REGION
    athena: str = ""

    @property
    def endpoint(self) -> str:
        """The address of all of its services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        """What survives down and up."""
        return self.home / "state"

    @property
    def pid_file(self) -> Path:
        """Which process serves it."""
        return self.home / "emulator.pid"

    @property
    def port_file(self) -> Path:
        """Which port it had the last time."""
        return self.home / "port"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.home / "logs"

    @property
    def temporary(self) -> Path:
        """Scratch space of the emulator and of job runs."""
        return self.home / "tmp"

    @property
    def engine(self) -> Path | None:
        """The folder of Athena's engine; None where there shall be none."""
        if self.athena == "off":
            return None
        return Path(self.athena) if self.athena else self.home / "athena"

    @property
    def clock(self) -> Path:
        """How far DynamoDB's clock is ahead; see `local.services.dynamodb.clock`."""
        return self.state / "clock"

    @property
    def cache(self) -> Path:
        """What can be made again, such as unpacked wheels."""
        return self.home / "cache"

    def root_credentials(self) -> dict[str, str]:
        """The key of the account's root, as environment variables; made when it is first asked for."""
        key = root_key(self.home)
        return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}

    def addresses(self) -> dict[str, str]:
        """The endpoint and region, as environment variables that SDKs of all languages read."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # `env.127.0.0.1` is nobody's name.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }

    def environment(self) -> dict[str, str]:
        """The settings for another process of this laptop; read by `from_environment`."""
        return {
            "LAKE_HOME": str(self.home),
            "LAKE_PORT": str(self.port),
            "LAKE_ACCOUNT": self.account,
            "LAKE_REGION": self.region,
            ATHENA: self.athena,
        }

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings that `environment` wrote.

        Raises:
            KeyError: One of the variables is missing.
        """
        return cls(
            Path(environment["LAKE_HOME"]),
            int(environment["LAKE_PORT"]),
            environment["LAKE_ACCOUNT"],
            environment["LAKE_REGION"],
            environment[ATHENA],
        )
