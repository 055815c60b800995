"""Glue job runs as they go: found by the task that started them, followed by their log, stopped."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import Field

from cli.run.job_log import RunLog
from medallion.manifest.frozen import Frozen

# Where Airflow's GlueJobOperator notes which task try started a run.
STARTED_BY = "--airflow_task_uuid"
ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})


class TableOutcome(Frozen):
    """What a job run did with a table; the line that a job prints.

    Attributes:
        step: `apply`, `ingest`, `refine` or `aggregate`.
        table: With its database.
        outcome: `published`, `unchanged`, `failed`, `skipped`.
        rows: By disposition, such as `read` or `merged`.
        seconds: How long it took.
        error: The cause of a failure in one line.
    """

    step: str
    table: str
    outcome: str
    rows: dict[str, int] = Field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None

    @classmethod
    def of_line(cls, line: str) -> Self | None:
        """The outcome that a log line holds, None if it is another line."""
        if not line.replace(" ", "").startswith('{"event":"table"'):
            return None
        try:
            found = json.loads(line)
        except ValueError:
            return None
        return cls(**{name: found[name] for name in cls.model_fields if name in found})


@dataclass
class JobRun:
    """One Glue job run that is followed.

    Attributes:
        job: The job's name.
        id: The run's id.
        log: Its log.
        lines: The last lines of its log so far.
    """

    glue: Any
    job: str
    id: str
    log: RunLog
    lines: list[str] = field(default_factory=list)

    @classmethod
    def started_by(cls, task: str, *, job: str, glue: Any, logs: Any, group: str) -> Self | None:
        """The latest run of a job that a task started, None if there is none yet.

        Args:
            task: `<dag id>:<task id>:<run id>:-1`.
            job: The job's name.
            glue: A Glue client.
            logs: A CloudWatch Logs client.
            group: The log group of what jobs print.
        """
        for run in glue.get_job_runs(JobName=job, MaxResults=20)["JobRuns"]:
            if run.get("Arguments", {}).get(STARTED_BY) == task:
                return cls(glue=glue, job=job, id=run["Id"], log=RunLog(logs, group, run["Id"]))
        return None

    def outcomes(self) -> list[TableOutcome]:
        """The table outcomes that it has logged since this was last asked."""
        # On AWS nobody can tell Spark's log that pools without settings of their own are what is wanted.
        lines = [line for line in self.log.new_lines() if "FairSchedulableBuilder" not in line]
        self.lines = [*self.lines, *lines][-20:]
        return [outcome for line in lines if (outcome := TableOutcome.of_line(line))]

    def state(self) -> tuple[str, str | None]:
        """Its state, and the cause that Glue gives if it failed."""
        run = self.glue.get_job_run(JobName=self.job, RunId=self.id)["JobRun"]
        return run["JobRunState"], run.get("ErrorMessage")

    def stop(self) -> bool:
        """Asks Glue to stop it, unless somebody else has; returns whether it was cut short."""
        if (state := self.state()[0]) in ENDED | {"STOPPING"}:
            return state in {"STOPPED", "STOPPING"}
        self.glue.batch_stop_job_run(JobName=self.job, JobRunIds=[self.id])
        return True
