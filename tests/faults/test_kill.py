"""A job that is killed between any two of its commits, and started again: source, bronze, silver and gold agree to the row."""

import pytest

from tests.faults.killing import killed_after
from tests.local.job_runs import ended, succeeded
from tests.local.lake import Lake

APPLY = "local-apply-contracts"
JOBS = ("local-ingest-store", "local-refine", "local-aggregate")
# A table of each layer has every kind of commit; a job is started once for each of its commits.
ONE_OF_EACH = ("transactions", "store__transactions", "daily_department_sales")
TABLES = ("transactions", "products", "store__transactions", "store__products", "household_value", "daily_department_sales")


@pytest.mark.full_size
def test_contracts_whose_application_was_killed_twice_are_applied_by_the_next_try(lake: Lake) -> None:
    """At the first table of two layers, and after it."""
    apply_killed(lake, ("silver", "gold"), moments=(0, 1))
    # The rebuilt tables are filled from the layer below; all of them are, as none is named.
    for job in JOBS:
        succeeded(lake, job, lake.start_job(job))
    agree(lake)


def test_contracts_and_jobs_that_are_each_killed_between_two_commits_lose_and_double_nothing(lake: Lake) -> None:
    apply_killed(lake, ("gold",), moments=(1,))
    # Deaths at each commit of one table, in the job's own process, are tried in tests/spark. The rebuilt tables are filled from the layer
    # below.
    for job in JOBS:
        run_id = lake.start_job(job, *ONE_OF_EACH)
        assert killed_after(lake, job, run_id, commits=1), f"{job} was never killed after a commit, so nothing was tried"
        assert ended(lake, job, run_id)["JobRunState"] == "FAILED"
        succeeded(lake, job, lake.start_job(job, *TABLES))
    agree(lake)


def apply_killed(lake: Lake, layers: tuple[str, ...], moments: tuple[int, ...]) -> None:
    """Applies the contracts of layers that lost their tables, killed after so many commits of each try; the next one makes them all."""
    tables = set(lake.metadata_locations())
    drop(lake, *layers)
    for commits in moments:
        run_id = lake.start_job(APPLY)
        assert killed_after(lake, APPLY, run_id, commits=commits)
        assert ended(lake, APPLY, run_id)["JobRunState"] == "FAILED"
    succeeded(lake, APPLY, lake.start_job(APPLY))
    assert set(lake.metadata_locations()) == tables


@pytest.mark.full_size
@pytest.mark.parametrize("job", JOBS, ids=["ingest", "refine", "aggregate"])
def test_a_job_killed_before_and_after_each_commit_loses_and_doubles_nothing(lake: Lake, job: str) -> None:
    for earlier in JOBS[: JOBS.index(job)]:
        succeeded(lake, earlier, lake.start_job(earlier, *TABLES))
    # Killed before its first commit, then after one, after two, …, until a try outlives all of its commits.
    killed = 0
    while True:
        run_id = lake.start_job(job, *TABLES)
        was_killed = killed_after(lake, job, run_id, commits=killed)
        if not was_killed:
            succeeded(lake, job, run_id)
            break
        ended(lake, job, run_id)
        killed += 1
    assert killed >= 2, "the job was never killed after a commit, so nothing was tried"
    for later in JOBS[JOBS.index(job) :]:
        succeeded(lake, later, lake.start_job(later, *TABLES))
    agree(lake)


def drop(lake: Lake, *layers: str) -> None:
    """Takes all tables of layers out of the catalog."""
    glue = lake.client("glue")
    for layer in layers:
        names = [table["Name"] for table in glue.get_tables(DatabaseName=f"local_{layer}")["TableList"]]
        assert names
        for name in names:
            glue.delete_table(DatabaseName=f"local_{layer}", Name=name)


def agree(lake: Lake) -> None:
    """Every version of every row is in bronze once, silver has the last one of each good row, quarantine the others, and gold the money."""
    good = "SELECT count(*), sum(sales_value), (SELECT count(*) FROM public.transactions WHERE quantity < 0) FROM public.transactions"
    with lake.source("store") as source:
        found = source.execute(f"{good} WHERE quantity >= 0").fetchone()
        products = source.execute("SELECT count(*), md5(string_agg(package_size, '' ORDER BY product_id)) FROM public.products").fetchone()
    assert found is not None
    assert products is not None
    transactions, money, dirty = found
    bronze = lake.one("SELECT count(*) AS n, count(DISTINCT id) AS ids FROM local_bronze.store__transactions")
    assert bronze == {"n": transactions + dirty, "ids": transactions + dirty}
    assert lake.one("SELECT count(*) AS n FROM local_silver.transactions__quarantine") == {"n": dirty}
    silver = "SELECT count(*) AS n, count(DISTINCT transaction_id) AS ids, sum(sales_value) AS s FROM local_silver.transactions"
    assert lake.one(silver) == {"n": transactions, "ids": transactions, "s": str(money)}
    assert lake.one("SELECT count(*) AS n, count(DISTINCT product_id) AS ids FROM local_silver.products") == {
        "n": products[0],
        "ids": products[0],
    }
    assert lake.one("SELECT sum(spending) AS s FROM local_gold.household_value") == {"s": str(money)}
    gold = lake.one("SELECT sum(net_sales) AS s, sum(transactions) AS n FROM local_gold.daily_department_sales")
    assert (gold["s"], int(gold["n"])) == (str(money), transactions)
