"""What a deployment does about who sees what, where Lake Formation governs the lake."""

import time
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.terminal.failures import Interrupted, Refused
from cli.terminal.output import say
from medallion.manifest.errors import Terminal

if TYPE_CHECKING:
    from cli.run.job_runs import JobRun

POLL_SECONDS = 0.5
POLL_SECONDS_ON_AWS = 5


class AccessNotApplied(Terminal):
    """The release is deployed, and Lake Formation still has what contracts said before."""

    def __init__(self, run: str, cause: str) -> None:
        super().__init__(
            f"the release is deployed, but who sees what is as it was: Glue run {run}: {cause}. The next `lake run` tries it again, before "
            "it changes any table"
        )


def prepare_access(context: Context) -> None:
    """Makes what the governance stack needs, and CloudFormation can't make where it is there already.

    Args:
        context: The environment.

    Raises:
        Refused: It is not there, and the caller may not make it.
    """
    if context.configuration.governed:
        make_default_database(context.client("glue"))


def make_default_database(glue: Any) -> None:
    """Makes the catalog's database `default`, which every persona is granted to see and an account may lack.

    Args:
        glue: A Glue client.

    Raises:
        Refused: It is not there, and the caller may not make it.
    """
    from medallion.manifest.access.granting import DEFAULT_DATABASE

    try:
        glue.get_database(Name=DEFAULT_DATABASE)
    except glue.exceptions.EntityNotFoundException:
        pass
    else:
        return
    try:
        glue.create_database(DatabaseInput={"Name": DEFAULT_DATABASE, "Description": "Clients of Athena look here first"})
    except glue.exceptions.AlreadyExistsException:
        return
    except glue.exceptions.AccessDeniedException as error:
        raise Refused(
            f"the Data Catalog has no database `{DEFAULT_DATABASE}`, which clients of Athena look for first, and these credentials may not "
            f"make it: let a data lake administrator run `aws glue create-database --database-input Name={DEFAULT_DATABASE}`"
        ) from error


def apply_access(context: Context, release: str) -> None:
    """Closes at once what the deployed contracts no longer open, and opens what they open of the tables as they are.

    A first deployment has no tables yet: the first run does it, once it has made them.

    Args:
        context: The environment.
        release: The release that was just deployed.

    Raises:
        AccessNotApplied: The job failed.
        Interrupted: By Ctrl-C; the job is stopped.
    """
    from cli.run.job_log import RunLog
    from cli.run.job_runs import JobRun
    from cli.run.progress import Progress
    from medallion.manifest.steps import OPEN_ACCESS, Step

    if not context.configuration.governed:
        return
    names = context.names
    if not is_due(context.client("ssm"), names.applied_release, names.applied_access, release):
        return
    glue, job = context.client("glue"), Step(kind=OPEN_ACCESS).job(names)
    given = {
        "--manifest": f"s3://{names.bucket('artifacts')}/releases/{release}/manifest.json",
        "--release": release,
        "--phase": "open",
    }
    run_id = str(glue.start_job_run(JobName=job, Arguments=given)["JobRunId"])
    run = JobRun(glue=glue, job=job, id=run_id, log=RunLog(context.client("logs"), names.job_output_group, run_id))
    began = time.monotonic()
    with Progress() as progress:
        progress.doing(f"{job} {run_id}")
        state, cause = _followed(run, POLL_SECONDS if context.is_local else POLL_SECONDS_ON_AWS)
        if state != "SUCCEEDED":
            raise AccessNotApplied(run_id, cause or state)
        progress.say(f"✓ who sees what is as the contracts say, {time.monotonic() - began:.0f} s")


def warn_of_drift(context: Context) -> None:
    """Tells on stderr what the account grants otherwise than the release asks: a grant that CloudFormation failed to take back opens what it opened.

    The release is deployed whatever this finds, so that it fails nothing.

    Args:
        context: The environment.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from cli.access.differences import differences, in_words
    from medallion.manifest.steps import OPEN_ACCESS, Step

    if not context.configuration.governed:
        return
    again = f"`{context.command} access check --live`"
    try:
        release, held, found = differences(context)
    except (BotoCoreError, ClientError) as error:
        cause = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        say(f"Warning: who is granted what was not looked at ({cause}): let a data lake administrator run {again}", err=True)
        return
    if not held.tables:
        # There is nothing to see yet: the first run closes the databases before it makes a table.
        return
    names = context.names
    if not any(grant.principal == names.role_arn(Step(kind=OPEN_ACCESS).job(names)) for grant in held.grants):
        # Lake Formation shows others than administrators only their own grants: the rest would seem to be missing.
        say(f"Warning: these credentials see none of the lake's grants: let a data lake administrator run {again}", err=True)
    elif found:
        say(f"Warning: the account is not as release {release} asks:", err=True)
        for line in in_words(found):
            say(line, err=True)
        say(f"Next: set right what is named above, then {again}", err=True)


def is_due(ssm: Any, applied_release: str, applied_access: str, release: str) -> bool:
    """Whether there are tables, and Lake Formation does not have this release's contracts yet.

    Args:
        ssm: A client of SSM.
        applied_release: The parameter that a run writes once it has made the tables.
        applied_access: The parameter of the release that Lake Formation has.
        release: The deployed release.
    """
    found = ssm.get_parameters(Names=[applied_release, applied_access])["Parameters"]
    values = {parameter["Name"]: parameter["Value"] for parameter in found}
    return applied_release in values and values.get(applied_access) != release


def _followed(run: "JobRun", poll_seconds: float) -> tuple[str, str | None]:
    """A run's last state, and its cause."""
    from cli.run.job_runs import ENDED

    try:
        while (state := run.state())[0] not in ENDED:
            time.sleep(poll_seconds)
    except KeyboardInterrupt:
        run.stop()
        raise Interrupted(f"Interrupted; stopped Glue run {run.id}. The release is deployed; `lake deploy` goes on from there.") from None
    return state


__all__ = ["AccessNotApplied", "apply_access", "is_due", "make_default_database", "prepare_access", "warn_of_drift"]
