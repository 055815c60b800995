"""What a job does with its arguments before Spark starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from medallion.arguments import given, lake_parser

SCRIPTS = Path(__file__).parents[2] / "glue_jobs"
ARGUMENTS = {
    "--manifest": "s3://dev-artifacts-222222222222-eu-west-1/releases/r1/manifest.json",
    "--release": "r1",
    "--deployed_release": "r1",
    "--prefix": "dev",
    "--account": "222222222222",
    "--region": "eu-west-1",
    "--run_id": "scheduled__2026-01-01",
    "--product": "trade",
    "--source": "shop",
    "--secret": "shop/reader",
    "--source_prefix": "public.",
}


def line(**changes: str) -> list[str]:
    return [text for pair in (ARGUMENTS | {f"--{name}": value for name, value in changes.items()}).items() for text in pair]


def test_a_run_of_the_deployed_release_goes_on() -> None:
    assert given(lake_parser(None), [*line(), "--JOB_NAME", "dev-refine"]).release == "r1"


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py")))
def test_a_run_that_a_deployment_overtook_ends_before_spark_starts(script: str) -> None:
    # Without a place for Spark to be, starting it would be the failure that is told.
    ended = subprocess.run(
        [sys.executable, str(SCRIPTS / script), *line(deployed_release="r2")],
        env={"PATH": "", "SPARK_HOME": "/nowhere", "PYTHONPATH": str(SCRIPTS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == "the run is of release r1, and release r2 was deployed meanwhile: run again\n"
