"""What a task tells of a Glue run, in Airflow's own environment."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".tools" / "airflow" / "bin" / "python"

# Reads the streams that there are, prints what the task logs and how the run ended.
TASK = """
import json, sys
from types import SimpleNamespace
from botocore.exceptions import ClientError
import factory

streams, told = json.loads(sys.argv[1]), []

class Logs:
    def __init__(self, **connection): pass
    def get_log_events(self, *, log_group, log_stream_name, start_from_head):
        if log_stream_name not in streams:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": log_stream_name}}, "GetLogEvents")
        yield from ({"message": line} for line in streams[log_stream_name])

def tell(template, *values):
    told.append(template % values)

factory.AwsLogsHook = Logs
factory.ReleaseJob.log = SimpleNamespace(info=tell, warning=tell)
job = factory.ReleaseJob(task_id="refine", job_name="dev-refine", log_group="/medallion/dev/jobs/output", region_name="eu-west-1")
run = {"JobRun": {"JobRunState": "FAILED", "ErrorMessage": "refine: broken"}}
job.__dict__["hook"] = SimpleNamespace(conn=SimpleNamespace(get_job_run=lambda **given: run))
cause = job._report("jr_1")
print(json.dumps({"cause": cause, "told": told}))
"""
LINE = '{"event": "table", "table": "dev_silver.orders"}'


def report(streams: dict[str, list[str]], home: Path) -> tuple[str, list[str]]:
    ended = subprocess.run(
        [str(PYTHON), "-c", TASK, json.dumps(streams)],
        env={**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(ROOT / "mwaa_dags")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout.splitlines()[-1])
    return answer["cause"], answer["told"]


@pytest.mark.parametrize("stream", ["jr_1", "jr_1-driver"])
def test_the_tables_are_told_whether_glue_names_the_stream_by_the_run_or_its_driver(stream: str, tmp_path: Path) -> None:
    assert report({stream: ["some warning", LINE]}, tmp_path) == ("dev-refine jr_1 FAILED: refine: broken", [LINE])


def test_a_run_without_a_log_is_told_with_its_cause(tmp_path: Path) -> None:
    cause, (warning,) = report({"jr_2": [LINE]}, tmp_path)
    assert cause == "dev-refine jr_1 FAILED: refine: broken"
    assert warning.startswith("no log of run jr_1: ")
