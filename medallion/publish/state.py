"""What a table remembers of its last run: one table property that changes in the same commit as the data."""

from typing import Literal

from pydantic import ValidationError

from medallion.manifest.errors import Terminal
from medallion.manifest.frozen import Frozen
from medallion.manifest.names import STATE_PROPERTY

STATE_VERSION = 1


class UnreadableState(Terminal):
    """A table's state was written by another release, or by hand."""

    def __init__(self, table: str, problem: str) -> None:
        super().__init__(
            f"{table}: table property {STATE_PROPERTY}: {problem}; this release reads version {STATE_VERSION}: "
            "deploy the release that wrote it, or unset the property to read the input from its beginning"
        )


class State(Frozen):
    """The last publication of a table.

    Attributes:
        version: Of this format.
        run_id: The run that published.
        release: The release whose code and contracts were used.
        contract_version: The contract's own version.
        inputs: The last snapshot used of each input table, by its full name; empty for bronze.
        watermark: Bronze: the last value read of an incremental source. Silver: `_ingested_at` of the last bronze rows used.
        digest: Bronze: of a snapshot's content. Gold: of the definition that made it.
    """

    version: Literal[1] = 1
    run_id: str
    release: str
    contract_version: str
    inputs: dict[str, int] = {}
    watermark: str | None = None
    digest: str | None = None

    def property_value(self) -> str:
        """As it stands in the table property."""
        return self.model_dump_json()


def parse_state(table: str, value: str | None) -> State | None:
    """The state of a table's property; None where the table was never published.

    Raises:
        UnreadableState: The property holds something else.
    """
    if value is None:
        return None
    try:
        return State.model_validate_json(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise UnreadableState(table, f"{field}: {first['msg']}") from error
