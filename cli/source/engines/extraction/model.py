"""A source that is a language model, which is asked about documents of the lake."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, override

from cli.source.engines.source import Progress, Request, SourceWithoutCatalog
from cli.terminal.failures import Refused
from medallion.manifest.engines.extraction.settings import ExtractionSource

if TYPE_CHECKING:
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.drafting.drafts import Drafts


class LanguageModel(SourceWithoutCatalog[ExtractionSource]):
    """A model has no tables of its own: what is extracted is what its contracts say."""

    @override
    def draft(self, request: Request) -> "Drafts":
        """What is wanted of documents, only people know."""
        raise Refused(
            f"source {self._name} is {self._settings.engine}, and has no tables; write the contract of what is extracted by hand, "
            "as docs/contracts.md has it"
        )

    @property
    @override
    def key_secret(self) -> str | None:
        """That of the model's API; a model of the laptop has none."""
        return self._settings.secret

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
