"""What the configuration says of a source, whatever its engine."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from medallion.manifest.frozen import Frozen
from medallion.manifest.identifier import IDENTIFIER, LONGEST_NAME
from medallion.manifest.model import Classification


def _source_name(value: str) -> str:
    if not re.fullmatch(IDENTIFIER, value) or len(value) > LONGEST_NAME:
        raise ValueError(f"{value!r}: must be lower-case letters, digits and single underscores between them, at most 31, a letter first")
    return value


def _secret_name(value: str) -> str:
    if value.startswith("arn:"):
        name = re.sub(r"-[A-Za-z0-9]{6}$", "", value.split(":", 6)[-1])
        raise ValueError(f"{value!r}: is an ARN; give the secret's name, {name!r}: it is in the environment's own account and region")
    return value


SourceName = Annotated[str, AfterValidator(_source_name)]
SecretName = Annotated[str, AfterValidator(_secret_name), StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$")]


class SourceSettings(Frozen):
    """What every engine's settings have.

    Attributes:
        engine: Which one it is.
        demo: Whether this is a sample that the lake brings itself.
    """

    engine: str
    demo: bool = False

    @property
    def sends_out(self) -> Classification | None:
        """The highest classification of what may leave the account by this source; None where nothing does."""
        return None

    @property
    def laptop_only(self) -> Mapping[str, str]:
        """What only a laptop has, by field of the configuration: what is wrong with it elsewhere."""
        return {}


class SourceNetwork(Frozen):
    """Where a source is reached from when that is not the lake's own network.

    Attributes:
        subnet_id: The subnet of the Glue connection.
        availability_zone: That subnet's zone.
        security_group_ids: The connection's security groups.
    """

    subnet_id: Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")]
    availability_zone: str
    security_group_ids: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]+$")], ...], Field(min_length=1)]


class DatabaseSource(SourceSettings):
    """A logical source that is a database which is reached over a network, by a login.

    Attributes:
        secret: A Secrets Manager secret's name with `host`, `port`, `dbname`, `username`, `password`; None where the demo source makes it.
        prefix: What stands before a table's name at the source.
        network: None reads it from the lake's own network.
        tls: Whether the connection must be encrypted.
    """

    secret: SecretName | None = None
    prefix: str = ""
    network: SourceNetwork | None = None
    tls: bool = True

    @model_validator(mode="after")
    def _a_secret_or_a_demo(self) -> Self:
        if self.demo == (self.secret is not None):
            raise ValueError("give either secret, the name of an existing secret, or demo: true")
        return self
