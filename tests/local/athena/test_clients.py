"""What clients do by default and of which docs/connect.md has nothing."""

import subprocess

import pytest

from local.laptop import Laptop
from tests.local.athena.conftest import REGION, SCHEMA, WORKGROUP
from tests.local.page import clients

pytestmark = pytest.mark.full_size

# Its default: CREATE TABLE AS into a temporary table, whose files it reads.
AWSWRANGLER = f"""
import awswrangler
sql = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL"
print(awswrangler.athena.read_sql_query(sql, database="{SCHEMA}", workgroup="{WORKGROUP}").sort_values("a").to_csv(index=False))
print(list(awswrangler.catalog.get_tables(database="{SCHEMA}")))
"""
# What Superset asks, and `pandas.to_sql`.
SQLALCHEMY = f"""
from sqlalchemy import create_engine, inspect, text
engine = create_engine("awsathena+rest://@athena.{REGION}.amazonaws.com/{SCHEMA}?work_group={WORKGROUP}&poll_interval=0.1")
with engine.connect() as connection:
    connection.execute(text("CREATE TABLE {SCHEMA}.inspected WITH (format = 'PARQUET') AS SELECT 1 AS a, 'x' AS b"))
    known = inspect(engine)
    print(known.get_schema_names(), known.has_table("inspected", schema="{SCHEMA}"), known.has_table("nope", schema="{SCHEMA}"))
    print([column["name"] for column in known.get_columns("inspected", schema="{SCHEMA}")])
    connection.execute(text("DROP TABLE {SCHEMA}.inspected"))
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        (AWSWRANGLER, "a,b\n1,x\n2,\n\n[]\n"),
        (SQLALCHEMY, f"['{SCHEMA}'] True False\n['a', 'b']\n"),
    ],
    ids=["awswrangler", "SQLAlchemy"],
)
def test_a_client_works_as_it_comes(writable: Laptop, code: str, printed: str) -> None:
    python = clients() / "python"
    done = subprocess.run([python, "-c", code], env=writable.client_environment(), capture_output=True, text=True, check=False)
    assert done.stdout == printed, done.stderr[-3000:]
