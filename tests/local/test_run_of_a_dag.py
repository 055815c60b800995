"""A rendered DAG file, run by Airflow's own `dag.test()` in Airflow's own environment, against a stand-in for Glue."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.run.dag_run import PYTHON, LocalAirflow, OrchestratorError
from cli.run.job_runs import TableOutcome
from cli.run.product_run import ProductRun, TaskRun
from medallion.manifest.model import BronzeTable, GoldTable, Product, SilverTable
from medallion.manifest.names import Names
from medallion.manifest.schedule import Plan, dag_file, plan
from tests.local.glue_stub import GlueServer, GlueStub, serving

NAMES = Names(prefix="local", account="111111111111", region="eu-west-1")
ROOT = Path(__file__).parents[2]
FALLBACK = ROOT / ".tools" / "airflow-fallback" / "bin" / "python"
# Of what a run does, in the Airflow of regions that have no newer one as well.
in_both = pytest.mark.parametrize(
    "python", [pytest.param(PYTHON, id="3.3.1"), pytest.param(FALLBACK, id="3.2.1", marks=pytest.mark.full_size)]
)
SHOP = Product(
    name="shop",
    tables=(
        BronzeTable(
            product="shop", name="till__orders", contract="", version="1", columns=(), source="till", object="orders", mode="snapshot"
        ),
        BronzeTable(
            product="shop", name="till__people", contract="", version="1", columns=(), source="till", object="people", mode="snapshot"
        ),
        SilverTable(product="shop", name="orders", contract="", version="1", columns=(), input="till__orders", key=("id",)),
        GoldTable(product="shop", name="daily", contract="", version="1", columns=(), inputs=("orders",), sql=""),
    ),
)

Run = Callable[..., ProductRun]


@pytest.fixture
def shop_plan() -> Plan:
    return plan(SHOP, NAMES, "r7", governed=True)


@pytest.fixture(scope="module")
def airflow_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture
def python() -> Path:
    return PYTHON


@pytest.fixture
def airflow_home(airflow_homes: Path, python: Path) -> Path:
    return airflow_homes / python.parents[1].name


@pytest.fixture(scope="module")
def server() -> Iterator[GlueServer]:
    with serving() as started:
        yield started


@pytest.fixture
def glue(server: GlueServer) -> GlueStub:
    stub = server.renew()
    stub.parameters |= {NAMES.applied_release: "r7", NAMES.applied_access: "r7"}
    return stub


@pytest.fixture(scope="module")
def airflows(airflow_homes: Path, server: GlueServer) -> Iterator[dict[Path, LocalAirflow]]:
    """The Airflow of each interpreter, which runs one DAG after the other as one `lake run` has it do."""
    started: dict[Path, LocalAirflow] = {}
    yield started
    for airflow in started.values():
        airflow.stop()


@pytest.fixture
def file(airflow_homes: Path, shop_plan: Plan) -> Path:
    path = airflow_homes / "dags" / "shop.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dag_file((ROOT / "mwaa_dags" / "factory.py").read_text(), shop_plan))
    return path


@pytest.fixture
def run(glue: GlueStub, file: Path, airflow_home: Path, airflows: dict[Path, LocalAirflow], python: Path) -> Run:
    def watched(
        *tables: str, on_task: Callable[[TaskRun], None] = lambda _: None, on_table: Callable[[TableOutcome], None] = lambda _: None
    ) -> ProductRun:
        if python not in airflows:
            airflows[python] = LocalAirflow(file.parent, home=airflow_home, environ=environ(glue), python=python)
        made = ProductRun(
            airflows[python].run(file, {"tables": tables} if tables else {}),
            glue=glue.client("glue"),
            logs=glue.client("logs"),
            log_group=NAMES.job_output_group,
            on_task=on_task,
            on_table=on_table,
        )
        made.watch()
        return made

    return watched


def environ(glue: GlueStub) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ENDPOINT_URL": glue.endpoint,
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_the_jobs_run_in_order_with_their_arguments_and_applied_contracts_are_not_applied_again(run: Run, glue: GlueStub) -> None:
    line = {"event": "table", "step": "refine", "table": "local_silver.orders", "outcome": "published", "rows": {"read": 3}, "seconds": 1.0}
    glue.logs["local-refine"] = ["starting", json.dumps({**line, "error": None})]
    seen: list[str] = []
    made = run(on_table=lambda outcome: seen.append(outcome.table))

    assert made.state == "success"
    assert [(task.id, task.state) for task in made.tasks] == [
        ("tighten_access", "skipped"),
        ("apply_contracts", "skipped"),
        ("open_access", "skipped"),
        ("ingest_till", "success"),
        ("refine", "success"),
        ("aggregate", "success"),
    ]
    assert [job for job, _ in glue.started] == ["local-ingest-till", "local-refine", "local-aggregate"]
    for _, arguments in glue.started:
        assert arguments["--release"] == "r7"
        assert arguments["--manifest"].endswith("/releases/r7/manifest.json")
        assert arguments["--product"] == "shop"
        assert arguments["--run_id"] == made.run_id
        assert "--tables" not in arguments
    assert seen == ["local_silver.orders"]
    assert [task.job_run for task in made.tasks] == [None, None, None, "jr_1", "jr_2", "jr_3"]


@in_both
def test_a_new_release_is_applied_first_and_a_run_may_be_limited_to_tables(run: Run, glue: GlueStub) -> None:
    glue.parameters |= {NAMES.applied_release: "r6", NAMES.applied_access: "r6"}
    assert run("till__orders", "orders").state == "success"
    first, others = glue.started[:3], glue.started[3:]
    assert [(job, arguments.get("--phase")) for job, arguments in first] == [
        ("local-apply-access", "tighten"),
        ("local-apply-contracts", None),
        ("local-apply-access", "open"),
    ]
    for _, applied in first:
        assert not {"--run_id", "--tables", "--product"} & set(applied)
    assert {arguments["--tables"] for _, arguments in others} == {"till__orders,orders"}


def test_a_log_is_found_by_either_name_of_its_stream(run: Run, glue: GlueStub) -> None:
    glue.stream = "{run}-driver"
    glue.logs["local-refine"] = [json.dumps({"event": "table", "step": "refine", "table": "local_silver.orders", "outcome": "published"})]
    made = run()
    assert [table.table for table in made.tables] == ["local_silver.orders"]
    assert {task.note for task in made.tasks} == {None}


def test_a_log_that_is_not_there_is_told(run: Run, glue: GlueStub) -> None:
    glue.stream = None
    made = run()
    assert made.state == "success"
    skipped, others = made.tasks[:3], made.tasks[3:]
    assert {task.note for task in skipped} == {None}
    for task in others:
        assert task.note is not None
        assert f"no log of {task.job_run} in {NAMES.job_output_group}" in task.note
        assert "The specified log stream does not exist." in task.note


def test_a_failed_job_stops_what_follows_and_its_cause_is_told(run: Run, glue: GlueStub, airflow_home: Path) -> None:
    glue.failing["local-refine"] = "orders: column 'total' is not at the source"
    glue.logs["local-refine"] = ["one", "two"]
    made = run()
    assert made.state == "failed"
    (failed,) = made.failed
    assert (failed.id, failed.error, failed.log) == ("refine", "orders: column 'total' is not at the source", ["one", "two"])
    assert {task.id: task.state for task in made.tasks}["aggregate"] == "upstream_failed"
    assert "local-refine jr_2 FAILED: orders: column 'total' is not at the source" in (airflow_home / "run.log").read_text()


def line(table: str, outcome: str) -> str:
    return json.dumps({"event": "table", "step": "ingest", "table": table, "outcome": outcome, "rows": {}, "seconds": 1.0, "error": None})


@in_both
def test_a_failed_table_stops_only_what_needs_it_and_the_run_ends_by_its_name(run: Run, glue: GlueStub, airflow_home: Path) -> None:
    glue.failing["local-ingest-till"] = "ingest: 1 of 2 tables failed"
    glue.logs["local-ingest-till"] = [line("local_bronze.till__orders", "failed"), line("local_bronze.till__people", "published")]
    made = run()
    assert made.state == "failed"
    assert [(task.id, task.state) for task in made.tasks] == [
        ("tighten_access", "skipped"),
        ("apply_contracts", "skipped"),
        ("open_access", "skipped"),
        ("ingest_till", "failed"),
        ("refine", "success"),
        ("aggregate", "success"),
    ]
    told = {job: arguments.get("--failed") for job, arguments in glue.started}
    assert told == {
        "local-ingest-till": None,
        "local-refine": "local_bronze.till__orders",
        "local-aggregate": "local_bronze.till__orders",
    }
    assert "not up to date after this run: ingest_till: local_bronze.till__orders" in (airflow_home / "run.log").read_text()


def test_a_job_after_which_nothing_is_up_to_date_is_followed_by_none(run: Run, glue: GlueStub) -> None:
    glue.failing["local-ingest-till"] = "the source is down"
    made = run()
    assert {task.id: task.state for task in made.tasks} == {
        "tighten_access": "skipped",
        "apply_contracts": "skipped",
        "open_access": "skipped",
        "ingest_till": "failed",
        "refine": "upstream_failed",
        "aggregate": "upstream_failed",
    }
    assert [job for job, _ in glue.started] == ["local-ingest-till"]


@pytest.mark.parametrize("state", ["STOPPED", "ERROR", "TIMEOUT"])
def test_a_run_that_did_not_succeed_is_a_failure_whatever_it_is_called(state: str, run: Run, glue: GlueStub) -> None:
    glue.states["local-ingest-till"] = state
    made = run()
    assert made.state == "failed"
    assert [task.id for task in made.failed] == ["ingest_till"]
    assert [job for job, _ in glue.started] == ["local-ingest-till"]


def test_an_unknown_table_starts_no_job(glue: GlueStub, file: Path, airflow_home: Path) -> None:
    with LocalAirflow(file.parent, home=airflow_home, environ=environ(glue)) as airflow:
        for _ in range(2):
            # A run that is asked for afterwards is told the same.
            with pytest.raises(OrchestratorError, match="'nope' is not one of"):
                list(airflow.run(file, {"tables": ["nope"]}).events(1))
    assert glue.started == []


@pytest.mark.parametrize(
    "when", [("ingest_till", "running"), ("open_access", "skipped")], ids=["as it starts", "before its start was taken note of"]
)
def test_an_interrupt_stops_the_glue_run(when: tuple[str, str], glue: GlueStub, file: Path, airflow_home: Path) -> None:
    glue.running.add("local-ingest-till")
    airflow = LocalAirflow(file.parent, home=airflow_home, environ=environ(glue))

    def interrupt(task: TaskRun) -> None:
        if (task.id, task.state) == when:
            glue.until_started("local-ingest-till")
            raise KeyboardInterrupt

    made = ProductRun(
        airflow.run(file),
        glue=glue.client("glue"),
        logs=glue.client("logs"),
        log_group=NAMES.job_output_group,
        on_task=interrupt,
        on_table=lambda _: None,
    )
    with pytest.raises(KeyboardInterrupt):
        made.watch()
    assert made.stop() == ["jr_1"]
    assert glue.stopped == ["jr_1"]


def test_a_file_that_does_not_load_is_told_with_the_end_of_the_log(glue: GlueStub, tmp_path: Path, airflow_home: Path) -> None:
    broken = tmp_path / "broken" / "shop.py"
    broken.parent.mkdir()
    broken.write_text("raise RuntimeError('half-synced')\n")
    with (
        LocalAirflow(broken.parent, home=airflow_home, environ=environ(glue)) as airflow,
        pytest.raises(OrchestratorError, match="half-synced"),
    ):
        list(airflow.run(broken).events(1))


def test_parsing_the_file_calls_no_aws_and_sets_what_a_schedule_needs(file: Path, airflow_home: Path, glue: GlueStub) -> None:
    look = (
        "import importlib.util, json, sys\n"
        "spec = importlib.util.spec_from_file_location('shop', sys.argv[1]); module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module); dag = module.dag\n"
        "task = dag.get_task('refine')\n"
        "print('FOUND', json.dumps([dag.dag_id, dag.max_active_runs, dag.catchup, task.retries, task.deferrable, task.waiter_delay,"
        " task.resume_glue_job_on_retry, task.trigger_rule.value]))\n"
    )
    done = subprocess.run(
        [str(PYTHON), "-c", look, str(file)],
        env={**environ(glue), "AIRFLOW_HOME": str(airflow_home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True,
        text=True,
        check=True,
    )
    (found,) = [line.removeprefix("FOUND ") for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert json.loads(found) == ["local_shop", 1, False, 2, True, 20, True, "all_done"]
    assert glue.seen == []
