"""One difference between a bronze contract and its source, whatever its engine."""

from typing import Literal

from medallion.manifest.frozen import Frozen

Kind = Literal["gone", "forbidden", "added", "dropped", "renamed", "widened", "narrowed", "retyped", "nullable", "key", "uncontracted"]


class Drift(Frozen):
    """One difference between a contract and its source.

    Attributes:
        contract: The contract's file; empty for a table that has none.
        table: The bronze table, or the source's name of one that has no contract.
        column: None where it is about the table.
        kind: What happened; a renaming is a guess.
        stops: Whether the table can't be run, or not rightly, before something is done.
        detail: What it was and is, and what can be done.
        accept: Lines of the contract, as YAML, that would accept it; empty where none would.
    """

    contract: str
    table: str
    column: str | None
    kind: Kind
    stops: bool
    detail: str
    accept: tuple[str, ...] = ()
