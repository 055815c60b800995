"""The Airflow environments of a laptop, made by CloudFormation."""

import shutil
import sys
import threading
import time
from collections.abc import Sequence

from local.emulator.process import Emulator
from local.errors import LaptopError
from local.ports import AIRFLOWS, can_listen
from local.processes import Process, start_detached
from local.service import Json, Provisioned, Resource, ResourceType, ServiceError
from local.services.mwaa.environment import AirflowEnvironment, airflow_version
from local.services.mwaa.rest import WebServer
from local.settings import ROOT

READY_SECONDS = 180.0
STOP_SECONDS = 30.0
SERVICE_PRINCIPALS = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
REQUIRED = ("Name", "SourceBucketArn", "DagS3Path", "ExecutionRoleArn", "NetworkConfiguration")
LOGS = ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs")


class Environments(ResourceType):
    """All environments of a laptop."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._settings = emulator.settings
        self._folder = self._settings.state / "mwaa"
        self._lock = threading.Lock()
        self._environments: dict[str, AirflowEnvironment] = {}
        self._servers: dict[str, WebServer] = {}
        self._status: dict[str, str] = {}

    # The laptop's own life

    def start_all(self) -> None:
        """Starts what existed when the laptop went down; each comes up by itself, as nobody waits for it yet."""
        for file in sorted(self._folder.glob("*/environment.json")):
            self._known(AirflowEnvironment.load(file.parent))
        # Each needs its role's credentials, and IAM answers once the laptop does.
        threading.Thread(target=self._start_again, args=(list(self._environments.values()),), daemon=True, name="lake-airflow").start()

    def _start_again(self, environments: Sequence[AirflowEnvironment]) -> None:
        self._emulator.answering.wait()
        for environment in environments:
            try:
                self._start(environment)
            except (ServiceError, LaptopError) as error:
                self._emulator.notes.append(f"Airflow environment {environment.name} was not started: {error}")

    def stop_all(self) -> None:
        """Stops all of them; their state stays."""
        for environment in list(self._environments.values()):
            self._stop(environment)

    # CloudFormation

    def create(self, resource: Resource) -> Provisioned:
        name = self._checked(resource.properties)
        with self._lock:
            if name in self._environments:
                raise ValueError(f"an environment {name} exists already")
            environment = AirflowEnvironment(name, self._free_port(), resource.properties, time.time(), self._folder / name)
            environment.save()
            self._known(environment)
        try:
            self._bring_up(environment)
        except BaseException:
            self.delete(name, resource.properties)
            raise
        return self._provisioned(environment)

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        name = self._checked(resource.properties)
        if name != physical_id:
            return self.create(resource)
        before = self._environments[name]
        environment = AirflowEnvironment(name, before.port, resource.properties, before.created, before.folder)
        self._stop(before)
        environment.save()
        self._known(environment)
        try:
            self._bring_up(environment)
        except BaseException:
            # CloudFormation rolls back by a further update; until then it is as it was.
            self._stop(environment)
            before.save()
            self._known(before)
            raise
        return self._provisioned(environment)

    def delete(self, physical_id: str, properties: Json) -> None:
        environment = self._environments.get(physical_id)
        if environment is None:
            return
        self._stop(environment)
        with self._lock:
            shutil.rmtree(environment.folder)
            del self._environments[physical_id], self._servers[physical_id], self._status[physical_id]

    def _checked(self, properties: Json) -> str:
        """The name of an environment that can be made."""
        for name in REQUIRED:
            if not properties.get(name):
                raise ValueError(f"{name}: is missing; MWAA needs it")
        subnets = properties["NetworkConfiguration"].get("SubnetIds", [])
        if len(subnets) != 2:
            raise ValueError(f"NetworkConfiguration.SubnetIds: has {len(subnets)} subnets; MWAA takes two, in two zones")
        version = properties.get("AirflowVersion")
        if version is not None and version != airflow_version():
            raise ValueError(f"AirflowVersion: {version!r}: the laptop has {airflow_version()} only; set it in the laptop's configuration")
        self._check_bucket(str(properties["SourceBucketArn"]).rpartition(":")[2])
        for principal in SERVICE_PRINCIPALS:
            self._emulator.roles.client_environment(properties["ExecutionRoleArn"], principal, "check", hours=0)
        return str(properties["Name"])

    def _check_bucket(self, bucket: str) -> None:
        client = self._emulator.client("s3")
        try:
            versioning = client.get_bucket_versioning(Bucket=bucket).get("Status")
        except client.exceptions.ClientError as error:
            raise ValueError(f"SourceBucketArn: {bucket}: {error}") from error
        if versioning != "Enabled":
            raise ValueError(f"SourceBucketArn: {bucket}: MWAA takes a bucket with versioning only")

    def _provisioned(self, environment: AirflowEnvironment) -> Provisioned:
        document = self.document(environment)
        logs = {
            f"LoggingConfiguration.{name}.CloudWatchLogGroupArn": group["CloudWatchLogGroupArn"]
            for name, group in document["LoggingConfiguration"].items()
        }
        return Provisioned(environment.name, {"Arn": document["Arn"], "WebserverUrl": document["WebserverUrl"], **logs})

    # Its process

    def _bring_up(self, environment: AirflowEnvironment) -> None:
        self._start(environment)
        end = time.monotonic() + READY_SECONDS
        while not self._ready(environment):
            if (failed := environment.folder / "failed").exists():
                raise ValueError(f"Airflow could not be started: {failed.read_text()}")
            if time.monotonic() > end:
                raise ValueError(f"Airflow was not healthy after {READY_SECONDS:.0f} s; see {environment.log(self._settings)}")
            time.sleep(0.2)

    def _ready(self, environment: AirflowEnvironment) -> bool:
        if self._status.get(environment.name) == "AVAILABLE":
            return True
        ready = (environment.folder / "ready").exists() and self._servers[environment.name].healthy()
        if ready:
            self._status[environment.name] = "AVAILABLE"
        return ready

    def _start(self, environment: AirflowEnvironment) -> None:
        for mark in ("ready", "failed"):
            (environment.folder / mark).unlink(missing_ok=True)
        # For as long as a laptop stays up.
        credentials = self._emulator.roles.client_environment(
            environment.role_arn, "airflow-env.amazonaws.com", environment.name, hours=24 * 365
        )
        variables = {
            **environment.variables(self._settings, credentials),
            **self._settings.environment(),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "local.services.mwaa.keeper", str(environment.folder)]
        process = Process.of(start_detached(command, variables, environment.log(self._settings)))
        process.save(environment.folder / "keeper.json")
        self._status[environment.name] = "CREATING"

    def _stop(self, environment: AirflowEnvironment) -> None:
        process = Process.load(environment.folder / "keeper.json")
        if process is not None and not process.stop(STOP_SECONDS):
            process.kill_group()
        self._status[environment.name] = "UPDATING"

    def _known(self, environment: AirflowEnvironment) -> None:
        self._environments[environment.name] = environment
        self._servers[environment.name] = WebServer(environment.host(self._settings), environment.passwords_file)
        self._status[environment.name] = "UPDATING"

    def _free_port(self) -> int:
        taken = {environment.port for environment in self._environments.values()}
        for distance in AIRFLOWS:
            if distance not in taken and can_listen(self._settings.port + distance):
                return distance
        raise LaptopError(f"a laptop runs {len(AIRFLOWS)} Airflow environments at most, on ports that nobody else has")

    # What its API says of them

    @property
    def names(self) -> list[str]:
        """Of all environments, sorted."""
        return sorted(self._environments)

    def named(self, name: str) -> AirflowEnvironment:
        """An environment that exists, whatever its status."""
        if name not in self._environments:
            raise ServiceError("ResourceNotFoundException", f"there is no environment {name}", 404)
        return self._environments[name]

    def available(self, name: str) -> AirflowEnvironment:
        """An environment that is AVAILABLE."""
        environment = self.named(name)
        if not self._ready(environment):
            raise ServiceError("ResourceNotFoundException", f"the environment {name} is {self._status[name]}, not AVAILABLE yet", 404)
        return environment

    def server(self, environment: AirflowEnvironment) -> WebServer:
        """The web server of an environment."""
        return self._servers[environment.name]

    def document(self, environment: AirflowEnvironment) -> Json:
        """An environment as GetEnvironment shows it."""
        given = environment.properties
        own = f"arn:aws:logs:{self._settings.region}:{self._settings.account}:log-group"
        logging_ = given.get("LoggingConfiguration", {})
        logs = {
            name: {
                "Enabled": str(logging_.get(name, {}).get("Enabled", "false")).lower() == "true",
                "LogLevel": logging_.get(name, {}).get("LogLevel", "INFO"),
                "CloudWatchLogGroupArn": f"{own}:airflow-{environment.name}-{name.removesuffix('Logs').replace('Dag', 'DAG')}",
            }
            for name in LOGS
        }
        kept = ("ExecutionRoleArn", "SourceBucketArn", "DagS3Path", "NetworkConfiguration", "WebserverAccessMode", "KmsKey")
        files = ("RequirementsS3Path", "PluginsS3Path", "StartupScriptS3Path")
        self._ready(environment)
        return {
            **{name: given[name] for name in (*kept, *files) if name in given},
            "Name": environment.name,
            "Arn": f"arn:aws:airflow:{self._settings.region}:{self._settings.account}:environment/{environment.name}",
            "Status": self._status[environment.name],
            "CreatedAt": environment.created,
            "AirflowVersion": airflow_version(),
            "AirflowConfigurationOptions": {name: str(value) for name, value in given.get("AirflowConfigurationOptions", {}).items()},
            "EnvironmentClass": given.get("EnvironmentClass", "mw1.small"),
            "WebserverUrl": environment.host(self._settings),
            "LoggingConfiguration": logs,
            "Tags": {str(name): str(value) for name, value in given.get("Tags", {}).items()},
            **{name: int(given[name]) for name in ("MinWorkers", "MaxWorkers", "Schedulers") if name in given},
        }
