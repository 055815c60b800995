"""What a person is shown of a run: each failure once, and whole."""

import io
import json

import pytest

from cli.run.job_runs import JobRun, TableOutcome
from cli.run.product_run import TaskRun
from cli.run.progress import Progress, beyond
from cli.terminal.screen import Screen

LONG = "a rule [that] is long " * 60 + "ends"
FAILED = TableOutcome(step="refine", table="dev_silver.x", outcome="failed", error=LONG, seconds=2.0)
OTHER = TableOutcome(step="refine", table="dev_silver.y", outcome="failed", error="of another kind")
SKIPPED = TableOutcome(
    step="refine", table="dev_silver.z", outcome="skipped", error="it needs dev_silver.x, which came to nothing in this run"
)
GOOD = TableOutcome(step="refine", table="dev_silver.a", outcome="published", rows={"read": 3000, "merged": 3000}, seconds=1.5)
SUMMARY = f"refine: 2 of 4 tables failed, 1 skipped: dev_silver.x: {LONG}; dev_silver.y: of another kind"


def progress() -> tuple[Progress, io.StringIO]:
    stream = io.StringIO()
    return Progress(Screen(stream, width=80)), stream


def shown(task: TaskRun, *, failure: str | None = None) -> list[str]:
    console, stream = progress()
    if failure is None:
        console.task(task)
    else:
        console.failure(task, failure)
    return stream.getvalue().splitlines()


def failed(error: str, *tables: TableOutcome, log: list[str] | None = None) -> TaskRun:
    return TaskRun("refine", "dev-refine", state="failed", job_run="jr_7", error=error, log=log or ["one"], tables=list(tables))


def test_a_task_that_has_ended_is_shown_with_the_run_whose_log_may_be_asked_for() -> None:
    assert shown(TaskRun("refine", "dev-refine", state="success", job_run="jr_7", seconds=2.34)) == ["✓ refine: done, 2.3 s, jr_7"]
    assert shown(TaskRun("apply_contracts", "dev-apply-contracts", state="skipped")) == ["- apply_contracts: not needed"]


def test_a_brief_run_counts_tables_and_rows_and_tells_of_failures_all_the_same() -> None:
    stream = io.StringIO()
    console = Progress(Screen(stream, width=80), brief=True)
    good = TaskRun("refine", "dev-refine", state="success", job_run="jr_7", seconds=2.34, tables=[GOOD, GOOD])
    console.task(TaskRun("refine", "dev-refine", state="running"))
    console.table(GOOD)
    console.task(good)
    console.summary(good.tables, 3.0)
    assert stream.getvalue().splitlines() == ["✓ refine: done, 2 tables, 2.3 s", "6,000 rows read, 6,000 rows merged", "3.0 s"]
    console.failure(failed(SUMMARY, GOOD, FAILED, OTHER, SKIPPED))
    assert stream.getvalue().count(LONG) == 1


def test_a_task_that_begins_is_a_line_where_there_is_no_terminal() -> None:
    assert shown(TaskRun("refine", "dev-refine", state="running")) == ["  refine: started (dev-refine)"]


def test_a_log_that_is_missing_is_no_silence() -> None:
    task = TaskRun("refine", "dev-refine", state="success", job_run="jr_7", note="no log of jr_7 in /medallion/dev/jobs/output [none]")
    assert shown(task)[1] == "    ! no log of jr_7 in /medallion/dev/jobs/output [none]"


def test_a_job_that_failed_for_no_table_shows_the_end_of_its_log_its_cause_and_the_command_for_the_rest() -> None:
    outcome = GOOD.model_dump_json().replace("{", '{"event": "table", ', 1)
    task = failed("the shelf\nfell", log=["[one]", outcome, "two", "OSError: the shelf fell"])
    assert shown(task, failure=" --env dev") == [
        "    [one]",
        "    two",
        "refine failed: the shelf",
        "fell",
        "All of its log: lake --env dev logs jr_7 --lines 1000",
    ]


def test_each_failure_of_a_run_is_told_once_and_whole() -> None:
    console, stream = progress()
    task = failed(SUMMARY, GOOD, FAILED, OTHER, SKIPPED, log=[FAILED.model_dump_json(), f'{{"event": "log", "trace": "{LONG}"}}', SUMMARY])
    with console:
        for outcome in task.tables:
            console.table(outcome)
        console.task(task)
    console.summary(task.tables, 4.0)
    console.failure(task)
    written = stream.getvalue()
    assert written.count(LONG) == 1
    assert written.count("of another kind") == 1
    assert written.splitlines()[-4:] == [
        "refine failed: 2 of 4 tables",
        f"    dev_silver.x: {LONG}",
        "    dev_silver.y: of another kind",
        "All of its log: lake logs jr_7 --lines 1000",
    ]


def test_what_is_skipped_says_at_once_what_it_needs() -> None:
    console, stream = progress()
    console.table(SKIPPED)
    assert stream.getvalue() == "    - dev_silver.z: skipped: it needs dev_silver.x, which came to nothing in this run\n"


def test_a_terminal_shows_how_many_tables_of_a_running_task_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    console = Progress(Screen(stream, width=80, terminal=True))
    with console:
        console.product("sales", "r1", {"refine": 4})
        console.task(TaskRun("refine", "dev-refine", state="running", tables=[GOOD]))
        console.say("meanwhile")
    assert "1/4 tables" in stream.getvalue()
    assert "started" not in stream.getvalue()


def test_causes_are_told_when_a_run_is_interrupted() -> None:
    console, stream = progress()
    console.table(OTHER)
    console.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert stream.getvalue().splitlines() == ["    ✗ dev_silver.y: failed", "    dev_silver.y: of another kind"]


@pytest.mark.parametrize(
    ("cause", "left"),
    [
        (SUMMARY, ""),
        (SUMMARY[:1000], ""),
        (f"SystemExit: {SUMMARY}", ""),
        (f"{SUMMARY}; what became of the tables could not be recorded: no", "what became of the tables could not be recorded: no"),
        ("the run's process was killed by SIGKILL", "the run's process was killed by SIGKILL"),
    ],
    ids=["its summary", "cut off by Glue", "with a type", "and more", "something else"],
)
def test_what_a_job_says_beyond_its_tables_is_told(cause: str, left: str) -> None:
    assert beyond(cause, (GOOD, FAILED, OTHER, SKIPPED)) == left


def test_a_summary_fits_eighty_columns_and_shows_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO()
    console = Progress(Screen(stream, width=80, terminal=True))
    table = f"local_silver.{'long_name_' * 6}[/b]"
    console.summary([GOOD.model_copy(update={"table": table})], 3.0)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "[/b]" in stream.getvalue()


def test_sparks_warnings_of_pools_are_not_kept() -> None:
    class Log:
        def new_lines(self) -> list[str]:
            return ["26/11/28 17:00:00 WARN FairSchedulableBuilder: A job was submitted with scheduler pool x", "kept"]

    run = JobRun(glue=None, job="j", id="jr", log=Log())  # type: ignore[arg-type]
    assert run.outcomes() == []
    assert run.lines == ["kept"]


def test_a_table_line_of_a_log_is_not_shown_again() -> None:
    line = json.dumps({"event": "table", "step": "refine", "table": "dev_silver.x", "outcome": "published"})
    assert line not in shown(failed("no", log=[line]), failure="")
