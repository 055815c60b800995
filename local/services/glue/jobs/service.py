"""Glue jobs: their runs are processes of Spark 4.1 under the deployed role."""

from local.emulator.process import Emulator
from local.service import Handlers, Service
from local.services.glue.jobs.api import GlueJobs

HANDLERS: Handlers[GlueJobs] = {
    "CreateJob": GlueJobs.create,
    "UpdateJob": GlueJobs.update,
    "DeleteJob": GlueJobs.delete,
    "GetJob": GlueJobs.get,
    "GetJobs": GlueJobs.get_all,
    "ListJobs": GlueJobs.list,
    "BatchGetJobs": GlueJobs.batch_get,
    "StartJobRun": GlueJobs.start_run,
    "GetJobRun": GlueJobs.get_run,
    "GetJobRuns": GlueJobs.get_runs,
    "BatchStopJobRun": GlueJobs.stop_runs,
}


def install(emulator: Emulator) -> None:
    """Answers the job part of the Glue API."""
    jobs = GlueJobs(emulator)
    emulator.operations.answer("glue", HANDLERS, jobs)
    emulator.cloudformation.correct_type("AWS::Glue::Job", jobs.deployed, before_delete=jobs.undeployed)
    emulator.document("job-processes", jobs.processes)
    emulator.at_start(jobs.end_interrupted)
    emulator.at_stop(jobs.stop_all)


SERVICE = Service(
    name="Glue jobs",
    truth="real",
    sentence="A run is the deployed script with its wheels on Spark 4.1.1 under the job's role, on two cores of this machine and as the user who started the laptop, be it root; worker types, numbers and auto scaling are recorded only; other than on Linux x86_64 only a job's pure Python wheels are installed.",
    types=("AWS::Glue::Job",),
    operations=tuple(HANDLERS),
    process="java (Spark), kept warm for the next run, and a Python per run",
    install=install,
)
