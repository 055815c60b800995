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
        accepted: Why a person published it though its audit had refused it; None where the audit passed.
        digest: Bronze: of a snapshot's content. Gold: of the definition that made it.
    """

    version: Literal[1] = 1
    run_id: str
    release: str
    contract_version: str
    inputs: dict[str, int] = {}
    watermark: str | None = None
    accepted: str | None = None
    digest: str | None = None

    def property_value(self) -> str:
        """As it stands in the table property."""
        return self.model_dump_json()


class Previous(Frozen):
    """What a table was before the last run that published it; kept in a table property of its own, so that the run can be undone.

    Attributes:
        snapshot: The newest snapshot of main; None where it had none.
        state: The state; None where it had none.
    """

    snapshot: int | None = None
    state: State | None = None


def previous_of(current: State | None, kept: Previous | None, head: int | None, run_id: str) -> Previous:
    """What is kept when a run publishes: the table as it is, or, where the same run has published already, as it was before that.

    Args:
        current: The table's state.
        kept: What is kept now.
        head: Main's newest snapshot.
        run_id: The run that publishes.
    """
    if current is not None and kept is not None and current.run_id == run_id:
        return kept
    return Previous(snapshot=head, state=current)


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
