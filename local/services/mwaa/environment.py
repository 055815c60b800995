"""One Airflow environment: what the template says of it, where it lives, and what its processes are told."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from local.errors import ToolMissing
from local.settings import ROOT, Settings

AIRFLOW = ROOT / ".tools" / "airflow"
# As MWAA's own roles, the most powerful first; each is a user of that name too.
ROLES = ("Admin", "Op", "User", "Viewer")
# Where MWAA unpacks plugins.zip; requirements name wheels in there.
PLUGINS_ON_MWAA = "/usr/local/airflow/plugins"


def airflow_version() -> str:
    """The version of the Airflow that is installed.

    Raises:
        ToolMissing: None is.
    """
    found = [
        path.name.removesuffix(".dist-info").rpartition("-")[2]
        for path in AIRFLOW.glob("lib/python*/site-packages/apache_airflow-*.dist-info")
    ]
    if not found:
        raise ToolMissing("Airflow's environment", AIRFLOW)
    return found[0]


@dataclass(frozen=True)
class AirflowEnvironment:
    """An environment that exists.

    Attributes:
        name: As the template calls it.
        port: Of its web server on 127.0.0.1, as a distance from the laptop's own.
        properties: The template's, resolved.
        created: Seconds since the epoch.
        folder: Where it keeps database, logs, DAGs and passwords.
    """

    name: str
    port: int
    properties: dict[str, Any]
    created: float
    folder: Path = field(compare=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The environment that `save` wrote into a folder."""
        return cls(**json.loads((folder / "environment.json").read_text()), folder=folder)

    def save(self) -> None:
        """Writes it down, with passwords for its users when it is new."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        (self.folder / "environment.json").write_text(json.dumps(kept))
        if not self.passwords_file.exists():
            self.passwords_file.touch(mode=0o600)
            self.passwords_file.write_text(json.dumps({role.lower(): secrets.token_urlsafe(24) for role in ROLES}))

    @property
    def bucket(self) -> str:
        """The bucket of DAGs and files."""
        return str(self.properties["SourceBucketArn"]).rpartition(":")[2]

    @property
    def dags_prefix(self) -> str:
        """Where in the bucket the DAGs are, with a slash at its end."""
        return str(self.properties["DagS3Path"]).strip("/") + "/"

    @property
    def role_arn(self) -> str:
        """The execution role."""
        return str(self.properties["ExecutionRoleArn"])

    @property
    def passwords_file(self) -> Path:
        """The passwords of its users, as Airflow reads them."""
        return self.folder / "passwords.json"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder."""
        return self.folder / "airflow"

    @property
    def packages(self) -> Path:
        """What its requirements ask for beyond what MWAA's image has."""
        return self.folder / "packages"

    def log(self, settings: Settings) -> Path:
        """What its keeper and each of Airflow's processes say."""
        return settings.logs / f"airflow-{self.name}.log"

    def host(self, settings: Settings) -> str:
        """Host and port of its web server."""
        return f"127.0.0.1:{settings.port + self.port}"

    def variables(self, settings: Settings, credentials: Mapping[str, str]) -> dict[str, str]:
        """The environment variables of its processes.

        Args:
            settings: The laptop's.
            credentials: Those of the execution role, with the addresses of AWS.
        """
        options = {
            "AIRFLOW__" + name.upper().replace(".", "__"): str(value)
            for name, value in self.properties.get("AirflowConfigurationOptions", {}).items()
        }
        address = f"http://{self.host(settings)}"
        users = ",".join(f"{role.lower()}:{role.upper()}" for role in ROLES)
        own = {
            "AIRFLOW_HOME": str(self.airflow_home),
            "AIRFLOW_ENV_ID": self.name,
            "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.airflow_home / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.airflow_home / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.passwords_file),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(settings.port + self.port),
            "AIRFLOW__API__BASE_URL": address,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__EXPOSE_CONFIG": "non-sensitive-only",
            # No other site is given leave, and nobody is signed in without a password, whatever the template asks for.
            "AIRFLOW__API__ACCESS_CONTROL_ALLOW_ORIGINS": "",
            "AIRFLOW__API__ACCESS_CONTROL_ALLOW_METHODS": "",
            "AIRFLOW__API__ACCESS_CONTROL_ALLOW_HEADERS": "",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow_home / 'airflow.db'}",
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            # A person waits for a changed DAG here; on MWAA nobody does.
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "5",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AIRFLOW", "PYTHON", "LAKE_"))},
            # What the template asks for counts, but not where it would lead this Airflow away from the laptop.
            **options,
            **own,
            **credentials,
            "PATH": os.pathsep.join([str(AIRFLOW / "bin"), os.environ.get("PATH", os.defpath)]),
            "PYTHONWARNINGS": "ignore",
            "PYTHONUTF8": "1",
            "TMPDIR": str(settings.temporary),
        }
