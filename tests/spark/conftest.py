"""One Spark session, one catalog and one Postgres for all tests of the session; a lake and a schema of its own for each test."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from pyspark.sql import SparkSession

from local.services.glue.spark.process import SparkProcess
from local.services.glue.spark.runtime import SparkRuntime
from local.services.rds.postgres import Postgres
from medallion.manifest.names import Names
from medallion.session import lake_session
from tests.ports import free_port
from tests.spark.lake import PASSWORD, Lake, make_source, secret_of
from tests.spark.template import Template

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator with nothing of ours in it."""
    port, home = free_port(), tmp_path_factory.mktemp("emulator")
    environment = {
        "PATH": os.environ["PATH"],
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": "eu-west-1",
        "MINISTACK_ACCOUNT_ID": "111111111111",
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(home / "state"),
        "TMPDIR": str(home),
    }
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [str(ROOT / ".tools/emulator/bin/python"), "-m", "ministack.app"], env=environment, stdout=log, stderr=log, cwd=home
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/_ministack/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, (home / "log").read_text()
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def aws(endpoint: str) -> Iterator[dict[str, str]]:
    """The environment of any AWS client, set in this process as well."""
    values = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield values


@pytest.fixture(scope="session")
def spark_conf(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The endpoints and sizes that a laptop gives to every job; everything else is in the job."""
    folder = tmp_path_factory.mktemp("spark") / "conf"
    folder.mkdir()
    catalog = "spark.sql.catalog.glue_catalog"
    settings = {
        "spark.master": "local[2]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        # Removed with the folder, however the JVM ends.
        "spark.local.dir": str(folder.parent / "local"),
        # A handful of rows is read before a class is compiled for them; jobs of the laptop's tests compile theirs.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # Spark checks its own optimizer after each rule, and describes each plan for a page that nobody sees.
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.ui.showConsoleProgress": "false",
        f"{catalog}.glue.endpoint": aws["AWS_ENDPOINT_URL"],
        f"{catalog}.s3.endpoint": aws["AWS_ENDPOINT_URL"],
        f"{catalog}.s3.path-style-access": "true",
        f"{catalog}.client.region": "eu-west-1",
    }
    (folder / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    return folder


@pytest.fixture(scope="session")
def spark(spark_conf: Path) -> Iterator[SparkSession]:
    """A session in a JVM that is started as a laptop starts one: it maps its classes from an archive, and compiles them once."""
    process = SparkProcess(SparkRuntime(ROOT), spark_conf.parent, os.environ, "2g")
    try:
        port, secret = process.gateway()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYSPARK_GATEWAY_PORT", str(port))
            patch.setenv("PYSPARK_GATEWAY_SECRET", secret)
            session = lake_session("tests")
        session.sparkContext.setLogLevel("ERROR")
        # A handful of rows needs no second plan; jobs of the laptop's tests keep theirs.
        session.conf.set("spark.sql.adaptive.enabled", "false")
        session.conf.set("spark.sql.shuffle.partitions", "1")
        yield session
        session.stop()
    finally:
        process.kill()


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="tests-postgres-") as folder:
        home, port = Path(folder), free_port()
        server = Postgres(home / "data", port, home / "log", home)
        server.initialize("reader", PASSWORD, "store")
        yield port
        server.stop()


def connected(port: int) -> psycopg.Connection[Any]:
    return psycopg.connect(host="127.0.0.1", port=port, user="reader", password=PASSWORD, dbname="store", autocommit=True)


@pytest.fixture(scope="session")
def template(spark: SparkSession, postgres_port: int) -> Template:
    """The tables of a lake that applying its contracts has made."""
    names = Names(prefix="template", account="111111111111", region="eu-west-1")
    with connected(postgres_port) as connection:
        made = Lake(spark, names, connection, "template/store")
        made.make_databases()
        assert {outcome.outcome for outcome in made.apply().values()} == {"published"}
    return Template.of(made)


@contextmanager
def new_lake(spark: SparkSession, postgres_port: int, template: Template) -> Iterator[Lake]:
    """A lake whose tables are there and empty, over an empty source with one customer."""
    prefix = f"t{next(NUMBERS)}"
    names = Names(prefix=prefix, account="111111111111", region="eu-west-1")
    boto3.client("secretsmanager").create_secret(Name=f"{prefix}/store", SecretString=secret_of(postgres_port))
    with connected(postgres_port) as connection:
        make_source(connection, prefix)
        made = Lake(spark, names, connection, f"{prefix}/store")
        made.make_databases()
        template.copy(names)
        made.customer(1, "Ada")
        yield made


@pytest.fixture
def lake(spark: SparkSession, postgres_port: int, template: Template) -> Iterator[Lake]:
    """A test's own lake."""
    with new_lake(spark, postgres_port, template) as own:
        yield own


@pytest.fixture(scope="module")
def shared_lake(spark: SparkSession, postgres_port: int, template: Template) -> Iterator[Lake]:
    """A lake for those of a module's tests that publish nothing."""
    with new_lake(spark, postgres_port, template) as shared:
        yield shared
