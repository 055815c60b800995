"""What a person is shown of a task."""

import io

from rich.console import Console

from cli.product_run import TaskRun
from cli.progress import Progress


def shown(task: TaskRun, *, failure: str | None = None) -> list[str]:
    stream = io.StringIO()
    progress = Progress(Console(file=stream, width=80, highlight=False))
    if failure is None:
        progress.task(task)
    else:
        progress.failure(task, failure)
    return stream.getvalue().splitlines()


def test_a_task_that_has_ended_is_shown_with_the_run_whose_log_may_be_asked_for() -> None:
    assert shown(TaskRun("refine", "dev-refine", state="success", job_run="jr_7", seconds=2.34)) == ["✓ refine: done, 2.3 s, jr_7"]
    assert shown(TaskRun("apply_contracts", "dev-apply-contracts", state="skipped")) == ["- apply_contracts: not needed"]


def test_a_log_that_is_missing_is_no_silence() -> None:
    task = TaskRun("refine", "dev-refine", state="success", job_run="jr_7", note="no log of jr_7 in /medallion/dev/jobs/output [none]")
    assert shown(task)[1] == "    ! no log of jr_7 in /medallion/dev/jobs/output [none]"


def test_a_failure_ends_with_its_cause_and_the_command_for_the_rest_of_the_log() -> None:
    outcome = '{"event": "table", "step": "refine", "table": "dev_silver.x", "outcome": "failed"}'
    task = TaskRun("refine", "dev-refine", state="failed", job_run="jr_7", error="the shelf\nfell", log=["[one]", outcome, "two"])
    assert shown(task, failure=" --env dev") == [
        "    [one]",
        "    two",
        "refine failed: the shelf fell",
        "All of its log: lake --env dev logs jr_7 --lines 1000",
    ]
