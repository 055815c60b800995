"""A session in this process as a job has it, and a lake of its own for what a benchmark writes."""

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from bench.stage import ROOT, Stage
from local.services.glue.spark.configuration import DRIVER_MEMORY, spark_properties, write_configuration
from local.services.glue.spark.runtime import SparkRuntime
from medallion.manifest.names import DATABASES, Names
from medallion.outcomes import Outcome, failure
from medallion.session import lake_session


def make_databases(stage: Stage, names: Names) -> None:
    """Makes all buckets and databases of a prefix that was never deployed."""
    glue, s3 = stage.laptop.client("glue"), stage.laptop.client("s3")
    for layer in DATABASES:
        bucket = names.bucket(layer)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": names.region})
        glue.create_database(DatabaseInput={"Name": names.database(layer), "LocationUri": f"s3://{bucket}/tables"})


def succeed(outcomes: tuple[Outcome, ...]) -> None:
    """That no table failed."""
    failed = failure(outcomes)
    assert failed is None, failed


def session(stage: Stage, scratch: Path) -> SparkSession:
    """A session in this process, set up as a job's is."""
    runtime = SparkRuntime(ROOT)
    conf = scratch / "conf"
    write_configuration(conf, spark_properties(stage.laptop.settings, scratch))
    jars = ",".join(str(jar) for jar in sorted((ROOT / ".tools" / "jars").glob("*.jar")))
    os.environ.update(SPARK_CONF_DIR=str(conf), SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, JAVA_HOME="")
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-memory {DRIVER_MEMORY} --jars {jars} pyspark-shell"
    os.environ["PATH"] = f"{runtime.java.resolve().parent}{os.pathsep}{os.environ['PATH']}"
    del os.environ["JAVA_HOME"]
    return lake_session("bench")
