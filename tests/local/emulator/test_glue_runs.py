"""A Glue job run is the deployed script on Spark, under the job's own role."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from local.laptop import Laptop
from tests.local.emulator.jobs import BUCKET, LOG_PREFIX, Jobs
from tests.local.emulator.model import checked

SLEEP = "import time\nprint('sleeping', flush=True)\ntime.sleep(600)\n"
LOOK = """
import json, os, sys
import boto3
import greeting
print(json.dumps({"argv": sys.argv[1:], "who": boto3.client("sts").get_caller_identity()["Arn"], "greeting": greeting.WORDS}))
"""
LEAVE = """
import os
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("first").config("spark.left.behind", "yes").getOrCreate()
spark.sparkContext.setLogLevel("DEBUG")
spark.range(3).createGlobalTempView("left_behind")
print("jvm", os.getpgid(0), flush=True)
"""
FIND = """
import os, boto3
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
jvm = spark._jvm
provider = jvm.software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider.create()
held = provider.resolveCredentials().accessKeyId()
print("jvm", os.getpgid(0), "own key", held == boto3.Session().get_credentials().access_key, "name", spark.sparkContext.appName == "first",
    "property", spark.conf.get("spark.left.behind", "none"), "views", len(spark.catalog.listTables("global_temp")),
    "level", jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString(), flush=True)
"""
SPARK = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("sum", spark.range(100).selectExpr("sum(id)").collect()[0][0], spark.sparkContext.master)
"""


@pytest.fixture(scope="module")
def jobs(aws: Callable[[str], Any]) -> Jobs:
    return Jobs(aws)


@pytest.fixture(scope="module")
def short(jobs: Jobs) -> str:
    """A run with the shortest timeout that Glue knows, started first and waited for last as it takes a minute."""
    jobs.make("short", SLEEP, Timeout=1)
    return jobs.start("short")


def wheels(name: str, source: str) -> bytes:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as content:
        info = f"{name}-1.0.dist-info"
        content.writestr(f"{name}.py", source)
        content.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        content.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        content.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr(f"{name}-1.0-py3-none-any.whl", wheel.getvalue())
    return archive.getvalue()


@pytest.mark.usefixtures("short")
def test_a_run_has_its_arguments_its_role_and_its_wheels(jobs: Jobs) -> None:
    jobs.aws("s3").put_object(Bucket=BUCKET, Key="x.gluewheels.zip", Body=wheels("greeting", "WORDS = 'from a wheel'"))
    jobs.aws("s3").put_object(Bucket=BUCKET, Key="first.gluewheels.zip", Body=wheels("first", ""))
    archives = f"s3://{BUCKET}/first.gluewheels.zip,s3://{BUCKET}/x.gluewheels.zip"
    modules = {"--additional-python-modules": archives, "--python-modules-installer-option": "--no-index"}
    jobs.make("look", LOOK, arguments={**modules, "--colour": "red", "--size": "1"})
    with checked(jobs.glue) as checks:
        run = jobs.run("look", size="2", extra="more")
        runs = jobs.glue.get_job_runs(JobName="look")["JobRuns"]
        assert {"GetJobRun", "GetJobRuns", "StartJobRun"} <= set(checks)

    assert run["JobRunState"] == "SUCCEEDED", run
    assert run["Arguments"] == {"--size": "2", "--extra": "more"}
    assert [one["Id"] for one in runs] == [run["Id"]]
    assert run["LogGroupName"] == LOG_PREFIX
    written = json.loads(next(line for line in jobs.log(run["Id"]) if line.startswith("{")))
    given = dict(zip(written["argv"][::2], written["argv"][1::2], strict=True))
    assert (given["--colour"], given["--size"], given["--extra"]) == ("red", "2", "more")
    assert (given["--JOB_NAME"], given["--JOB_RUN_ID"]) == ("look", run["Id"])
    assert written["who"].startswith("arn:aws:sts::111111111111:assumed-role/look/")
    assert written["greeting"] == "from a wheel"


def test_spark_runs_in_it(jobs: Jobs) -> None:
    jobs.make("spark", SPARK)
    run = jobs.run("spark")
    assert run["JobRunState"] == "SUCCEEDED", run
    assert "sum 4950 local[2]" in jobs.log(run["Id"])


def test_a_run_in_the_jvm_of_an_earlier_one_finds_nothing_of_it(jobs: Jobs) -> None:
    jobs.make("leaves", LEAVE)
    jobs.make("finds", FIND)
    (left,) = [line for line in jobs.log(jobs.run("leaves")["Id"]) if line.startswith("jvm")]
    (found,) = [line for line in jobs.log(jobs.run("finds")["Id"]) if line.startswith("jvm")]
    assert found == f"{left} own key True name False property none views 0 level WARN"


def test_a_run_after_one_that_was_killed_has_another_jvm(jobs: Jobs) -> None:
    group = "import os\nprint('jvm', os.getpgid(0), flush=True)\n"
    killed = jobs.run(jobs.make("dies", f"{group}import signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    after = jobs.run(jobs.make("follows", group))
    assert (killed["ErrorMessage"], after["JobRunState"]) == ("the run's process was killed by SIGKILL", "SUCCEEDED")
    assert jobs.log(killed["Id"])[-1] != jobs.log(after["Id"])[-1]


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        pytest.param("raise ValueError('no such column: price')", "ValueError: no such column: price", id="exception"),
        pytest.param("import sys\nsys.exit('refine: 1 of 2 tables failed')", "refine: 1 of 2 tables failed", id="last words"),
        pytest.param("import os, signal\nos.killpg(0, signal.SIGKILL)", "the run's process was killed by SIGKILL", id="killed"),
    ],
)
def test_a_failed_run_says_why_in_one_line(jobs: Jobs, script: str, cause: str, request: pytest.FixtureRequest) -> None:
    name = "fail-" + request.node.callspec.id.replace(" ", "-")
    run = jobs.run(jobs.make(name, script))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", cause)


@pytest.mark.parametrize("action", ["s3:GetObject", "logs:CreateLogStream", "logs:PutLogEvents"])
def test_without_one_of_its_permissions_a_run_fails(jobs: Jobs, action: str) -> None:
    run = jobs.run(jobs.make("without-" + action.replace(":", "-").lower(), "print('hello')", without=action))
    assert run["JobRunState"] == "FAILED"
    assert "AccessDenied" in run["ErrorMessage"]
    assert action.partition(":")[2] in run["ErrorMessage"]


def test_a_role_that_does_not_trust_glue_is_of_no_use(jobs: Jobs) -> None:
    jobs.make("distrusted", "print('hello')")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    jobs.aws("iam").update_assume_role_policy(RoleName="distrusted", PolicyDocument=document)
    assert "does not trust glue.amazonaws.com" in jobs.run("distrusted")["ErrorMessage"]


def test_a_connection_that_is_not_there_fails_the_run(jobs: Jobs) -> None:
    jobs.make("unconnected", "print('hello')", Connections={"Connections": ["nowhere"]})
    policy = {"Effect": "Allow", "Action": "glue:GetConnection", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    jobs.aws("iam").put_role_policy(RoleName="unconnected", PolicyName="connection", PolicyDocument=document)
    run = jobs.run("unconnected")
    assert run["JobRunState"] == "FAILED"
    assert "nowhere" in run["ErrorMessage"]


def test_without_its_log_group_a_run_fails_and_names_it(jobs: Jobs) -> None:
    run = jobs.run(jobs.make("unlogged", "print('hello')", arguments={"--custom-logGroup-prefix": "/tests/jobs/none"}))
    assert (run["JobRunState"], run["LogGroupName"]) == ("FAILED", "/tests/jobs/none")
    assert "the log group /tests/jobs/none/output does not exist" in run["ErrorMessage"]


def test_a_run_that_is_stopped_leaves_no_process(jobs: Jobs, laptop: Laptop) -> None:
    jobs.make("stopped", SLEEP)
    run = jobs.start("stopped")
    jobs.wait("stopped", run, "RUNNING")
    group = laptop.job_processes()[run]
    with checked(jobs.glue) as checks:
        answer = jobs.glue.batch_stop_job_run(JobName="stopped", JobRunIds=[run, "jr_unknown"])
        assert checks == ["BatchStopJobRun"]
    assert [one["JobRunId"] for one in answer["SuccessfulSubmissions"]] == [run]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert jobs.wait("stopped", run)["JobRunState"] == "STOPPED"
    assert_gone(group)


def test_no_more_runs_at_once_than_the_job_allows(jobs: Jobs) -> None:
    jobs.make("alone", SLEEP)
    run = jobs.start("alone")
    with pytest.raises(jobs.glue.exceptions.ConcurrentRunsExceededException):
        jobs.start("alone")
    jobs.glue.batch_stop_job_run(JobName="alone", JobRunIds=[run])
    jobs.wait("alone", run)


def test_a_failed_run_is_tried_again_as_often_as_the_job_says(jobs: Jobs) -> None:
    jobs.make("again", "raise SystemExit('broken')", MaxRetries=1)
    first = jobs.run("again")
    second = jobs.wait("again", f"{first['Id']}_attempt_1")
    assert (second["Attempt"], second["PreviousRunId"], second["JobRunState"]) == (1, first["Id"], "FAILED")
    assert len(jobs.glue.get_job_runs(JobName="again")["JobRuns"]) == 2


def test_a_job_comes_back_as_it_was_given(jobs: Jobs) -> None:
    given: dict[str, Any] = {
        "Description": "d",
        "ExecutionProperty": {"MaxConcurrentRuns": 3},
        "MaxRetries": 2,
        "Timeout": 7,
        "SecurityConfiguration": "secure",
        "Connections": {"Connections": ["c"]},
        "NotificationProperty": {"NotifyDelayAfter": 3},
        "ExecutionClass": "STANDARD",
        "JobRunQueuingEnabled": False,
    }
    jobs.make("whole", "pass", **given)
    with checked(jobs.glue) as checks:
        job = jobs.glue.get_job(JobName="whole")["Job"]
        assert "whole" in jobs.glue.list_jobs()["JobNames"]
        assert "whole" in {one["Name"] for one in jobs.glue.get_jobs()["Jobs"]}
        assert jobs.glue.batch_get_jobs(JobNames=["whole", "none"])["JobsNotFound"] == ["none"]
        jobs.glue.update_job(JobName="whole", JobUpdate={"Role": job["Role"], "Command": job["Command"], "Timeout": 8})
        updated = jobs.glue.get_job(JobName="whole")["Job"]
        assert checks == ["GetJob", "ListJobs", "GetJobs", "BatchGetJobs", "UpdateJob", "GetJob"]
    assert {key: job[key] for key in given} == given
    assert updated["Timeout"] == 8
    assert "Connections" not in updated


@pytest.mark.parametrize("kill", [False, True], ids=["taken down", "killed"])
def test_no_run_outlives_the_laptop(laptops: Callable[[], Laptop], kill: bool) -> None:
    laptop = laptops()
    laptop.up()
    jobs = Jobs(laptop.client)
    jobs.make("left", SLEEP)
    run = jobs.start("left")
    jobs.wait("left", run, "RUNNING")
    group = laptop.job_processes()[run]
    if kill:
        time.sleep(8)  # Its record is saved every few seconds.
        pid = laptop.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    else:
        laptop.down()
        assert_gone(group)
    laptop.up()
    ended = jobs.wait("left", run)
    assert ended["JobRunState"] == "FAILED"
    assert "the laptop" in ended["ErrorMessage"]
    assert_gone(group)


def test_a_run_ends_at_its_timeout(jobs: Jobs, short: str) -> None:
    run = jobs.wait("short", short)
    assert (run["JobRunState"], run["Timeout"]) == ("TIMEOUT", 1)


def assert_gone(group: int) -> None:
    """No process of a group is left."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        left = [process for process in psutil.process_iter() if _group(process) == group and process.status() != psutil.STATUS_ZOMBIE]
        if not left:
            return
        time.sleep(0.2)
    raise AssertionError(f"processes of group {group} are still there")


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except (ProcessLookupError, PermissionError):
        return -1
