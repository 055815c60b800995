"""What Spark is told on a laptop: endpoints and sizes. All else is in the job's own code, the same as on AWS."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from local.errors import LaptopError
from local.settings import Settings

DRIVER_MEMORY = "2g"
# In the laptop's home, as Spark itself has such a file.
OWN_FILE = "spark-defaults.conf"

_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
# It tells at every start that this machine has no native Hadoop library.
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
# It warns of every pool that has no settings of its own; a pool for each table with the default ones is what is wanted.
logger.pools.name = org.apache.spark.scheduler.FairSchedulableBuilder
logger.pools.level = error
"""


def spark_properties(settings: Settings, scratch: Path, conf: str = "") -> dict[str, str]:
    """The Spark properties of a run.

    Args:
        settings: The laptop.
        scratch: A folder of the run's own.
        conf: The job's `--conf` argument: `a=b --conf c=d`.

    Raises:
        LaptopError: The file of the laptop's own properties has a line that is none.
    """
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Whoever reaches a driver's port may run code in it; with this, whoever has the secret that Spark makes for each start.
        "spark.authenticate": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.shuffle.partitions": "4",
        "spark.default.parallelism": "4",
        # Spark checks its own optimizer after each rule, and describes each plan for a page that nobody sees.
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.catalog.glue_catalog.glue.endpoint": settings.endpoint,
        "spark.sql.catalog.glue_catalog.s3.endpoint": settings.endpoint,
        "spark.sql.catalog.glue_catalog.s3.path-style-access": "true",
        "spark.sql.catalog.glue_catalog.client.region": settings.region,
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": settings.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
        **_own(settings.home / OWN_FILE),
        **dict(pair.split("=", 1) for pair in shlex.split(conf) if pair != "--conf"),
    }


def _own(file: Path) -> dict[str, str]:
    """What a person set for all job runs of a laptop; nothing where there is no file."""
    found = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines() if file.is_file() else (), start=1):
        name, *value = line.split(maxsplit=1)[:2] or [""]
        if not name or name.startswith("#"):
            continue
        if not value or not name.startswith("spark."):
            raise LaptopError(f"{file}:{number}: expected a property of Spark and its value, such as `spark.sql.shuffle.partitions 8`")
        found[name] = value[0].strip()
    return found


def write_configuration(directory: Path, properties: Mapping[str, str]) -> None:
    """Makes the folder that SPARK_CONF_DIR names."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in properties.items()))
    (directory / "log4j2.properties").write_text(_LOG4J)
