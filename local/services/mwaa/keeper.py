"""The process of an Airflow environment: brings its files from the bucket, keeps its processes alive and its DAGs as the bucket has them.

    python -m local.services.mwaa.keeper FOLDER

It acts as the execution role, which its variables hold. SIGTERM ends it with all that it started. `ready` in the folder names this
process once Airflow was started; `failed` says why it could not be.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.processes import end_rest_of_session
from local.services.mwaa.environment import AIRFLOW, PLUGINS_ON_MWAA, AirflowEnvironment, airflow_version
from local.settings import ROOT
from local.whole_file import write_whole

COMPONENTS = {
    "api-server": ["airflow", "api-server"],
    # Their servers of logs would listen on all addresses; the web server reads the files itself.
    "scheduler": ["airflow", "scheduler", "--skip-serve-logs"],
    "dag-processor": ["airflow", "dag-processor"],
    "triggerer": ["airflow", "triggerer", "--skip-serve-logs"],
}
AWS_SECONDS = 30.0
SYNC_SECONDS = 2.0
RESTART_SECONDS = 5.0
END_SECONDS = 15.0
# Airflow finds what is in its folder of plugins, and nothing else of this repository.
PLUGIN = ("local/services/mwaa/web_access.py", "local/same_origin.py")


class NotStartable(Exception):
    """A file of the environment can't be used; says which and why."""


class Ended(BaseException):
    """SIGTERM came."""


class Keeper:
    """Keeps one environment."""

    def __init__(self, environment: AirflowEnvironment) -> None:
        self._environment = environment
        self._home = environment.airflow_home
        self._bucket: Any = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
        self._dags: dict[str, str] = {}
        self._startup: Path | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: dict[str, float] = {}
        self._variables = {**os.environ, "PYTHONPATH": str(environment.packages)}

    def wait_for_aws(self) -> None:
        """Returns once the laptop's AWS answers, which may have started this process before it could.

        Raises:
            NotStartable: It did not come up.
        """
        end = time.monotonic() + AWS_SECONDS
        while True:
            try:
                self._bucket.get_bucket_location(Bucket=self._environment.bucket)
            except ClientError:
                # It answers; whether the role may read is seen when it reads.
                return
            except BotoCoreError as error:
                if time.monotonic() > end:
                    raise NotStartable(f"AWS does not answer: {error}") from error
                time.sleep(0.2)
            else:
                return

    def prepare(self) -> None:
        """Brings all files and makes the database.

        Raises:
            NotStartable: A file is missing, or can't be used.
        """
        for folder in (self._home / "dags", self._home / "plugins"):
            folder.mkdir(parents=True, exist_ok=True)
        self._prepare_plugins()
        self._prepare_requirements()
        self._startup = self._file("StartupScriptS3Path", "startup.sh")
        self.sync()
        self._migrate()

    def start(self) -> None:
        """Starts what does not run; what ended a moment ago is given time."""
        for name, command in COMPONENTS.items():
            process = self._processes.get(name)
            if process is not None and process.poll() is None:
                continue
            if process is not None and name not in self._ended:
                print(f"{name} ended with exit code {process.returncode} and is started again", flush=True)
                self._ended[name] = time.monotonic()
            if time.monotonic() - self._ended.get(name, -RESTART_SECONDS) >= RESTART_SECONDS:
                self._ended.pop(name, None)
                self._processes[name] = subprocess.Popen(self._started_up(command), env=self._variables, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """Ends all of them; what does not end in time is killed."""
        for process in self._processes.values():
            process.terminate()
        end = time.monotonic() + END_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # A scheduler that is killed leaves its workers behind.
        end_rest_of_session()

    def sync(self) -> None:
        """Makes the folder of DAGs as the bucket's is; each file is replaced as a whole.

        Raises:
            NotStartable: The bucket can't be read by the execution role.
        """
        prefix = self._environment.dags_prefix
        try:
            pages = self._bucket.get_paginator("list_objects_v2").paginate(Bucket=self._environment.bucket, Prefix=prefix)
            found = {item["Key"].removeprefix(prefix): item["ETag"] for page in pages for item in page.get("Contents", [])}
            for name, tag in found.items():
                if self._dags.get(name) != tag and not name.endswith("/"):
                    self._fetch(prefix + name, self._place(name))
        except (ClientError, BotoCoreError) as error:
            raise NotStartable(f"DagS3Path: {self._environment.bucket}/{prefix}: {error}") from error
        for name in set(self._dags) - set(found):
            self._place(name).unlink(missing_ok=True)
        self._dags = found

    def _place(self, name: str) -> Path:
        folder = (self._home / "dags").resolve()
        place = (folder / name).resolve()
        if not place.is_relative_to(folder):
            raise NotStartable(f"DagS3Path: {name} leads out of the folder of DAGs")
        return place

    def _fetch(self, key: str, place: Path, version: str | None = None) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        given = {"VersionId": version} if version else {}
        write_whole(place, self._bucket.get_object(Bucket=self._environment.bucket, Key=key, **given)["Body"].read())

    def _file(self, path: str, name: str) -> Path | None:
        """A file of the environment that a property names, None where it names none."""
        properties = self._environment.properties
        if not properties.get(path):
            return None
        place = self._environment.folder / name
        try:
            self._fetch(str(properties[path]), place, properties.get(path.replace("Path", "ObjectVersion")))
        except (ClientError, BotoCoreError) as error:
            raise NotStartable(f"{path}: {self._environment.bucket}/{properties[path]}: {error}") from error
        return place

    def _prepare_plugins(self) -> None:
        plugins = self._home / "plugins"
        archive = self._file("PluginsS3Path", "plugins.zip")
        shutil.rmtree(plugins)
        plugins.mkdir()
        if archive is not None:
            try:
                with zipfile.ZipFile(archive) as whole:
                    whole.extractall(plugins)
            except zipfile.BadZipFile as error:
                raise NotStartable(f"PluginsS3Path: {self._environment.properties['PluginsS3Path']} is no zip archive: {error}") from error
        web_access, same_origin = PLUGIN
        shutil.copy(ROOT / web_access, plugins / Path(web_access).name)
        (plugins / same_origin).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / same_origin, plugins / same_origin)

    def _prepare_requirements(self) -> None:
        shutil.rmtree(self._environment.packages, ignore_errors=True)
        asked = self._file("RequirementsS3Path", "requirements.txt")
        if asked is None:
            return
        here = asked.with_name("requirements-here.txt")
        here.write_text(asked.read_text().replace(PLUGINS_ON_MWAA, str(self._home / "plugins")))
        install = [str(ROOT / ".tools" / "uv"), "pip", "install", "--no-progress", "--python", str(AIRFLOW), "-r", str(here)]
        planned = _told([*install, "--dry-run"], "RequirementsS3Path")
        if re.search(r"^Would (install|download)", planned, re.MULTILINE):
            # Not into Airflow's own environment, which others use as well.
            _told([*install, "--target", str(self._environment.packages)], "RequirementsS3Path")

    def _migrate(self) -> None:
        version = airflow_version()
        mark = self._home / "migrated"
        if not mark.is_file() or mark.read_text() != version:
            _told(self._started_up(["airflow", "db", "migrate"]), "the database", self._variables)
            mark.write_text(version)

    def _started_up(self, command: list[str]) -> list[str]:
        if self._startup is None:
            return command
        # As on MWAA: what the script exports, each process has.
        return ["bash", "-c", f"source {shlex.quote(str(self._startup))} && exec {shlex.join(command)}"]


def _told(command: list[str], what: str, variables: Mapping[str, str] | None = None) -> str:
    answer = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    told = answer.stdout + answer.stderr
    if answer.returncode != 0:
        raise NotStartable(f"{what}: {' '.join(told.split())[-800:]}")
    return told


def keep(environment: AirflowEnvironment, announce: Callable[[str, str], None]) -> None:
    """Runs an environment until SIGTERM."""
    keeper = Keeper(environment)
    try:
        keeper.wait_for_aws()
        keeper.prepare()
        keeper.start()
        announce("ready", str(os.getpid()))
        while True:
            time.sleep(SYNC_SECONDS)
            try:
                keeper.sync()
            except NotStartable as problem:
                # The laptop's AWS may be going down, or the role have lost a right; what runs goes on.
                print(problem, flush=True)
            keeper.start()
    except NotStartable as problem:
        print(problem, flush=True)
        announce("failed", str(problem))
    except Ended:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        keeper.stop()


def main(folder: Path) -> None:
    """Keeps the environment of a folder."""

    def ended(number: int, frame: FrameType | None) -> None:
        raise Ended

    def announce(name: str, text: str) -> None:
        write_whole(folder / name, text.encode())

    signal.signal(signal.SIGTERM, ended)
    keep(AirflowEnvironment.load(folder), announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
