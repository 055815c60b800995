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
print([table["Name"] for table in awswrangler.catalog.get_tables(database="{SCHEMA}", name_prefix="temp_table")])
# The workgroup `primary`, and a bucket for its results that the client makes.
print(awswrangler.athena.read_sql_query(sql, database="{SCHEMA}", ctas_approach=False).sort_values("a").to_csv(index=False))
"""
PYATHENA = f"""
from pyathena import connect
from pyathena.pandas.cursor import PandasCursor
from pyathena.s3fs.cursor import S3FSCursor
sql = "SELECT 1 AS a, CAST(1.50 AS decimal(5, 2)) AS m, DATE '2024-02-29' AS d, CAST(NULL AS varchar) AS n, ARRAY[1, 2] AS xs"
with connect(work_group="{WORKGROUP}", schema_name="{SCHEMA}", poll_interval=0.1) as connection:
    print(connection.cursor().execute(sql).fetchall())
    print(connection.cursor(PandasCursor).execute(sql).as_pandas().to_csv(index=False))
    print(connection.cursor(S3FSCursor).execute(sql).fetchall())
"""
PYATHENA_PRINTS = """\
[(1, Decimal('1.50'), datetime.date(2024, 2, 29), None, [1, 2])]
a,m,d,n,xs
1,1.50,2024-02-29,,"[1, 2]"

[(1, Decimal('1.50'), datetime.date(2024, 2, 29), None, [1, 2])]
"""
# What Superset asks, and `pandas.to_sql` before it makes a table.
SQLALCHEMY = f"""
from sqlalchemy import create_engine, inspect, text
engine = create_engine("awsathena+rest://@athena.{REGION}.amazonaws.com/{SCHEMA}?work_group={WORKGROUP}&poll_interval=0.1")
with engine.connect() as connection:
    connection.execute(text("CREATE TABLE {SCHEMA}.inspected WITH (format = 'PARQUET') AS SELECT 1 AS a, 'x' AS b"))
    known = inspect(engine)
    print(known.get_schema_names(), known.has_table("inspected", schema="{SCHEMA}"), known.has_table("nope", schema="{SCHEMA}"))
    print([(column["name"], str(column["type"])) for column in known.get_columns("inspected", schema="{SCHEMA}")])
    connection.execute(text("CREATE VIEW {SCHEMA}.seen AS SELECT a FROM {SCHEMA}.inspected"))
    known = inspect(engine)
    print("inspected" in known.get_table_names("{SCHEMA}"), "seen" in known.get_view_names("{SCHEMA}"))
    print(" ".join(known.get_view_definition("seen", "{SCHEMA}").split()))
    print(known.get_pk_constraint("inspected", "{SCHEMA}")["constrained_columns"], known.get_indexes("inspected", "{SCHEMA}"))
    print(connection.execute(text("INSERT INTO {SCHEMA}.inspected VALUES (2, 'y')")).returns_rows)
    connection.execute(text("DROP VIEW {SCHEMA}.seen"))
    connection.execute(text("DROP TABLE {SCHEMA}.inspected"))
"""
SQLALCHEMY_PRINTS = f"""\
['{SCHEMA}'] True False
[('a', 'INTEGER'), ('b', 'VARCHAR')]
True True
CREATE VIEW {SCHEMA}.seen AS SELECT a FROM {SCHEMA}.inspected
[] []
False
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        (AWSWRANGLER, "a,b\n1,x\n2,\n\n[]\na,b\n1,x\n2,\n\n"),
        (PYATHENA, PYATHENA_PRINTS),
        (SQLALCHEMY, SQLALCHEMY_PRINTS),
    ],
    ids=["awswrangler", "PyAthena", "SQLAlchemy"],
)
def test_a_client_works_as_it_comes(writable: Laptop, code: str, printed: str) -> None:
    python = clients() / "python"
    done = subprocess.run([python, "-c", code], env=writable.client_environment(), capture_output=True, text=True, check=False)
    assert done.stdout == printed, done.stderr[-3000:]
