"""The model that a source's configuration names, ready to be asked."""

from medallion.ingest.extraction.gemini import Gemini
from medallion.ingest.extraction.local import MODEL, LocalModel
from medallion.ingest.extraction.provider import Provider
from medallion.ingest.extraction.secret import read_api_key
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import Extraction


def model_name(settings: ExtractionSource) -> str:
    """What the model is called in the keys of its answers, without asking for its secret."""
    return settings.model or MODEL


def model_of(settings: ExtractionSource, extraction: Extraction, region: str) -> Provider:
    """The model.

    Args:
        settings: What the source is in this environment.
        extraction: What it will be asked for.
        region: Where its secret is.

    Raises:
        SecretUnreadable: The secret of its key is not there, or is not what it needs.
    """
    if settings.provider == "local":
        return LocalModel(extraction, timeout_seconds=settings.timeout_seconds)
    if settings.model is None or settings.secret is None:
        raise ValueError("provider: gemini needs model and secret; its settings were not checked")
    return Gemini(
        settings.model,
        read_api_key(settings.secret, region),
        base_url=settings.base_url,
        temperature=settings.temperature,
        thinking_budget=settings.thinking_budget,
        timeout_seconds=settings.timeout_seconds,
    )
