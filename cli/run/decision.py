"""What a person decides about one table after a run, carried out by the deployed job that writes the table, under its role."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.terminal.failures import FAILED, Interrupted, Refused
from medallion.manifest.errors import Location, UnknownValue
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, SilverTable
from medallion.manifest.names import Layer, Names
from medallion.manifest.steps import step_of

if TYPE_CHECKING:
    from medallion.arguments import Action

POLL_SECONDS = 0.5
LakeTable = BronzeTable | SilverTable | GoldTable


def decide(context: Context, written: str, action: "Action", reason: str, layers: Sequence[Layer], *, told: bool = True) -> None:
    """Runs the job of a table's layer for a decision, shows what became of the table, and ends the command if it failed.

    Args:
        context: The environment.
        written: The table: its name, `LAYER.NAME` or `DATABASE.NAME`.
        action: What is decided.
        reason: Why.
        layers: The layers that it may be decided for.
        told: Whether `--json` prints what became of it; False where another decision follows.

    Raises:
        Refused: No table or more than one is meant, or a run is going.
        Exit: The job failed.
    """
    import typer

    from cli.deployment.deployed import deployed_manifest
    from cli.run.job_log import RunLog
    from cli.run.job_runs import ENDED, JobRun
    from cli.run.lock import alone
    from cli.run.product_run import TaskRun
    from cli.run.progress import Progress
    from cli.terminal.output import print_json

    glue, names = context.client("glue"), context.names
    with alone(context), Progress() as progress:
        release, manifest = deployed_manifest(context)
        table = table_meant(manifest, names, written, layers)
        job = step_of(table).job(names)
        refuse_while_running(glue, job)
        given = {
            "--manifest": f"s3://{names.bucket('artifacts')}/releases/{release}/manifest.json",
            "--release": release,
            "--run_id": f"{action}__{datetime.now(UTC).isoformat(timespec='seconds')}",
            "--product": table.product,
            "--tables": table.name,
            "--action": action,
            **({"--reason": reason} if reason else {}),
        }
        run_id = str(glue.start_job_run(JobName=job, Arguments=given)["JobRunId"])
        run = JobRun(glue=glue, job=job, id=run_id, log=RunLog(context.client("logs"), names.job_output_group, run_id))
        progress.doing(f"{job} {run_id}")
        try:
            while (state := run.state())[0] not in ENDED:
                time.sleep(POLL_SECONDS if context.is_local else 10)
        except KeyboardInterrupt:
            run.stop()
            raise Interrupted(f"Interrupted; stopped Glue run {run_id}. What it had committed stays, and nothing is half-done.") from None
        outcomes = run.outcomes()
        for outcome in outcomes:
            progress.table(outcome)
    succeeded = state[0] == "SUCCEEDED"
    if context.json and told:
        print_json(
            {
                "run_id": given["--run_id"],
                "job_run": run_id,
                "state": "success" if succeeded else "failed",
                "cause": None if succeeded else state[1],
                "tables": [outcome.model_dump() for outcome in outcomes],
            }
        )
    if not succeeded:
        options = "" if context.is_local else f" --env {context.environment}"
        progress.failure(TaskRun(job, job, job_run=run_id, error=state[1] or state[0], log=run.lines, tables=outcomes), options)
        raise typer.Exit(FAILED)


def table_meant(manifest: Manifest, names: Names, written: str, layers: Sequence[Layer]) -> LakeTable:
    """The one table of some layers that a person means.

    Raises:
        UnknownValue: There is none of that name.
        Refused: There are several.
    """
    tables = {
        table: (table.name, f"{table.layer}.{table.name}", f"{names.database(table.layer)}.{table.name}")
        for table in manifest.tables()
        if table.layer in layers
    }
    found = [table for table, known in tables.items() if written in known]
    if not found:
        raise UnknownValue(Location("TABLE"), written, {known[0] for known in tables.values()})
    if len(found) > 1:
        raise Refused(f"{written} could be {' or '.join(f'{table.layer}.{table.name}' for table in found)}: write it so")
    return found[0]


def refuse_while_running(glue: Any, job: str) -> None:
    """Raises Refused while a run of the job is going: a table has one writer."""
    from cli.run.job_runs import ENDED

    going = [run["Id"] for run in glue.get_job_runs(JobName=job, MaxResults=20)["JobRuns"] if run["JobRunState"] not in ENDED]
    if going:
        raise Refused(f"{job} is running ({', '.join(going)}): wait until it has ended")
