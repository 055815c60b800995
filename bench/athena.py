"""Athena on the laptop: the first query after `lake up`, a warm one, and the memory of its engine."""

from typing import Any

from bench.measure import Figure, seconds, within
from bench.stage import PORT, ROOT, Stage, memory
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server

FIRST_SECONDS = 10.0
WARM_SECONDS = 0.5
GIGABYTES = 1.0
WARM_QUERIES = 10


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """A query of one column of the largest table, right after `lake up` and again."""
    table, column = stage.largest, stage.largest.columns[0].name
    sql = f'SELECT count("{column}"), count(*) FROM {stage.environment.names.database("bronze")}."{table.name}"'
    first, warm, held = [], [], []
    for _ in range(repeats):
        stage.command("down")
        stage.command("up", "--port", str(PORT))
        first.append(seconds(lambda: _asked(stage, sql)))
        warm += [seconds(lambda: _asked(stage, sql)) for _ in range(WARM_QUERIES)]
        engine = Server(stage.home / "athena", TrinoRuntime(ROOT)).process
        held.append(memory(engine.pid if engine else None) / 1e9)
    rows = f"{stage.rows:,} rows"
    return [
        within(f"First query after `lake up`, one column of {rows}", first, FIRST_SECONDS),
        within(f"The same query again, one column of {rows}", warm, WARM_SECONDS),
        within("Memory of Athena's engine after these", held, GIGABYTES, "GB"),
    ]


def _asked(stage: Stage, sql: str) -> None:
    athena: Any = stage.laptop.client("athena")
    query = athena.start_query_execution(QueryString=sql, WorkGroup=stage.environment.names.workgroup())["QueryExecutionId"]
    while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in {"QUEUED", "RUNNING"}:
        pass
    assert status["State"] == "SUCCEEDED", status
    counted = int(athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1]["Data"][1]["VarCharValue"])
    assert counted >= stage.rows, f"{counted} of {stage.rows} rows"
