"""What a run in an environment says of itself while Airflow lets it wait."""

from collections.abc import Iterator
from typing import Any, override

import pytest

from cli.run.airflow_api import Airflow
from cli.run.environment_run import EnvironmentRun
from medallion.manifest.schedule import Plan

SALES = Plan(
    dag_id="dev_sales",
    product="sales",
    schedule=None,
    owner="sales",
    retries=None,
    timeout_minutes=None,
    deadline_minutes=None,
    waits_for=(),
    region="eu-west-1",
    release="r1",
    log_group="/medallion/dev/jobs/output",
    tables=(),
    tasks=(),
)


class BusyAirflow(Airflow):
    """Queues a run at the first look, and has let it end by the second."""

    def __init__(self, *going: str) -> None:
        """An Airflow that is busy.

        Args:
            going: The runs that are going when it is asked which of the DAG's are; `{own}` is the one that was asked for.
        """
        super().__init__(None, "dev-airflow")
        self._going, self._own, self._states = going, "", iter(("queued", "success"))

    @override
    def status(self) -> str:
        return "AVAILABLE"

    @override
    def get(self, path: str, **query: object) -> Any:
        match path.removeprefix("/dags/dev_sales"):
            case "":
                return {"description": "release r1", "is_paused": False}
            case "/dagRuns":
                return {"dag_runs": [{"dag_run_id": run.format(own=self._own)} for run in self._going]}
            case tasks if tasks.endswith("/taskInstances"):
                return {"task_instances": []}
        return {"state": next(self._states)}

    @override
    def send(self, method: str, path: str, body: Any) -> Any:
        self._own = body["dag_run_id"]


def reasons(airflow: Airflow) -> Iterator[str]:
    """What a run says that it waits for."""
    return (event["why"] for event in EnvironmentRun(airflow, SALES, {}).events(0) if event is not None and event["event"] == "waiting")


@pytest.mark.parametrize(
    ("going", "told"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["by-hand"], ["dev_sales runs once at a time, and by-hand is going"], id="another run"),
        # Between the two questions Airflow has begun it.
        pytest.param(["{own}"], [], id="itself"),
    ],
)
def test_a_run_that_is_queued_waits_for_others_and_never_for_itself(going: list[str], told: list[str]) -> None:
    assert list(reasons(BusyAirflow(*going))) == told
