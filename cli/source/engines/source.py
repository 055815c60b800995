"""What the commands ask of a source, whatever its engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from cli.context import Context

if TYPE_CHECKING:
    from cli.source.discovered import CrawledTable
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.difference import Drift
    from medallion.manifest.drafting.drafts import Drafts, Sampled
    from medallion.manifest.engines.source import SourceSettings
    from medallion.manifest.model import BronzeTable, Manifest

type Progress = Callable[[str, int, int], None]
# The tables that are meant, of those that there are: each with the names that it is called by.
type Choice = Callable[[Mapping[str, tuple[str, str]]], list[str]]


@dataclass(frozen=True)
class Looked:
    """What a look at sources found.

    Attributes:
        drift: All differences.
        sampled: What looking at items took.
        crawled_only: Sources that did not answer, of which only what a crawler found was looked at.
    """

    drift: "tuple[Drift, ...]" = ()
    sampled: "tuple[Sampled, ...]" = ()
    crawled_only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What contracts are wanted.

    Attributes:
        choice: Picks the tables that are meant.
        named: Whether each of them was named, so that a view is meant too.
        product: Whose contracts they are.
        lake: The lake's name.
        manifest: The lake's contracts so far; None where there are none.
        sample: How many items of a table are looked at, at most, where that is how its columns are known.
    """

    choice: Choice
    named: bool
    product: str
    lake: str
    manifest: "Manifest | None"
    sample: int


class EngineSource[S: "SourceSettings"](ABC):
    """A source of an environment."""

    def __init__(self, context: Context, name: str, settings: S) -> None:
        """Know it; nothing is asked yet.

        Args:
            context: The environment.
            name: The logical source.
            settings: What it is there.
        """
        self._context, self._name, self._settings = context, name, settings

    @abstractmethod
    def look(self, contracts: "Sequence[BronzeTable]") -> Looked:
        """Holds the source's contracts against what it has now.

        Raises:
            Unreachable: It does not answer, and no crawler has looked at it either.
        """

    @abstractmethod
    def draft(self, request: Request) -> "Drafts":
        """Contracts for tables that have none.

        Raises:
            Refused: Its contracts are written by hand.
        """

    @abstractmethod
    def contract_of(self, table: "CrawledTable", contracts: "Sequence[BronzeTable]") -> str | None:
        """The file of the contract that reads what a crawler found; None where none does."""

    @property
    def key_secret(self) -> str | None:
        """The secret of the API key that it is asked with; None where it is asked with none."""
        return None

    @abstractmethod
    def log_in(self, credentials: "Credentials") -> None:
        """Logs in to the source, and out again.

        Args:
            credentials: What its secret holds.

        Raises:
            Refused: It does not let the login in, or has none of its own.
            Unreachable: It does not answer.
        """

    @abstractmethod
    def fill(self, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
        """Lets a lake's seed put its sample into the source.

        Args:
            load: The seed, which is given how the source is reached, where in it the sample belongs, `progress` and `rows`.
            progress: Told how far it is.
            rows: Only so many of each table.

        Raises:
            Refused: The source was not deployed.
            Unreachable: It does not answer.
        """


class SourceWithoutCatalog[S: "SourceSettings"](EngineSource[S]):
    """A source that does not tell which tables it has: nothing can differ from a contract, and no crawler looks."""

    @override
    def look(self, contracts: "Sequence[BronzeTable]") -> Looked:
        """Nothing can differ."""
        return Looked()

    @override
    def contract_of(self, table: "CrawledTable", contracts: "Sequence[BronzeTable]") -> str | None:
        """No crawler looks at it."""
        return None


__all__ = ["Choice", "EngineSource", "Looked", "Progress", "Request", "SourceWithoutCatalog"]
