"""All that a report is made from, as values."""

from datetime import datetime

from medallion.manifest.access.matrix import MatrixRow
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Manifest, Severity
from medallion.manifest.names import Names
from report.extraction.facts import ExtractedTable

# What a report's page shows of `row_counts`, in this order.
COUNTS = ("read", "merged", "superseded", "stale", "unchanged", "quarantined", "deleted", "warned", "retried")


class TableRun(Frozen):
    """What became of one table in one step of one run; a row of `runs`.

    Attributes:
        run_id: The DAG run.
        product: Whose run it was.
        step: ingest, refine or aggregate; accept, undo or replay where a person decided.
        table: With its database.
        outcome: published, unchanged, failed or skipped.
        rows: How many rows went which way; what was not counted is absent.
        seconds: How long it took.
        error: Why it failed or was skipped.
        release: Whose code and contracts were used.
        started_at: UTC.
        finished_at: UTC.
        reason: Why a person decided so.
    """

    run_id: str
    product: str
    step: str
    table: str
    outcome: str
    rows: dict[str, int] = {}
    seconds: float = 0.0
    error: str | None = None
    release: str = ""
    started_at: datetime
    finished_at: datetime
    reason: str | None = None


class RuleResult(Frozen):
    """What one rule found in one run; a row of `quality_results`.

    Attributes:
        run_id: The DAG run.
        table: With its database.
        rule: Its name.
        severity: Whether rows that break it are refused.
        checked: Rows looked at.
        failed: Rows that break it.
        checked_at: UTC.
    """

    run_id: str
    table: str
    rule: str
    severity: Severity = "error"
    checked: int
    failed: int
    checked_at: datetime


class RefusedRow(Frozen):
    """One row in quarantine, as an example of a rule that it broke.

    Attributes:
        row: The raw bronze row as JSON; nothing of it may be shown before `report.visible` has looked at it.
        refused_at: UTC.
    """

    row: str
    refused_at: datetime


class Refusal(Frozen):
    """What a rule keeps in quarantine now.

    Attributes:
        table: The silver table's plain name.
        rule: The rule.
        rows: How many rows broke it.
        examples: Some of them, the newest first.
    """

    table: str
    rule: str
    rows: int
    examples: tuple[RefusedRow, ...] = ()


class JobRun(Frozen):
    """A run of a Glue job, as Glue tells of it: what died before it could leave a record is known from here alone.

    Attributes:
        job: The job's name.
        id: The run's id.
        state: Glue's word.
        error: The cause that Glue gives.
        started_at: UTC.
        run_id: The DAG run that started it.
        tables: What it was limited to, by plain name; empty for all.
        decision: Whether a person started it to accept, undo or replay something.
    """

    job: str
    id: str
    state: str
    error: str | None = None
    started_at: datetime
    run_id: str = ""
    tables: tuple[str, ...] = ()
    decision: bool = False


class Point(Frozen):
    """One value of a picture.

    Attributes:
        picture: Which picture it belongs to, by number.
        at: Where it stands: a day, a name, or the lower end of a bar of a histogram.
        value: The measure.
    """

    picture: int
    at: str | None
    value: float | None


class Facts(Frozen):
    """A lake at one moment.

    Attributes:
        environment: The environment's name.
        names: What things are called in it.
        release: The deployed release.
        manifest: Its contracts.
        written_at: When this was looked at, UTC.
        there: The tables that the catalog has, by full name.
        runs: The newest runs, the newest first.
        checks: What rules found in those runs, the newest first.
        refusals: What is in quarantine now, by rule.
        quarantined: How many rows are in quarantine now, by silver table; a row that broke two rules is one row.
        jobs: Runs of the Glue jobs, the newest first.
        points: The values of the pictures that `report.picture` asks for.
        extracted: What is known of tables that a model extracts, those that are there.
        access: Who sees which column; empty where Lake Formation does not decide.
        persona: As whom Athena was asked; None for the caller's own credentials.
        hidden: What the page would tell and that persona does not see, such as `ops.runs.error`.
    """

    environment: str
    names: Names
    release: str
    manifest: Manifest
    written_at: datetime
    there: frozenset[str] = frozenset()
    runs: tuple[TableRun, ...] = ()
    checks: tuple[RuleResult, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    quarantined: dict[str, int] = {}
    jobs: tuple[JobRun, ...] = ()
    points: tuple[Point, ...] = ()
    extracted: tuple[ExtractedTable, ...] = ()
    access: tuple[MatrixRow, ...] = ()
    persona: str | None = None
    hidden: tuple[str, ...] = ()
