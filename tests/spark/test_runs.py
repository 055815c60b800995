"""What a second run, a killed run and a run beside another writer leave."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from local.services.glue.spark.runtime import SparkRuntime
from medallion.manifest.files import manifest_bytes
from medallion.publish.table import Metadata
from tests.spark.lake import PASSWORD, REVENUE, Lake, secret_of

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """The process ends here; nothing may be done about it."""


def test_a_run_with_nothing_new_writes_nothing(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "bad", "2026-01-02")
    lake.run()
    before = lake.metadata_locations()
    assert {outcome.outcome for outcome in lake.run().values()} == {"unchanged"}
    assert {outcome.outcome for outcome in lake.apply().values()} == {"unchanged"}
    assert lake.metadata_locations() == before


def test_a_late_commit_within_the_overlap_is_read_and_nothing_twice(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-05")
    lake.run_to_silver()
    lake.order(2, "20", "2026-01-04")
    assert lake.run_to_silver()["bronze.store__orders"].rows == {"read": 1}
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1, 2]


@pytest.mark.parametrize(
    ("step", "table"),
    [("ingest", "store__orders"), ("refine", "orders__quarantine"), ("refine", "orders"), ("aggregate", "revenue")],
    ids=["ingest", "quarantine", "silver", "gold"],
)
def test_a_run_that_dies_is_run_again_and_doubles_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch, step: str, table: str) -> None:
    """It dies before the table's commit, then after it, and then runs to its end."""
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "bad", "2026-01-02")
    for earlier in ("ingest", "refine", "aggregate")[: ("ingest", "refine", "aggregate").index(step)]:
        getattr(lake, earlier)()
    commit = Metadata.publish
    died: list[str] = []

    def dies(metadata: Metadata, *arguments: object) -> None:
        here = metadata.table.name == table
        if died or not here:
            commit(metadata, *arguments)  # type: ignore[arg-type]
        if here:
            died.append(table)
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Metadata, "publish", dies)
        for _ in ("before the commit", "after the commit"):
            with pytest.raises(Killed):
                getattr(lake, step)("the-run")
    assert died == [table, table]
    lake.ingest("the-run"), lake.refine("the-run"), lake.aggregate("the-run")
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1, 2]
    assert [(row.id, row.total) for row in lake.rows("silver", "orders", "id, total")] == [(1, Decimal(10))]
    assert [row["_rules"] for row in lake.rows("silver", "orders__quarantine", "_rules")] == [["total.type"]]
    assert [row.revenue for row in lake.rows("gold", "revenue")] == [Decimal(10)]
    for layer, name in (("bronze", "store__orders"), ("silver", "orders"), ("silver", "orders__quarantine"), ("gold", "revenue")):
        assert lake.table(layer, name).metadata().branches == ("main",)


def test_a_killed_job_leaves_main_alone_and_the_next_one_agrees_with_the_source(lake: Lake, aws: dict[str, str], spark_conf: Path) -> None:
    """The real script, killed with SIGKILL while its branch is open, again right after its commit, then run to its end."""
    orders = lake.table("bronze", "store__orders")
    # What is read hangs on a lock that the test holds, so that the job is killed exactly between branch and commit.
    lake.postgres.execute("ALTER TABLE orders RENAME TO orders_stored")
    lake.postgres.execute(
        "CREATE FUNCTION held(value text) RETURNS text STABLE LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_lock_shared(7), pg_advisory_unlock_shared(7); RETURN value; END $$"
    )
    lake.postgres.execute("CREATE VIEW orders AS SELECT id, customer_id, held(total) AS total, updated_at FROM orders_stored")
    for id in range(100):
        lake.postgres.execute("INSERT INTO orders_stored VALUES (%s, 1, '1', '2026-01-02')", (id,))
    boto3.client("s3").put_object(Bucket=lake.names.bucket("bronze"), Key="manifest.json", Body=manifest_bytes(lake.manifest))

    lake.postgres.execute("SELECT pg_advisory_lock(7)")
    killed_when(lake, aws, spark_conf, lambda: len(orders.metadata().branches) > 0)
    assert orders.metadata().state is None
    lake.postgres.execute("SELECT pg_advisory_unlock(7)")
    killed_when(lake, aws, spark_conf, lambda: orders.metadata().state is not None)
    assert lake.ingest()["bronze.store__orders"].outcome == "unchanged"
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == list(range(100))
    assert orders.metadata().branches == ("main",)


def killed_when(lake: Lake, aws: dict[str, str], spark_conf: Path, reached: Callable[[], bool]) -> None:
    given = lake.given()
    arguments = {
        "manifest": given.manifest, "release": "release", "deployed_release": "release", "prefix": given.prefix, "account": given.account, "region": given.region,
        "run_id": "killed", "product": "shop", "tables": "store__orders", "source": "store", "secret": given.secret or "",
        "source_prefix": given.source_prefix or "", "tls": "false",
    }  # fmt: skip
    runtime, told = SparkRuntime(ROOT), [part for name, value in arguments.items() for part in (f"--{name}", value)]
    command = runtime.command(ROOT / "glue_jobs/ingest_jdbc.py", told, spark_conf)
    here = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **aws, **runtime.environment(spark_conf), **here}
    job = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while not reached():
            assert job.poll() is None, job.stdout.read() if job.stdout else ""
            time.sleep(0.05)
    finally:
        os.killpg(job.pid, signal.SIGKILL)
        if job.stdout:
            assert PASSWORD not in job.stdout.read()
            job.stdout.close()
        job.wait()


def test_another_writer_between_branch_and_commit_makes_the_branch_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.ingest()
    lake.refine()
    lake.order(2, "20", "2026-01-03")
    lake.ingest()
    orders, commit, others = lake.table("silver", "orders"), Metadata.publish, iter([3])

    def late(metadata: Metadata, *arguments: object) -> None:
        if metadata.table.name == "orders" and (id := next(others, None)):
            lake.spark.sql(f"INSERT INTO {orders.identifier} VALUES ({id}, 1, 30, timestamp'2026-01-01', 'other', timestamp'2026-01-01')")
        commit(metadata, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Metadata, "publish", late)
        assert lake.refine()["silver.orders"].outcome == "published"
    assert [row.id for row in lake.rows("silver", "orders", "id")] == [1, 2, 3]


def test_what_is_published_is_what_was_audited(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.ingest()
    orders, commit, others = lake.table("silver", "orders"), Metadata.publish, iter([3])

    def late(metadata: Metadata, *arguments: object) -> None:
        if metadata.table.name == "orders" and (id := next(others, None)):
            branch = orders.on(next(one for one in orders.metadata().branches if one.startswith("run_")))
            lake.spark.sql(f"INSERT INTO {branch} VALUES ({id}, 1, 30, timestamp'2026-01-01', 'other', timestamp'2026-01-01')")
        commit(metadata, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Metadata, "publish", late)
        assert lake.refine()["silver.orders"].outcome == "published"
    assert [row.id for row in lake.rows("silver", "orders", "id")] == [1]


def test_a_failed_audit_leaves_main_and_keeps_the_branch(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run()
    lake.order(2, "5000000", "2026-01-03")
    lake.ingest(), lake.refine()
    outcome = lake.aggregate()["gold.revenue"]
    assert "1 rows break revenue.maximum" in (outcome.error or "")
    revenue = lake.table("gold", "revenue")
    refused = next(branch for branch in revenue.metadata().branches if branch.startswith("refused_"))
    assert refused in (outcome.error or "")
    assert [row.revenue for row in lake.rows("gold", "revenue")] == [Decimal(10)]
    assert [row.revenue for row in lake.spark.table(revenue.on(refused)).collect()] == [Decimal(5000010)]
    assert lake.aggregate()["gold.revenue"].outcome == "failed"
    assert [branch for branch in revenue.metadata().branches if branch.startswith("refused_")] != [refused]
    assert len(revenue.metadata().branches) == 2
    lake.with_tables(REVENUE.model_copy(update={"rules": ()}))
    assert lake.aggregate()["gold.revenue"].outcome == "published"


def test_compaction_and_expiry_between_runs_lose_and_repeat_nothing(lake: Lake) -> None:
    for id in (1, 2):
        lake.order(id, "10", f"2026-01-0{id}")
        lake.run_to_silver()
    bronze = lake.table("bronze", "store__orders")
    lake.spark.sql(f"CALL glue_catalog.system.rewrite_data_files(table => '{bronze.full_name}', options => map('rewrite-all', 'true'))")
    expire = (
        f"CALL glue_catalog.system.expire_snapshots(table => '{bronze.full_name}', retain_last => 1, older_than => timestamp'2100-01-01')"
    )
    lake.spark.sql(expire)
    lake.order(3, "10", "2026-01-03")
    lake.ingest()
    lake.spark.sql(expire)
    assert lake.refine()["silver.orders"].rows["read"] == 1
    assert [row.id for row in lake.rows("silver", "orders", "id")] == [1, 2, 3]
    assert lake.refine()["silver.orders"].outcome == "unchanged"


def test_a_compacted_silver_table_is_not_taken_for_an_empty_one(lake: Lake) -> None:
    orders = lake.table("silver", "orders")
    for total in ("10", "20"):
        for id in (1, 2):
            lake.order(id, total, f"2026-01-{total}")
        lake.ingest(), lake.refine()
    # Compaction leaves the position deletes behind, though the rows that they marked are gone.
    lake.spark.sql(f"CALL glue_catalog.system.rewrite_data_files(table => '{orders.full_name}', options => map('rewrite-all', 'true'))")
    lake.order(1, "30", "2026-01-30")
    lake.ingest()
    assert lake.refine()["silver.orders"].rows["merged"] == 1
    assert [tuple(row) for row in lake.rows("silver", "orders", "id, total")] == [(1, Decimal(30)), (2, Decimal(20))]


@pytest.mark.parametrize(
    ("change", "told"),
    [({"password": "wrong"}, "login of reader refused"), ({"port": 1}, "can't be reached"), ({"dbname": "nope"}, "no such database")],
    ids=["wrong password", "source down", "no such database"],
)
def test_a_source_that_does_not_answer_fails_its_tables_in_one_line(
    lake: Lake, postgres_port: int, change: dict[str, object], told: str
) -> None:
    secret = json.dumps({**json.loads(secret_of(postgres_port)), **change})
    boto3.client("secretsmanager").put_secret_value(SecretId=lake.secret, SecretString=secret)
    outcome = lake.ingest()["bronze.store__orders"]
    assert outcome.outcome == "failed"
    assert told in (outcome.error or "")
    assert "\n" not in (outcome.error or "")
    assert PASSWORD not in (outcome.error or "")


def test_a_column_that_the_source_lost_or_retyped_fails_its_table_by_name(lake: Lake) -> None:
    lake.postgres.execute("ALTER TABLE orders DROP COLUMN total")
    lake.postgres.execute("ALTER TABLE customers ALTER COLUMN id TYPE text")
    outcomes = lake.ingest()
    assert "no column 'total'" in (outcomes["bronze.store__orders"].error or "")
    assert "column 'id' is string instead of bigint" in (outcomes["bronze.store__customers"].error or "")
