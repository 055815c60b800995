"""What a product says becomes what Airflow does, in both versions of Airflow that a lake may ask MWAA for."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from medallion.manifest.model import GoldTable, Product, SilverTable
from medallion.manifest.names import Names
from medallion.manifest.schedule import dag_file, plan

ROOT = Path(__file__).parents[2]
AIRFLOWS = {"3.3.1": ROOT / ".tools" / "airflow", "3.2.1": ROOT / ".tools" / "airflow-fallback"}
NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
TOPIC = "arn:aws:sns:eu-west-1:222222222222:dev-alerts"
SILVER = SilverTable(product="shop", name="orders", contract="", version="1", columns=(), input="till__orders", key=("id",))
GOLD = GoldTable(product="shop", name="daily", contract="", version="1", columns=(), inputs=("orders",), sql="")

# All of them in one process, as its start takes seconds.
PRODUCTS = {
    "plain": (Product(name="shop", tables=(SILVER,)), ()),
    "full": (Product(name="shop", schedule="0 4 * * *", retries=5, timeout_minutes=90, deadline_minutes=60, tables=(SILVER,)), ()),
    "waiting": (Product(name="shop", tables=(GOLD,)), ("dev_silver.orders",)),
    "waiting_and_scheduled": (Product(name="shop", schedule="0 4 * * *", tables=(GOLD,)), ("dev_silver.orders",)),
    "layers": (Product(name="shop", tables=(SILVER, GOLD)), ()),
}

LOOK = """
import json, os, runpy, sys
from unittest.mock import patch

import pendulum
from airflow.timetables.base import TimeRestriction
from airflow.serialization.serialized_objects import DagSerialization

def first_run(dag):
    # When a DAG runs first that is new at 04:01, as the scheduler reckons it.
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    with patch("airflow.timetables.trigger.utcnow", return_value=pendulum.datetime(2026, 1, 1, 4, 1)):
        found = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=dag.catchup))
    return found and str(found.run_after)

def look(file, topic):
    os.environ["AIRFLOW__MEDALLION__ALERTS_TOPIC"] = topic
    dag = runpy.run_path(file)["dag"]
    return {
        "timetable": str(DagSerialization.to_dict(dag)["dag"]["timetable"]),
        "first": first_run(dag),
        "retries": dag.get_task("apply_contracts").retries,
        "timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "deadlines": [alert.interval.total_seconds() for alert in dag.deadline or ()],
        "told": [notifier.target_arn for notifier in dag.get_task("verdict").on_failure_callback or ()],
        "paused": dag.is_paused_upon_creation,
        "before": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
        "outlets": [outlet.name for task in dag.tasks for outlet in task.outlets],
    }

from airflow import __version__
print("FOUND", json.dumps([__version__, {name: look(file, topic) for name, (file, topic) in json.loads(sys.argv[1]).items()}]))
"""


@pytest.fixture(scope="module", params=["3.3.1", pytest.param("3.2.1", marks=pytest.mark.full_size)])
def dags(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each product's DAG; all but the plain one's are in an environment with a topic of alerts."""
    version: str = request.param
    folder = tmp_path_factory.mktemp("dags")
    factory = (ROOT / "mwaa_dags" / "factory.py").read_text()
    files = {}
    for name, (product, waits_for) in PRODUCTS.items():
        (folder / f"{name}.py").write_text(dag_file(factory, plan(product, NAMES, "r1", waits_for, governed=False)))
        files[name] = (str(folder / f"{name}.py"), "" if name == "plain" else TOPIC)
    done = subprocess.run(
        [str(AIRFLOWS[version] / "bin" / "python"), "-c", LOOK, json.dumps(files)],
        env={**os.environ, "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    told, found = json.loads(line.removeprefix("FOUND "))
    assert told == version
    return dict(found)


def test_a_product_of_which_nothing_is_said_is_started_by_people_and_told_to_nobody(dags: dict[str, Any]) -> None:
    dag = dags["plain"]
    assert "NullTimetable" in dag["timetable"]
    assert (dag["retries"], dag["timeout"], dag["deadlines"], dag["told"]) == (2, None, [], [])


def test_what_a_product_says_is_what_airflow_does(dags: dict[str, Any]) -> None:
    dag = dags["full"]
    assert "0 4 * * *" in dag["timetable"]
    assert (dag["retries"], dag["timeout"], dag["deadlines"], dag["told"]) == (5, 5400.0, [3600.0], [TOPIC])
    # A contract that schedules a product means it.
    assert dag["paused"] is False


@pytest.mark.parametrize("name", ["full", "waiting_and_scheduled"])
def test_a_new_dag_runs_when_it_is_next_due_and_makes_up_for_nothing(name: str, dags: dict[str, Any]) -> None:
    assert dags[name]["first"].startswith("2026-01-02")


@pytest.mark.parametrize(("name", "timetable"), [("waiting", "AssetTriggeredTimetable"), ("waiting_and_scheduled", "AssetOrTimeSchedule")])
def test_a_product_made_from_another_ones_tables_runs_when_they_change(name: str, timetable: str, dags: dict[str, Any]) -> None:
    assert timetable in dags[name]["timetable"]
    assert "dev_silver.orders" in dags[name]["timetable"]


def test_changed_tables_are_announced_before_the_verdict_though_some_failed(dags: dict[str, Any]) -> None:
    before = dags["layers"]["before"]
    assert before["announce"] == ["aggregate", "refine"]
    assert "announce" in before["verdict"]
    assert dags["layers"]["outlets"] == ["dev_shop_tables"]
