"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import Any


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What a look finds, once it finds anything; AssertionError where it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError(f"it did not come to pass within {seconds} s")


def ended(athena: Any, identifier: str) -> dict[str, Any]:
    """A query execution of Athena, once it has ended."""
    while True:
        execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        if execution["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"}:
            return execution
        time.sleep(0.05)
