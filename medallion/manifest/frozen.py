"""The base of every value that is read from a file or handed between rooms."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable, hashable value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
