"""The engine `postgres`."""

from medallion.manifest.engines.engine import Engine, Way
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.engines.postgres.types import postgres_type

POSTGRES = Engine(
    name="postgres",
    settings=PostgresSource,
    ways=(
        Way(
            "snapshot",
            whole="a snapshot reads all rows",
            no_range="a snapshot has no range; all of it is read, as in each run",
            complete=True,
        ),
        Way("incremental", grows=True),
    ),
    column_type=postgres_type,
)
