"""Makes the class-data archive from which a Spark job's JVM maps its classes instead of reading, verifying and linking them.

A job like the lake's own runs once against an emulated Glue catalog and S3, and the JVM writes down what it loaded.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.services.glue.spark.runtime import SparkRuntime
from tools.training_emulator import credentials, emulator

ROOT = Path(__file__).resolve().parent.parent
TRAINING_SECONDS = 600
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
