"""What the configuration says of a Postgres database."""

from typing import Literal, Self

from pydantic import model_validator

from medallion.manifest.engines.source import SecretName, SourceNetwork, SourceSettings


class PostgresSource(SourceSettings):
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
    secret: SecretName | None = None
    prefix: str = "public."
    network: SourceNetwork | None = None
    demo: bool = False
    tls: bool = True

    @model_validator(mode="after")
    def _a_secret_or_a_demo(self) -> Self:
        if self.demo == (self.secret is not None):
            raise ValueError("give either secret, the name of an existing secret, or demo: true")
        return self
