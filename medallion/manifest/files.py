"""The file that a lake is compiled to, as a value and back; jobs read it on Glue, where there is no YAML reader."""

import json

from pydantic import ValidationError

from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import MANIFEST_VERSION, Manifest


class UnreadableManifest(InvalidField):
    """Bytes that are no manifest of this version."""


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as canonical JSON: the same contracts give the same bytes on every machine."""
    document = json.dumps(manifest.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return document.encode() + b"\n"


def parse_manifest(content: bytes) -> Manifest:
    """The manifest of `manifest_bytes`.

    Raises:
        UnreadableManifest: The bytes are no JSON, or were written by a release whose format differs.
    """
    where = Location("manifest.json")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UnreadableManifest(where, f"not JSON: {error}; build it again with `lake contracts build`") from error
    version = document.get("manifest_version") if isinstance(document, dict) else None
    if version != MANIFEST_VERSION:
        raise UnreadableManifest(
            where.at("manifest_version"),
            f"{version!r} is not {MANIFEST_VERSION}; build it again with this release's `lake contracts build`",
        )
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise UnreadableManifest(where.at(*first["loc"]), f"{first['msg']}; build it again with `lake contracts build`") from error


__all__ = ["UnreadableManifest", "manifest_bytes", "parse_manifest"]
