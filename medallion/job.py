"""The frame of a job: a session, the work, an exit code, and one last line if it failed."""

import json
import logging
import sys
from collections.abc import Callable, Sequence

from pyspark.sql import SparkSession

from medallion.arguments import Given, Run, run_of
from medallion.correction import correct
from medallion.manifest.errors import LakeError
from medallion.manifest.steps import Kind
from medallion.ops.record import record
from medallion.outcomes import Outcome, failure, one_line
from medallion.session import lake_session


class NotRecorded(LakeError):
    """What became of the tables is in no record; their own failures come first, as they may have the same cause."""

    def __init__(self, outcomes: Sequence[Outcome], error: Exception) -> None:
        told = [failure(outcomes), f"what became of the tables could not be recorded: {one_line(error)}"]
        super().__init__("; ".join(part for part in told if part))


class JsonLines(logging.Formatter):
    """A record as one line of JSON, its stack trace in it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record; a trace is the field `trace`."""
        line = {"event": "log", "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def run_job(name: str, work: Callable[[SparkSession], Sequence[Outcome]]) -> None:
    """Runs a job in this process and ends it.

    Args:
        name: The application's name.
        work: Does what the job is for.

    Raises:
        SystemExit: Always where something failed: its message is the last line of the log and what Glue shows as the run's error.
    """

    def in_session() -> str | None:
        spark = lake_session(name)
        try:
            return failure(work(spark))
        finally:
            spark.stop()

    _run(name, in_session)


def run_plain(name: str, work: Callable[[], None]) -> None:
    """Runs a job that needs no Spark in this process and ends it.

    Args:
        name: What its last line begins with.
        work: Does what the job is for.

    Raises:
        SystemExit: As `run_job`.
    """
    _run(name, work)


def _run(name: str, work: Callable[[], str | None]) -> None:
    """Does some work, which may give what failed, and ends the process with one line on that."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    try:
        failed = work()
    except LakeError as error:
        failed = f"{name}: {one_line(error)}"
    if failed is not None:
        sys.exit(failed)


def run_step(kind: Kind, arguments: Given, work: Callable[[SparkSession, Run], Sequence[Outcome]]) -> None:
    """Runs a step of a product in this process, records what became of its tables, and ends the process.

    Args:
        kind: What it does to which layer.
        arguments: What the job was started with.
        work: Does the step; not asked where a person accepts or undoes what became of a table.

    Raises:
        SystemExit: As `run_job`.
    """

    def recorded(spark: SparkSession) -> Sequence[Outcome]:
        run = run_of(arguments)
        outcomes = _corrected(spark, run, kind) if run.action in ("accept", "undo") else work(spark, run)
        try:
            record(spark, run, outcomes)
        except Exception as error:
            raise NotRecorded(outcomes, error) from error
        return outcomes

    run_job(kind.name, recorded)


def _corrected(spark: SparkSession, run: Run, kind: Kind) -> Sequence[Outcome]:
    if kind.layer is None or run.action is None:
        raise ValueError(f"{kind.name} writes no table that a person could decide about")
    return correct(spark, run, kind.layer, run.action)
