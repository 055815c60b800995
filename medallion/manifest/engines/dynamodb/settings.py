"""What the configuration says of DynamoDB tables."""

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from medallion.manifest.engines.source import SourceSettings


class DynamoDbSource(SourceSettings):
    """A logical source that is DynamoDB tables of this account and region here; each needs point-in-time recovery.

    Attributes:
        engine: `dynamodb`.
        prefix: What the tables' names begin with before the contracts' `physicalName`; `''` where nothing does. None where the demo source
            names them.
        demo: Deploys an empty table for each contract of this source, with point-in-time recovery (stack `sample_sources`).
    """

    engine: Literal["dynamodb"]
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,200}$")] | None = None
    demo: bool = False

    @model_validator(mode="after")
    def _a_prefix_or_a_demo(self) -> Self:
        if self.demo == (self.prefix is not None):
            raise ValueError("give either prefix, what existing tables' names begin with (it may be ''), or demo: true")
        return self
