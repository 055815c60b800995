"""What the configuration says of a Postgres database."""

from typing import Literal

from medallion.manifest.engines.source import DatabaseSource


class PostgresSource(DatabaseSource):
    """A logical source that is a Postgres database here.

    Attributes:
        engine: `postgres`.
        secret: A Secrets Manager secret's name with `host`, `port`, `dbname`, `username`, `password`; None where the demo source makes it.
        prefix: What stands before a table's name at the source: a schema, such as `public.`.
        network: None reads it from the lake's own network.
        demo: Deploys a small RDS instance that plays this source (stack `sample_sources`).
        tls: Whether the connection must be encrypted.
    """

    engine: Literal["postgres"]
    prefix: str = "public."
