"""Makes the AOT cache from which Trino's JVM maps its classes, linked and profiled, instead of reading and verifying them.

A Trino serves a folder of its own once and answers a few statements about a table in an emulated Glue catalog and S3, and its JVM writes
down what it loaded.
"""

import sys
import tempfile
from pathlib import Path

from local.services.athena.trino.files import OPERATOR
from local.services.athena.trino.pointing import Target
from local.services.athena.trino.rules import Permission, Rules
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.services.athena.trino.warming import warm_up
from tools.training_emulator import BUCKET, REGION, client, credentials, emulator

ROOT = Path(__file__).resolve().parent.parent
# The JVM works through all classes as it ends.
END_SECONDS = 600.0
START_SECONDS = 600.0
DATABASE = "training"
USER = "arn:aws:iam::111111111111:root"
TABLE = f"{DATABASE}.orders"
STATEMENTS = (
    f"""CREATE TABLE {TABLE} WITH (location = 's3://{BUCKET}/tables/orders', format = 'PARQUET', partitioning = ARRAY['day(at)']) AS
    SELECT x AS id, CAST(x AS decimal(12, 2)) AS price, CAST(x AS double) AS weight, 'item ' || CAST(x AS varchar) AS name,
    date_add('hour', x, TIMESTAMP '2026-01-01 00:00:00.000000') AS at, ARRAY[x] AS parts, x % 2 = 0 AS even
    FROM UNNEST(sequence(1, 100)) AS t(x)""",
    f"SELECT count(id), count(*), sum(price), avg(weight), max(name) FROM {TABLE}",
    f"SELECT name, sum(price) FROM {TABLE} WHERE at >= TIMESTAMP '2026-01-02 00:00:00' AND even GROUP BY name ORDER BY 2 DESC LIMIT 5",
    f"SELECT count(*) FROM {TABLE} a JOIN {TABLE} b ON a.id = b.id, UNNEST(a.parts) AS p(part) WHERE part > 5",
    f'SELECT count(*) FROM {DATABASE}."orders$snapshots"',
    f"SELECT column_name FROM information_schema.columns WHERE table_schema = '{DATABASE}'",
    f"EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM {TABLE}",
)


def train(server: Server, cache: Path) -> None:
    """Serves a folder until some statements are answered, and leaves the classes in a cache."""
    with tempfile.TemporaryDirectory(prefix="trino-training-emulator-") as scratch, emulator(Path(scratch)) as endpoint:
        client("glue", endpoint).create_database(DatabaseInput={"Name": DATABASE})
        given = credentials()
        target = Target(endpoint, REGION, given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])
        server.train(cache)
        try:
            server.wait_ready(START_SECONDS)
            server.trino.run(target.statement(), user=OPERATOR)
            warm_up(server.trino)
            with Rules(server.folder).permitted(USER, [Permission(DATABASE, frozenset({"orders"}), changes=True)]):
                for statement in STATEMENTS:
                    server.trino.run(statement, user=USER)
        finally:
            server.stop(END_SECONDS)


def main() -> None:
    """Makes the cache unless this JVM and these jars have theirs."""
    runtime = TrinoRuntime(ROOT)
    cache = runtime.class_cache
    if cache.exists():
        return
    sys.stderr.write("[setup] .tools/trino-classes: Trino runs once, so that it starts in half the time\n")
    fresh = cache.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="trino-training-") as folder:
        train(Server(Path(folder), runtime), fresh)
    if not fresh.exists():
        raise SystemExit("setup stopped: Trino's JVM left no AOT cache as it ended")
    for old in cache.parent.glob("trino-classes-*.aot"):
        old.unlink()
    fresh.rename(cache)


if __name__ == "__main__":
    main()
