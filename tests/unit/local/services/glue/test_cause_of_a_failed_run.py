"""A failed run tells its cause in one line."""

import pytest

from local.services.glue.jobs.cause import cause_of

TRACEBACK = ["Traceback (most recent call last):", '  File "job.py", line 1, in <module>', "    main()"]


@pytest.mark.parametrize(
    ("lines", "code", "cause"),
    [
        pytest.param([*TRACEBACK, "ValueError: no such column"], 1, "ValueError: no such column", id="exception"),
        pytest.param(
            [*TRACEBACK, "ValueError: no such column", "26/11/22 15:00:00 INFO ShutdownHookManager: Shutdown hook called"],
            1,
            "ValueError: no such column",
            id="what log4j says afterwards is no cause",
        ),
        pytest.param(
            [
                *TRACEBACK,
                "py4j.protocol.Py4JJavaError: An error occurred while calling o33.load.",
                ": org.postgresql.util.PSQLException: refused",
                "\tat x.y.Z",
            ],
            1,
            "org.postgresql.util.PSQLException: refused",
            id="java's own exception",
        ),
        pytest.param(
            [*TRACEBACK, "pyspark.errors.exceptions.captured.AnalysisException: [X] line 1", "", "== SQL ==", "SELECT"],
            1,
            "pyspark.errors.exceptions.captured.AnalysisException: [X] line 1",
            id="a message of several lines",
        ),
        pytest.param([*TRACEBACK, "KeyError: 1", "refine: 1 of 2 tables failed"], 1, "refine: 1 of 2 tables failed", id="a summary"),
        pytest.param(["read 3 rows", "refine: 1 of 2 tables failed"], 1, "refine: 1 of 2 tables failed", id="last words"),
        pytest.param([], 7, "the driver exited with code 7 and wrote nothing", id="silence"),
        pytest.param([*TRACEBACK, "KeyError: 1"], -9, "the run's process was killed by SIGKILL", id="killed"),
        pytest.param([], 137, "the run's process was killed by SIGKILL", id="killed below a shell"),
    ],
)
def test_cause(lines: list[str], code: int, cause: str) -> None:
    assert cause_of(lines, code) == cause
