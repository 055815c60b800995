"""What an engine is, as one value: who reads tables of a source asks it instead of asking which one it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.manifest.engines.source import SourceSettings
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import Column, Extraction, Mode

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

type ColumnType = Callable[[SchemaProperty, Location, list[InvalidField]], str]
# The columns and the custom properties of a bronze contract, each with its place.
type Extracts = Callable[
    [Sequence[tuple[SchemaProperty, Location]], Mapping[str, tuple[Any, Location]], Location, list[InvalidField]], Extraction
]
type Check = Callable[[tuple[Column, ...], tuple[str, ...], Location, list[InvalidField]], None]


def _nothing_more(columns: tuple[Column, ...], key: tuple[str, ...], where: Location, problems: list[InvalidField]) -> None:
    """Nothing that a bronze contract of any engine need not say."""


@dataclass(frozen=True)
class Way:
    """One way to read a table.

    Attributes:
        mode: What the contract calls it.
        grows: Whether it goes on after a watermark.
        whole: Why it has no watermark; empty where it has one.
        alone: Whether a source that is read so has one table.
        no_range: Why no range of it can be read again; empty where one can.
        complete: Whether a read brings all rows, so that a key that it lacks is gone.
        adds: The technical columns by which its rows say whether they are gone, when they were written and what else is known of them, in the
            table's order; none where rows say no such thing.
        no_sequence: Why silver takes no `sequence` of its rows; empty where it takes one.
        text: The column with the text of a document, of which an extraction can be made; empty where rows are no documents.
    """

    mode: Mode
    grows: bool = False
    whole: str = ""
    alone: bool = False
    no_range: str = ""
    complete: bool = False
    adds: tuple[Column, ...] = ()
    no_sequence: str = ""
    text: str = ""

    def tells(self, technical: str) -> bool:
        """Whether its rows have a technical column."""
        return technical in {column.name for column in self.adds}


@dataclass(frozen=True)
class Engine:
    """What is true of all sources of an engine.

    Attributes:
        name: As the configuration calls it.
        settings: What the configuration says of such a source.
        ways: How its tables are read, the usual way first.
        column_type: The Spark SQL type of a bronze column, from the contract's words; what is wrong is added to the problems.
        check: Adds what else is wrong with a bronze contract: its columns, its key, their place.
        has_catalog: Whether the source tells which tables it has, so that they can be crawled, drafted and compared.
        is_uploaded: Whether people bring it to the lake's landing bucket, so that nobody fetches it.
        extracts: What a bronze contract says of what is extracted from documents; None where rows are taken as the source has them.
    """

    name: str
    settings: type[SourceSettings]
    ways: tuple[Way, ...]
    column_type: ColumnType
    check: Check = _nothing_more
    has_catalog: bool = True
    is_uploaded: bool = False
    extracts: Extracts | None = None

    @property
    def modes(self) -> tuple[Mode, ...]:
        """What contracts call its ways."""
        return tuple(way.mode for way in self.ways)
