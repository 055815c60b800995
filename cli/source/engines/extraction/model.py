"""A source that is a language model, which is asked about documents of the lake."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, override

from cli.source.engines.source import EngineSource, Looked, Progress, Request
from cli.terminal.failures import Refused
from medallion.manifest.engines.extraction.settings import ExtractionSource

if TYPE_CHECKING:
    from cli.source.discovered import CrawledTable
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.drafts import Drafts
    from medallion.manifest.model import BronzeTable


class LanguageModel(EngineSource[ExtractionSource]):
    """A model has no tables of its own: what is extracted is what its contracts say."""

    @override
    def look(self, contracts: "Sequence[BronzeTable]") -> Looked:
        """Nothing can differ."""
        return Looked()

    @override
    def draft(self, request: Request) -> "Drafts":
        """What is wanted of documents, only people know."""
        raise Refused(
            f"source {self._name} is {self._settings.engine}, and has no tables; write the contract of what is extracted by hand, "
            "as docs/contracts.md has it"
        )

    @override
    def contract_of(self, table: "CrawledTable", contracts: "Sequence[BronzeTable]") -> str | None:
        """No crawler looks at a model."""
        return None

    @override
    def log_in(self, credentials: "Credentials") -> None:
        """A model's key is no login to a database."""
        raise Refused(
            f"source {self._name} is {self._settings.engine}: its secret holds an `api_key`, and the first run tells whether it works"
        )

    @override
    def fill(self, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
        """There is nothing to fill."""
        raise Refused(f"source {self._name} is {self._settings.engine}, and brings no sample")
