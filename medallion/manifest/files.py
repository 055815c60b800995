"""The files that a lake is read from and compiled to, as values."""

import json
from pathlib import Path

from pydantic import ValidationError

from medallion.manifest.environment import Environment
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


def load_environment(root: Path, name: str) -> Environment:
    """What `config/<name>.yaml` of a lake says.

    Raises:
        Invalid: All that is wrong with the file, or that there is none.
    """
    # Jobs import this module on Glue, where there is no YAML reader.
    from medallion.manifest import configuration

    return configuration.load_environment(root, name)


def environment_names(root: Path) -> tuple[str, ...]:
    """The environments that a lake has a configuration for, sorted."""
    return tuple(sorted(path.stem for path in (root / "config").glob("*.yaml") if path.stem != "personas"))


__all__ = ["UnreadableManifest", "environment_names", "load_environment", "manifest_bytes", "parse_manifest"]
