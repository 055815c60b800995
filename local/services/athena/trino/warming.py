"""Statements that a Trino answers before anybody asks: its first ones take seconds, as it loads what it needs and compiles it."""

from collections.abc import Callable
from typing import Any, Protocol

from local.services.athena.trino.rules import LISTER

STATEMENTS = (
    "SELECT k, count(*), sum(v), avg(v), max(s) FROM (VALUES (1, 1.50, 'a'), (2, 2.50, 'b')) AS t(k, v, s) GROUP BY k ORDER BY k LIMIT 5",
    "SELECT x, date_add('day', x, DATE '2026-01-01'), rank() OVER (ORDER BY x) FROM UNNEST(sequence(1, 1000)) AS t(x) WHERE x % 2 = 0",
    "WITH a AS (SELECT x FROM UNNEST(sequence(1, 100)) AS t(x)) SELECT count(*) FROM a JOIN a AS b ON a.x = b.x WHERE b.x > 5",
    "EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1",
    "SELECT schema_name FROM information_schema.schemata",
)


class Answers(Protocol):
    """A Trino, or what answers like one."""

    def run(self, statement: str, /, *, user: str) -> Any:
        """Runs a statement to its end."""


def warm_up(trino: Answers, given_up: Callable[[], bool] = lambda: False) -> None:
    """Runs them, one after another.

    Args:
        trino: Its catalog points to a laptop.
        given_up: Whether to leave the rest, as somebody asks by now: that loads the same, and would wait for these.
    """
    for statement in STATEMENTS:
        if given_up():
            return
        trino.run(statement, user=LISTER)
