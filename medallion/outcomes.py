"""Many tables in one job run: each in a thread, an outcome line for each, and one last line if any failed."""

import logging
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import Field
from pyspark.sql import SparkSession

from medallion.manifest.errors import LakeError
from medallion.manifest.frozen import Frozen
from medallion.publish.publication import AuditFailed, Published
from medallion.quality.check import Check

log = logging.getLogger(__name__)

# The driver's planning is the floor of a small table's time; more threads than this gain nothing (measured: 4 to 8).
THREADS = 6


class Outcome(Frozen):
    """What became of one table in one job run; printed as one line of JSON.

    Attributes:
        event: Tells the line from others of a log.
        step: The job's step.
        table: The table with its database.
        outcome: What became of it.
        rows: How many rows went which way.
        seconds: How long it took.
        error: Why it failed or was skipped.
        finished_at: When, UTC; not printed, as the log has it.
        inputs: The snapshot used of each input table; not printed.
        checks: What the rules found; not printed.
    """

    event: Literal["table"] = "table"
    step: str
    table: str
    outcome: Literal["published", "unchanged", "failed", "skipped"]
    rows: dict[str, int] = {}
    seconds: float = 0.0
    error: str | None = None
    finished_at: datetime = Field(default_factory=lambda: datetime.now(UTC), exclude=True)
    inputs: dict[str, int] = Field(default={}, exclude=True)
    checks: tuple[Check, ...] = Field(default=(), exclude=True)

    @property
    def started_at(self) -> datetime:
        """When it began, UTC."""
        return self.finished_at - timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class TableWork:
    """What a job does for one table.

    Attributes:
        table: Its full name.
        work: Does it, in a thread of its own.
        needs: Full names of tables that must not have failed in the same job run.
    """

    table: str
    work: Callable[[], Published]
    needs: Collection[str] = ()


def ready(waiting: Sequence[TableWork], unfinished: Collection[str]) -> tuple[TableWork, ...]:
    """The work whose needs are all finished."""
    return tuple(one for one in waiting if not set(one.needs) & set(unfinished))


def blocked(work: TableWork, outcomes: Mapping[str, Outcome], failed: Collection[str] = ()) -> tuple[str, ...]:
    """The needs of some work that came to nothing, in this job run or before, sorted."""
    here = {name for name, outcome in outcomes.items() if outcome.outcome in ("failed", "skipped")}
    return tuple(sorted(need for need in work.needs if need in here or need in failed))


def run_tables(
    spark: SparkSession, step: str, works: Sequence[TableWork], threads: int = THREADS, failed: Collection[str] = ()
) -> tuple[Outcome, ...]:
    """Does the work of all tables, each after those that it needs, and prints an outcome line for each as it ends.

    Args:
        spark: The session.
        step: The job's step.
        works: What there is to do.
        threads: How many tables are done at a time.
        failed: Full names of tables that came to nothing before: what needs them is skipped.

    Returns:
        The outcomes in the order in which the tables ended; a table whose need failed is skipped, all others go on.
    """
    outcomes: dict[str, Outcome] = {}
    waiting, running = list(works), dict[Future[Outcome], str]()
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix=step) as pool:
        while waiting or running:
            unfinished = [one.table for one in waiting] + list(running.values())
            for one in ready(waiting, unfinished):
                waiting.remove(one)
                if causes := blocked(one, outcomes, failed):
                    _end(
                        outcomes,
                        Outcome(
                            step=step,
                            table=one.table,
                            outcome="skipped",
                            error=f"it needs {', '.join(causes)}, which came to nothing in this run",
                        ),
                    )
                else:
                    running[pool.submit(_outcome, spark, step, one)] = one.table
            if not running:
                continue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                running.pop(future)
                _end(outcomes, future.result())
    return tuple(outcomes.values())


def failure(outcomes: Sequence[Outcome]) -> str | None:
    """One line that names what failed and why; None if nothing did."""
    failed = [outcome for outcome in outcomes if outcome.outcome == "failed"]
    if not failed:
        return None
    skipped = sum(outcome.outcome == "skipped" for outcome in outcomes)
    told = "; ".join(f"{outcome.table}: {outcome.error}" for outcome in failed)
    return f"{failed[0].step}: {len(failed)} of {len(outcomes)} tables failed" + (f", {skipped} skipped" if skipped else "") + f": {told}"


def _outcome(spark: SparkSession, step: str, work: TableWork) -> Outcome:
    began = time.monotonic()
    # A pool of its own for each table: under FAIR scheduling a large one does not hold up the small ones.
    spark.sparkContext.setLocalProperty("spark.scheduler.pool", work.table)
    try:
        published = work.work()
    # Whatever goes wrong with one table is that table's outcome; the others go on and the job fails at its end.
    except Exception as error:
        if not isinstance(error, LakeError):
            # One line does not say where; the trace holds code and Spark's plan, no settings.
            log.exception("%s %s", step, work.table)
        checks = error.checks if isinstance(error, AuditFailed) else ()
        return Outcome(step=step, table=work.table, outcome="failed", seconds=_since(began), error=one_line(error), checks=checks)
    return Outcome(
        step=step,
        table=work.table,
        outcome=published.outcome,
        rows=dict(published.rows),
        seconds=_since(began),
        inputs=dict(published.inputs),
        checks=published.checks,
    )


def one_line(error: BaseException) -> str:
    """What an error says, in one line; an unexpected one with its type."""
    if isinstance(error, LakeError):
        return " ".join(str(error).split())
    # Spark's later lines are the query's plan.
    text = (str(error).splitlines() or [""])[0]
    java = getattr(error, "java_exception", None)
    if java is not None:
        # The root cause says what happened; what wraps it says only that a job was aborted.
        while java.getCause() is not None:
            java = java.getCause()
        text = (str(java.toString()).splitlines() or [""])[0]
    return f"{type(error).__name__}: {text}"[:2000]


def _since(began: float) -> float:
    return round(time.monotonic() - began, 2)


def _end(outcomes: dict[str, Outcome], outcome: Outcome) -> None:
    outcomes[outcome.table] = outcome
    sys.stdout.write(outcome.model_dump_json() + "\n")
    sys.stdout.flush()
