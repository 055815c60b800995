"""The DAG of a product: its plan, written below at synth, made into Glue job runs.

Parsing reads no file and calls nothing. How it waits is Airflow's configuration, section `medallion` (on MWAA an
`airflow_configuration_options` of the same name, such as `medallion.poll_seconds`):

    deferrable: Whether the triggerer waits for a Glue run instead of a worker; default true.
    poll_seconds: How often a Glue run is looked at; default 20.
    retries: How often a failed task is tried again, where the product does not say it; default 2.
    retry_delay_seconds: How long before that; default 300.
    alerts_topic: The ARN of the SNS topic that is told of failed runs and of deadlines that were missed; default none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.hooks.ssm import SsmHook
from airflow.providers.amazon.aws.notifications.sns import SnsNotifier
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSkipException, conf
from airflow.sdk import DAG, Asset, AssetAlias, AssetAny, BaseOperator, CronTriggerTimetable, Param
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.definitions.timetables.assets import AssetOrTimeSchedule
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from airflow.sdk import Context

PLAN: dict[str, Any] = {}

# What a task leaves for those after it: `done`, the tables that it brought up to date, `published`, those of them that changed, and
# `undone`, those that it or a task before did not bring up to date.
LEFT = "tables"
ANNOUNCE = "announce"
VERDICT = "verdict"


class GlueRunFailed(AirflowException):
    """A Glue run did not succeed; tells the cause that Glue gives."""


class ReleaseJobHook(GlueJobHook):
    """Glue job runs, with every end of a run known for what it is."""

    def get_job_state(self, job_name: str, run_id: str) -> str:
        """The state of a run; what the provider would poll for ever (ERROR, EXPIRED) or take for success (STOPPED) is FAILED."""
        state = super().get_job_state(job_name, run_id)
        return "FAILED" if state in {"ERROR", "EXPIRED", "STOPPED"} else state


class ReleaseJob(GlueJobOperator):
    """Runs a deployed Glue job and shows in the task's log what became of each table, and why a run failed."""

    aws_hook_class = ReleaseJobHook

    def __init__(self, *, log_group: str, tables: Sequence[str] = (), inputs: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log_group = log_group
        self.tables = list(tables)
        self.inputs = list(inputs)
        self._ended_well: list[str] = []
        self._published: list[str] = []

    def execute(self, context: "Context") -> Any:
        """Starts the run, or takes up the one that an earlier try of this task started, and waits for it.

        The job is told which tables the tasks before left undone, and skips what is made from them.
        """
        # Glue's own parser takes the next argument for the value of an empty one.
        arguments = {**self.script_args, "--failed": ",".join(self._undone_before(context))}
        self.script_args = {name: value for name, value in arguments.items() if value}
        try:
            super().execute(context)
        except AirflowException as failure:
            # Before there is a run there is nothing to tell of it.
            if self._job_run_id is None:
                raise
            raise GlueRunFailed(self._failed(context, self._job_run_id)) from failure
        return self._ended(context, self._job_run_id)

    def execute_complete(self, context: "Context", event: dict[str, Any] | None = None) -> str:
        """The second half of a deferred run."""
        run_id = context["ti"].xcom_pull(key="glue_job_run_id", task_ids=self.task_id)
        try:
            super().execute_complete(context, event)
        except AirflowException as failure:
            raise GlueRunFailed(self._failed(context, run_id)) from failure
        return self._ended(context, run_id)

    def _ended(self, context: "Context", run_id: Any) -> str:
        if self.hook.get_job_state(self.job_name, run_id) != "SUCCEEDED":
            raise GlueRunFailed(self._failed(context, run_id))
        self._report(run_id)
        self._leave(context, self.tables)
        return str(run_id)

    def _failed(self, context: "Context", run_id: str) -> str:
        """Leaves what ended well all the same; gives one line on how the run ended."""
        cause = self._report(run_id)
        self._leave(context, self._ended_well)
        return cause

    def _leave(self, context: "Context", done: Sequence[str]) -> None:
        undone = {*wanted(self.tables, context), *self._undone_before(context)} - set(done)
        context["ti"].xcom_push(key=LEFT, value={"done": sorted(done), "published": self._published, "undone": sorted(undone)})

    def _undone_before(self, context: "Context") -> list[str]:
        """The tables that the tasks before left undone.

        Raises:
            AirflowSkipException: They brought no table up to date at all.
        """
        left = [context["ti"].xcom_pull(key=LEFT, task_ids=task) for task in self.inputs]
        if left and not any(one and one["done"] for one in left):
            raise AirflowSkipException(f"{' and '.join(self.inputs)} brought no table up to date, so there is nothing to do")
        upstream: Mapping[str, Any] = context["dag"].task_dict
        return sorted(
            {
                table
                for task, one in zip(self.inputs, left, strict=True)
                for table in (one["undone"] if one else wanted(upstream[task].tables, context))
            }
        )

    def _report(self, run_id: str) -> str:
        """Logs the outcome of each table; gives one line on how the run ended."""
        for line in self._output(run_id):
            if line.replace(" ", "").startswith('{"event":"table"'):
                self.log.info("%s", line.rstrip())
                self._ended_well += tables_that(line, "published", "unchanged")
                self._published += tables_that(line, "published")
        run = self.hook.conn.get_job_run(JobName=self.job_name, RunId=run_id)["JobRun"]
        return f"{self.job_name} {run_id} {run['JobRunState']}: {run.get('ErrorMessage', 'no cause given')}"

    def _output(self, run_id: str) -> Iterator[str]:
        """What the run printed."""
        logs = AwsLogsHook(aws_conn_id=self.aws_conn_id, region_name=self.region_name)
        problems = []
        # Glue 5 and later add the worker to the run's id, earlier ones don't.
        for stream in (f"{run_id}-driver", run_id):
            try:
                for event in logs.get_log_events(log_group=self.log_group, log_stream_name=stream, start_from_head=True):
                    yield event["message"]
            except ClientError as problem:
                problems.append(str(problem))
            else:
                return
        # A run that ended before its first line has no stream; why it ended matters more than its log.
        self.log.warning("no log of run %s: %s", run_id, "; ".join(problems))


class Verdict(BaseOperator):
    """The end of every run: fails, with their names, where tables were left undone, though all that does not need them went on."""

    def __init__(self, *, jobs: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.jobs = {task: list(tables) for task, tables in jobs.items()}

    def execute(self, context: "Context") -> None:
        """Looks at what each task left."""
        undone = []
        for task, tables in self.jobs.items():
            left = context["ti"].xcom_pull(key=LEFT, task_ids=task)
            mine = [table for table in wanted(tables, context) if left is None or table in left["undone"]]
            if mine or left is None:
                undone.append(f"{task}: {', '.join(mine) or 'did not end well'}")
        if undone:
            raise AirflowFailException(f"not up to date after this run: {'; '.join(undone)}; the log of each task says why")


class Announce(BaseOperator):
    """Tells the products that are made from this one's tables which of them changed: also those of a run that failed for others."""

    def __init__(self, *, jobs: Sequence[str], alias: str, **kwargs: Any) -> None:
        super().__init__(**kwargs, outlets=[AssetAlias(alias)])
        self.jobs = list(jobs)
        self.alias = alias

    def execute(self, context: "Context") -> list[str]:
        """Makes an event of each changed table's asset."""
        left = [context["ti"].xcom_pull(key=LEFT, task_ids=task) for task in self.jobs]
        changed = sorted({table for one in left if one for table in one["published"]})
        for table in changed:
            context["outlet_events"][AssetAlias(self.alias)].add(asset(table))
        return changed


def asset(table: str) -> Asset:
    """A table, as the products know it that wait for it."""
    return Asset(name=table, uri=f"medallion://{table.replace('.', '/')}")


def tables_that(line: str, *outcomes: str) -> list[str]:
    """The table that a job's line tells to have ended so; none where it tells something else, or was cut off by the log."""
    try:
        told = json.loads(line)
    except ValueError:
        return []
    return [told["table"]] if told.get("outcome") in outcomes else []


def wanted(tables: Sequence[str], context: "Context") -> list[str]:
    """The tables that a run is about: all, or those that it is limited to."""
    asked = context["params"]["tables"]
    return [table for table in tables if not asked or table.partition(".")[2] in asked]


class OnceARelease(ReleaseJob):
    """Brings the tables to the release, as its contracts or who may see what; skipped when that was done already."""

    def __init__(self, *, parameter: str, release: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameter = parameter
        self.release = release

    def execute(self, context: "Context") -> Any:
        """Runs the job unless the parameter names this release."""
        applied = SsmHook(aws_conn_id=self.aws_conn_id, region_name=self.region_name).get_parameter_value(self.parameter, default="")
        if applied == self.release:
            raise AirflowSkipException(f"done already for release {self.release}")
        return super().execute(context)


def schedule(plan: dict[str, Any]) -> Any:
    """When a product runs: by its own schedule, and whenever a table of another product changed that it is made from."""
    tables = [asset(table) for table in plan["waits_for"]]
    if not plan["schedule"]:
        return AssetAny(*tables) if tables else None
    # Without it, a DAG that is new runs at once if the time that it last had to run at was not long ago.
    due = CronTriggerTimetable(plan["schedule"], timezone="UTC", run_immediately=timedelta())
    return AssetOrTimeSchedule(timetable=due, assets=AssetAny(*tables)) if tables else due


def alert(plan: dict[str, Any], subject: str, message: str) -> dict[str, Any] | None:
    """What the topic of alerts is told; None where there is none.

    Product and owner are attributes, so that a subscription can be for some of them only.
    """
    topic = conf.get("medallion", "alerts_topic", fallback="")
    if not topic:
        return None
    return {
        "target_arn": topic,
        "subject": f"{plan['dag_id']}: {subject}",
        "message": message,
        "message_attributes": {"product": plan["product"], "owner": plan["owner"] or "airflow", "release": plan["release"]},
        "region_name": plan["region"],
    }


def failure(plan: dict[str, Any]) -> list[SnsNotifier]:
    """Tells of a run that left tables undone, by their names."""
    told = alert(plan, "run failed", "{{ run_id }}: {{ exception }}")
    return [SnsNotifier(**told)] if told else []


def deadline(plan: dict[str, Any]) -> DeadlineAlert | None:
    """Tells of a run that has not ended in time; None where nobody asked for it, or there is nobody to be told."""
    minutes = plan["deadline_minutes"]
    told = alert(plan, "deadline missed", f"A run of {plan['dag_id']} has not ended {minutes} minutes after it was queued.")
    if minutes is None or told is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(SnsNotifier, kwargs=told),
    )


def product_dag(plan: dict[str, Any]) -> DAG:
    """The DAG of a plan (`medallion.manifest.schedule.Plan` as JSON)."""
    poll_seconds = conf.getint("medallion", "poll_seconds", fallback=20)
    with DAG(
        dag_id=plan["dag_id"],
        description=f"Product {plan['product']}, release {plan['release']}",
        # Without a start date the first run is the next that is due, and none is made up for at the first deployment.
        schedule=schedule(plan),
        catchup=False,
        max_active_runs=1,
        # What the contract schedules is wanted; a person may still pause it.
        is_paused_upon_creation=False,
        dagrun_timeout=timedelta(minutes=plan["timeout_minutes"]) if plan["timeout_minutes"] else None,
        deadline=deadline(plan),
        tags=["medallion", plan["product"]],
        params={
            "tables": Param(
                [],
                type="array",
                items={"type": "string", "enum": plan["tables"]},
                uniqueItems=True,
                description="Only these tables; none means all of the product.",
            ),
            **{
                end: Param(None, type=["null", "string"], format="date-time", title=title, description=what)
                for end, title, what in (
                    ("from", "Read again from", "UTC, inclusive; none reads what is new."),
                    ("to", "Read again to", "UTC, exclusive; none reads what is new."),
                )
            },
        },
        default_args={
            "owner": plan["owner"] or "airflow",
            "retries": conf.getint("medallion", "retries", fallback=2) if plan["retries"] is None else plan["retries"],
            "retry_delay": timedelta(seconds=conf.getint("medallion", "retry_delay_seconds", fallback=300)),
        },
    ) as dag:
        tasks: dict[str, ReleaseJob] = {}
        tables = {step["id"]: step["tables"] for step in plan["tasks"] if step["tables"]}
        for step in plan["tasks"]:
            inputs = [before for before in step["after"] if before in tables]
            common: dict[str, Any] = {
                "task_id": step["id"],
                "job_name": step["job"],
                "script_args": step["arguments"],
                "log_group": plan["log_group"],
                "region_name": plan["region"],
                "aws_conn_id": "aws_default",
                "tables": step["tables"],
                "inputs": inputs,
                # Contracts that were not needed hold nothing up, and those that failed do. A table that failed stops only what needs it.
                "trigger_rule": "all_done" if inputs else "none_failed",
                "deferrable": conf.getboolean("medallion", "deferrable", fallback=True),
                "job_poll_interval": poll_seconds,
                "waiter_delay": poll_seconds,
                # The job's own timeout ends a run; two days is longer than any.
                "waiter_max_attempts": 2 * 24 * 3600 // max(poll_seconds, 1),
                "verbose": False,
                "stop_job_run_on_kill": True,
                "resume_glue_job_on_retry": True,
            }
            if step["applied"]:
                task: ReleaseJob = OnceARelease(parameter=step["applied"], release=plan["release"], **common)
            else:
                task = ReleaseJob(**common)
            for before in step["after"]:
                tasks[before] >> task
            tasks[step["id"]] = task
        last = Verdict(task_id=VERDICT, jobs=tables, trigger_rule="all_done", retries=0, on_failure_callback=failure(plan))
        list(tasks.values()) >> last
        announced = [step["id"] for step in plan["tasks"] if step["announced"]]
        if announced:
            told = Announce(task_id=ANNOUNCE, jobs=announced, alias=f"{plan['dag_id']}_tables", trigger_rule="all_done", retries=0)
            [tasks[task] for task in announced] >> told >> last
    return dag


if PLAN:
    dag = product_dag(PLAN)
