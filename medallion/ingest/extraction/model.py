"""The model that a source's configuration names, ready to be asked."""

import json

from medallion.ingest.extraction.gemini import Gemini
from medallion.ingest.extraction.local import LocalModel
from medallion.ingest.extraction.provider import Provider
from medallion.ingest.secret import secret_text
from medallion.manifest.credentials import SecretUnreadable
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import Extraction


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
        api_key(settings.secret, region),
        base_url=settings.base_url,
        temperature=settings.temperature,
        thinking_budget=settings.thinking_budget,
        timeout_seconds=settings.timeout_seconds,
    )


def api_key(secret: str, region: str) -> str:
    """The key in a secret.

    Raises:
        SecretUnreadable: It is not there, or has no `api_key`.
    """
    try:
        held = json.loads(secret_text(secret, region) or "")
    except ValueError:
        held = None
    key = held.get("api_key") if isinstance(held, dict) else None
    if not isinstance(key, str) or not key.strip():
        raise SecretUnreadable(f'secret {secret}: must be a JSON object with the text api_key, such as {{"api_key": "…"}}')
    return key.strip()
