"""Each place that follows from the version of Glue: who changes the one value is told of all others."""

import re
import subprocess
from pathlib import Path

import pytest

from medallion.manifest.glue_version import GLUE

ROOT = Path(__file__).resolve().parents[2]
SPARK_LINE = GLUE.spark.rpartition(".")[0]

# What a file must say, as often as it says it at all; `{}` is the version.
PLACES = [
    ("requirements/glue.in", r"Glue ([\d.]+) brings", GLUE.number),
    ("requirements/glue.in", r"^pyspark==(.+)$", GLUE.spark),
    ("requirements/glue.in", r"^boto3==(.+)$", GLUE.boto3),
    ("requirements/glue.txt", r"^pyspark==(\S+)", GLUE.spark),
    ("requirements/dev.txt", r"^pyspark==(\S+)", GLUE.spark),
    ("pyproject.toml", r"Glue ([\d.]+) ", GLUE.number),
    ("pyproject.toml", r'"boto3==([\d.]+)"', GLUE.boto3),
    ("pyproject.toml", r'"pyspark==([\d.]+)"', GLUE.spark),
    ("pyproject.toml", r'^requires-python = ">=([\d.]+),', GLUE.python),
    ("tools/jars.txt", r"Glue ([\d.]+) has", GLUE.number),
    ("tools/jars.txt", r"iceberg-spark-runtime-([\d.]+)_", SPARK_LINE),
    ("tools/jars.txt", r"^org\.apache\.iceberg:.*:(.+)$", GLUE.iceberg),
    ("tools/jars.txt", r"^org\.postgresql:postgresql:(.+)$", GLUE.postgres_driver),
    ("tools/wheels.sh", r"Glue ([\d.]+) is", GLUE.number),
    ("tools/wheels.sh", r"--python-version (\S+)", GLUE.python),
    ("tools/lock.sh", r"extraction-wheels\.txt .*--python-version (\S+)", GLUE.python),
    ("tools/lock.sh", r"glue-wheels\.txt .*--python-version (\S+)", GLUE.python),
    ("cli/doctor/machine.py", r"Spark ([\d.]+) runs", SPARK_LINE),
    ("Makefile", r"environment\.sh \.tools/glue (\S+)", GLUE.python),
    ("local/services/glue/jobs/service.py", r"Spark (\d+\.\d+\.\d+)", GLUE.spark),
    ("local/services/glue/spark/runtime.py", r"JavaModuleOptions of ([\d.]+)\)", GLUE.spark),
    ("local/services/glue/spark/runtime.py", r'"python(\d\.\d+)"', GLUE.python),
    ("tests/local/emulator/jobs.py", r'"GlueVersion": "(.+?)"', GLUE.number),
    ("README.md", r"Glue (\d+\.\d+)", GLUE.number),
    ("README.md", r"Spark (\d+\.\d+\.\d+)", GLUE.spark),
    ("CONTRIBUTING.md", r"Glue (\d+\.\d+)", GLUE.number),
]
# Locks and figures: written by programs.
WRITTEN = re.compile(r"^(requirements/.*\.txt|tools/jars\.sha256|docs/benchmarks\.md|package-lock\.json)$")


@pytest.mark.parametrize(("file", "pattern", "version"), PLACES, ids=lambda one: str(one)[:40])
def test_each_place_follows_the_one_value(file: str, pattern: str, version: str) -> None:
    found = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert set(found) == {version}


@pytest.mark.parametrize("version", [f"Glue {GLUE.number}", GLUE.spark, GLUE.postgres_driver], ids=["glue", "spark", "driver"])
def test_no_other_place_names_a_version(version: str) -> None:
    named = subprocess.run(["git", "grep", "-lF", version], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    own = {"medallion/manifest/glue_version.py", *(file for file, _, _ in PLACES)}
    assert {file for file in named if not WRITTEN.match(file)} <= own
