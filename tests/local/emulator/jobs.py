"""Glue jobs of the tests: a script, a role and what the role may do."""

import json
import time
from collections.abc import Callable
from typing import Any

BUCKET = "job-scripts"
LOG_PREFIX = "/tests/jobs"
LOG_GROUP = f"{LOG_PREFIX}/output"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
ALLOWED = {
    "s3:GetObject": [f"arn:aws:s3:::{BUCKET}/*"],
    "logs:CreateLogStream": [f"arn:aws:logs:eu-west-1:111111111111:log-group:{LOG_PREFIX}/*"],
    "logs:PutLogEvents": [f"arn:aws:logs:eu-west-1:111111111111:log-group:{LOG_PREFIX}/*"],
}


class Jobs:
    """Makes and runs Glue jobs by the ordinary API."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        self.aws = aws
        self.glue = aws("glue")
        aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        aws("logs").create_log_group(logGroupName=LOG_GROUP)

    def make(self, name: str, script: str, *, without: str = "", arguments: dict[str, str] | None = None, **settings: Any) -> str:
        """Makes a job whose role may do what it needs, but for one action."""
        trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        allowed = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in ALLOWED.items() if action != without]
        iam = self.aws("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        self.aws("s3").put_object(Bucket=BUCKET, Key=f"{name}.py", Body=script.encode())
        self.glue.create_job(
            **{
                "Name": name,
                "Role": role["Arn"],
                "GlueVersion": "6.0",
                "WorkerType": "G.1X",
                "NumberOfWorkers": 2,
                "Timeout": 5,
                "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/{name}.py", "PythonVersion": "3"},
                "DefaultArguments": {"--custom-logGroup-prefix": LOG_PREFIX, **(arguments or {})},
                **settings,
            }
        )
        return name

    def start(self, name: str, **arguments: str) -> str:
        """Starts a run; gives its id."""
        run: str = self.glue.start_job_run(JobName=name, Arguments={f"--{key}": value for key, value in arguments.items()})["JobRunId"]
        return run

    def run(self, name: str, **arguments: str) -> dict[str, Any]:
        """Runs a job to its end."""
        return self.wait(name, self.start(name, **arguments))

    def wait(self, name: str, run_id: str, *states: str) -> dict[str, Any]:
        """The run, once it has ended or is in one of some states."""
        end = time.monotonic() + 180
        while time.monotonic() < end:
            run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            if run["JobRunState"] in (states or ENDED):
                return run
            assert not states or run["JobRunState"] not in ENDED, run
            time.sleep(0.2)
        raise AssertionError("the run did not end in three minutes")

    def log(self, run_id: str) -> list[str]:
        """What a run wrote."""
        events = self.aws("logs").get_log_events(logGroupName=LOG_GROUP, logStreamName=run_id, startFromHead=True)["events"]
        return [event["message"] for event in events]
