"""The job part of the Glue API; the definitions are the emulator's own records."""

import threading

from local.emulator.process import Emulator
from local.paging import page_of
from local.processes import Process
from local.service import Change, Context, Json, Provisioned, ServiceError
from local.services.glue.jobs.driver import Driver
from local.services.glue.jobs.runs import Run, RunStore, new_run_id
from local.services.glue.spark.pool import SparkPool
from local.services.glue.spark.runtime import SparkRuntime
from local.settings import ROOT

DEFAULT_LOG_GROUP = "/aws-glue/jobs"
# How many items an answer has where the request says nothing.
PAGE = 200
DPU = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "R.1X": 1.0, "R.2X": 2.0, "R.4X": 4.0, "R.8X": 8.0}
# Of these the emulator keeps some and drops the others; all of a job comes back as it was given.
PROPERTIES = (
    "JobMode",
    "JobRunQueuingEnabled",
    "Description",
    "LogUri",
    "Role",
    "ExecutionProperty",
    "Command",
    "DefaultArguments",
    "NonOverridableArguments",
    "Connections",
    "MaxRetries",
    "AllocatedCapacity",
    "Timeout",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "ExecutionClass",
    "SourceControlDetails",
    "MaintenanceWindow",
)
NUMBERS = ("MaxRetries", "AllocatedCapacity", "Timeout", "NumberOfWorkers")


class GlueJobs:
    """The job part of the Glue API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._runs = RunStore(emulator.settings.state / "glue-runs")
        self._pool = SparkPool(emulator.settings, SparkRuntime(ROOT))
        self._drivers: dict[str, Driver] = {}
        self._lock = threading.Lock()

    def end_interrupted(self) -> None:
        """Ends the runs that a laptop left behind which was not taken down."""
        for run in self._runs:
            if not run.finished:
                if run.pid is not None:
                    Process(run.pid, run.pid_started).kill_group()
                self._runs.change(run, "FAILED", "the laptop stopped while the run was under way; start it again")

    def stop_all(self) -> None:
        """Ends all runs with their processes."""
        for run in self._runs:
            if not run.finished:
                self._runs.change(run, "FAILED", "the laptop was taken down while the run was under way; start it again")
        with self._lock:
            drivers = list(self._drivers.values())
        for driver in drivers:
            driver.stop(wait=True)
        self._pool.close()

    def processes(self) -> dict[str, int]:
        """The process group of each run that is under way."""
        return {run.id: run.pid for run in self._runs if run.pid is not None and not run.finished}

    def create(self, request: Json, context: Context) -> Json:
        """CreateJob."""
        answer = context.proceed(request)
        self._complete(request["Name"], request)
        return answer

    def update(self, request: Json, context: Context) -> Json:
        """UpdateJob; what is not named is reset, as on AWS."""
        answer = context.proceed(request)
        self._complete(request["JobName"], request.get("JobUpdate", {}))
        return answer

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteJob; its runs are ended and forgotten."""
        self._end(request["JobName"])
        return context.proceed(request)

    def get(self, request: Json, context: Context) -> Json:
        """GetJob."""
        return {"Job": self._shown(request["JobName"])}

    def get_all(self, request: Json, context: Context) -> Json:
        """GetJobs."""
        names, token = page_of(request, sorted(self._emulator.records.glue_job_names()), PAGE)
        return {"Jobs": [self._shown(name) for name in names], **token}

    def list(self, request: Json, context: Context) -> Json:
        """ListJobs."""
        names, token = page_of(request, sorted(self._emulator.records.glue_job_names()), PAGE)
        return {"JobNames": names, **token}

    def batch_get(self, request: Json, context: Context) -> Json:
        """BatchGetJobs."""
        known = set(self._emulator.records.glue_job_names())
        names = request["JobNames"]
        return {
            "Jobs": [self._shown(name) for name in names if name in known],
            "JobsNotFound": [name for name in names if name not in known],
        }

    def start_run(self, request: Json, context: Context) -> Json:
        """StartJobRun."""
        job = self._shown(request["JobName"])
        if request.get("JobRunId"):
            previous = self._find(job["Name"], request["JobRunId"])
            request = {"Arguments": previous.arguments, **request}
        return {"JobRunId": self._start(job, request).id}

    def get_run(self, request: Json, context: Context) -> Json:
        """GetJobRun."""
        return {"JobRun": self._find(request["JobName"], request["RunId"]).as_answer()}

    def get_runs(self, request: Json, context: Context) -> Json:
        """GetJobRuns, newest first."""
        self._shown(request["JobName"])
        runs, token = page_of(request, self._runs.of(request["JobName"]), PAGE)
        return {"JobRuns": [run.as_answer() for run in runs], **token}

    def stop_runs(self, request: Json, context: Context) -> Json:
        """BatchStopJobRun."""
        submitted: list[Json] = []
        errors: list[Json] = []
        for run_id in request["JobRunIds"]:
            run = self._runs.get(run_id)
            name = {"JobName": request["JobName"], "JobRunId": run_id}
            if run is None or run.job != request["JobName"]:
                errors.append({**name, "ErrorDetail": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"no run {run_id}"}})
            elif run.finished or (driver := self._driver(run_id)) is None:
                errors.append({**name, "ErrorDetail": _ended_already(run)})
            else:
                driver.stop()
                submitted.append(name)
        return {"SuccessfulSubmissions": submitted, "Errors": errors}

    def deployed(self, change: Change) -> Provisioned:
        """A job of a template, completed."""
        self._complete(change.physical_id, change.new)
        return Provisioned(change.physical_id, change.attributes)

    def undeployed(self, physical_id: str, properties: Json) -> None:
        """A job that leaves its template."""
        self._end(physical_id)

    def _end(self, job: str) -> None:
        for run in self._runs.of(job):
            if not run.finished and (driver := self._driver(run.id)) is not None:
                driver.stop(wait=True)
        self._runs.forget(job)

    def _driver(self, run_id: str) -> Driver | None:
        """The driver of a run; None if the run ended just now."""
        with self._lock:
            return self._drivers.get(run_id)

    def _complete(self, name: str, given: Json) -> None:
        record = self._emulator.records.glue_job(name)
        if record is None:
            raise ServiceError("EntityNotFoundException", f"Job {name} not found")
        for key in PROPERTIES:
            record.pop(key, None)
            if key in given:
                record[key] = int(given[key]) if key in NUMBERS else given[key]
        if "ExecutionProperty" in given:
            record["ExecutionProperty"] = {"MaxConcurrentRuns": int(given["ExecutionProperty"].get("MaxConcurrentRuns", 1))}
        record.setdefault("ExecutionProperty", {"MaxConcurrentRuns": 1})
        record.setdefault("MaxRetries", 0)
        record.setdefault("Timeout", 480)

    def _shown(self, name: str) -> Json:
        record = self._emulator.records.glue_job(name)
        if record is None:
            raise ServiceError("EntityNotFoundException", f"Job {name} not found")
        shown = {key: value for key, value in record.items() if key != "Tags" and value not in (None, "", {})}
        if "WorkerType" in shown and "NumberOfWorkers" in shown:
            capacity = DPU.get(shown["WorkerType"], 1.0) * shown["NumberOfWorkers"]
            shown = {"MaxCapacity": capacity, "AllocatedCapacity": int(capacity), **shown}
        return shown

    def _find(self, job: str, run_id: str) -> Run:
        run = self._runs.get(run_id)
        if run is None or run.job != job:
            raise ServiceError("EntityNotFoundException", f"Job run {run_id} of job {job} not found")
        return run

    def _start(self, job: Json, request: Json, retry_of: Run | None = None) -> Run:
        command = job.get("Command", {}).get("Name", "glueetl")
        if command != "glueetl":
            raise ServiceError("InvalidInputException", f"the laptop runs jobs of the kind glueetl, not {command}")
        arguments = {str(key): str(value) for key, value in request.get("Arguments", {}).items()}
        every = {**job.get("DefaultArguments", {}), **arguments}
        shown = (
            "WorkerType",
            "NumberOfWorkers",
            "MaxCapacity",
            "AllocatedCapacity",
            "SecurityConfiguration",
            "GlueVersion",
            "ExecutionClass",
        )
        settings = {key: request.get(key, job.get(key)) for key in shown if key in request or key in job}
        run = Run(
            id=new_run_id(),
            job=job["Name"],
            arguments=arguments,
            timeout_minutes=int(request.get("Timeout") or job["Timeout"]),
            settings={**settings, "LogGroupName": every.get("--custom-logGroup-prefix", DEFAULT_LOG_GROUP)},
        )
        if retry_of is not None:
            run.attempt, run.previous = retry_of.attempt + 1, retry_of.id
            run.id = f"{retry_of.id.partition('_attempt_')[0]}_attempt_{run.attempt}"
        at_most = job["ExecutionProperty"]["MaxConcurrentRuns"]
        # A run that can be seen has a driver that can be stopped.
        with self._lock:
            if not self._runs.add(run, at_most):
                raise ServiceError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']} ({at_most} at most)")
            driver = self._drivers[run.id] = Driver(
                self._emulator, self._runs, self._pool, job, run, lambda ended: self._ended(ended, request)
            )
            driver.start()
        return run

    def _ended(self, run: Run, request: Json) -> None:
        with self._lock:
            self._drivers.pop(run.id, None)
        job = self._emulator.records.glue_job(run.job)
        if run.state == "FAILED" and job is not None and run.attempt < job.get("MaxRetries", 0) and not self._emulator.stopping:
            self._start(self._shown(run.job), request, retry_of=run)


def _ended_already(run: Run) -> Json:
    return {"ErrorCode": "InvalidInputException", "ErrorMessage": f"the run has ended already ({run.state})"}
