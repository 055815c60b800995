"""Makes the class-data archive from which a Spark job's JVM maps its classes instead of reading, verifying and linking them.

A job like the lake's own runs once against an emulated Glue catalog and S3, and the JVM writes down what it loaded.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.services.glue.spark.runtime import SparkRuntime

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
TRAINING_SECONDS = 600
KEY = "111111111111"
SETTINGS = """\
spark.master local[2]
spark.ui.enabled false
spark.sql.extensions org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions
spark.sql.catalog.glue_catalog org.apache.iceberg.spark.SparkCatalog
spark.sql.catalog.glue_catalog.catalog-impl org.apache.iceberg.aws.glue.GlueCatalog
spark.sql.catalog.glue_catalog.io-impl org.apache.iceberg.aws.s3.S3FileIO
spark.sql.catalog.glue_catalog.warehouse s3://training/tables
spark.sql.catalog.glue_catalog.glue.endpoint {endpoint}
spark.sql.catalog.glue_catalog.s3.endpoint {endpoint}
spark.sql.catalog.glue_catalog.s3.path-style-access true
spark.sql.catalog.glue_catalog.client.region eu-west-1
spark.sql.shuffle.partitions 2
"""


def credentials() -> dict[str, str]:
    """The variables with which any AWS client may use the emulator."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def emulator(scratch: Path) -> Iterator[str]:
    """The endpoint of an emulator that lives as long as the block, with the bucket `training`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": "eu-west-1",
        "MINISTACK_ACCOUNT_ID": KEY,
        "TMPDIR": str(scratch),
    }
    with (scratch / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [ROOT / ".tools" / "emulator" / "bin" / "ministack"], cwd=scratch, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"setup stopped: the emulator did not start:\n{(scratch / 'emulator.log').read_text()[-2000:]}")
            time.sleep(0.1)
        endpoint = f"http://127.0.0.1:{port}"
        make_bucket = (
            "import boto3, sys; from botocore.config import Config; "
            "boto3.client('s3', endpoint_url=sys.argv[1], config=Config(s3={'addressing_style': 'path'})).create_bucket(Bucket='training', "
            "CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})"
        )
        subprocess.run(
            [ROOT / ".tools" / "glue" / "bin" / "python", "-c", make_bucket, endpoint], env={**environment, **credentials()}, check=True
        )
        yield endpoint
    finally:
        process.terminate()
        process.wait(timeout=30)


def train(runtime: SparkRuntime, archive: Path) -> None:
    """Runs the training job and leaves its classes in an archive."""
    with tempfile.TemporaryDirectory(prefix="spark-training-") as folder:
        scratch = Path(folder)
        with emulator(scratch) as endpoint:
            (scratch / "spark-defaults.conf").write_text(SETTINGS.format(endpoint=endpoint))
            done = subprocess.run(
                runtime.training_command(ROOT / "tools" / "spark_training.py", archive, scratch),
                cwd=scratch,
                env={**os.environ, **credentials(), **runtime.environment(scratch)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TRAINING_SECONDS,
                check=False,
            )
    if done.returncode:
        raise SystemExit(f"{done.stdout[-6000:]}\nsetup stopped: the training job failed; its log is above")


def main() -> None:
    """Makes the archive unless this JVM and these jars have theirs."""
    runtime = SparkRuntime(ROOT)
    archive = runtime.class_archive
    if archive.exists():
        return
    sys.stderr.write("[setup] .tools/spark-classes: one job runs, so that later ones start in half the time\n")
    fresh = archive.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    train(runtime, fresh)
    for old in archive.parent.glob("spark-classes-*.jsa"):
        old.unlink()
    if fresh.exists():
        fresh.rename(archive)
    else:
        sys.stderr.write(
            "[setup] this JVM writes no class-data archive (it has no base archive of its own): jobs work, but start more slowly\n"
        )


if __name__ == "__main__":
    main()
