"""Statements that a Trino answers before anybody asks: its first ones take seconds, as it loads what it needs and compiles it."""

from local.services.athena.trino.client import Trino

USER = "warm-up"
STATEMENTS = (
    "SELECT k, count(*), sum(v), avg(v), max(s) FROM (VALUES (1, 1.50, 'a'), (2, 2.50, 'b')) AS t(k, v, s) GROUP BY k ORDER BY k LIMIT 5",
    "SELECT x, date_add('day', x, DATE '2026-01-01'), rank() OVER (ORDER BY x) FROM UNNEST(sequence(1, 1000)) AS t(x) WHERE x % 2 = 0",
    "WITH a AS (SELECT x FROM UNNEST(sequence(1, 100)) AS t(x)) SELECT count(*) FROM a JOIN a AS b ON a.x = b.x WHERE b.x > 5",
    "EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1",
)


def warm_up(trino: Trino) -> None:
    """Runs them; no catalog is needed. Four of them take 2 s, and half a second when they are asked again."""
    for statement in STATEMENTS:
        trino.run(statement, user=USER)
