"""Reads `config/personas.yaml`: who there is to grant anything to."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from medallion.manifest.assuming import PersonaSettings
from medallion.manifest.document import read_document, shown
from medallion.manifest.environment import Environment
from medallion.manifest.errors import Invalid, InvalidField, Location, UnknownValue
from medallion.manifest.fields import unknown_fields, wrong_values
from medallion.manifest.frozen import Frozen
from medallion.manifest.identifier import IDENTIFIER, LONGEST_NAME
from medallion.manifest.model import CLASSIFICATIONS, Classification, Persona
from medallion.manifest.names import CATALOG_LAYERS, CatalogLayer

FILE = "personas.yaml"
# Roles have names of the same form.
_TAKEN = ("aggregate", "airflow", "apply_access", "apply_contracts", "engineers", "gate", "lake_formation", "refine", "trigger")
_TAKEN_BEGINNINGS = ("deliver_", "discover_", "ingest_")


# A persona's description is its role's, of which IAM takes Latin-1 only.
_OF_A_ROLE = r"^[\t\n\r -~\u00a1-\u00ff]*$"


def _once[T](values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names one twice")
    return values


class _PersonaFile(Frozen):
    """What the file says of one persona."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_OF_A_ROLE)]
    layers: Annotated[tuple[CatalogLayer, ...], Field(min_length=1), AfterValidator(_once)]
    classes: Annotated[tuple[Classification, ...], Field(min_length=1), AfterValidator(_once)]
    scan_limit_bytes: Annotated[int, Field(ge=10_000_000)] | None = None


_UNASSUMED = (
    "says nobody who may assume it; give assumed_by, saml or identity_center "
    "(`assumed_by: [arn:aws:iam::{}:root]` leaves it to the account's own policies)"
)
_ADVICE = {
    "layers": f"a list of {', '.join(CATALOG_LAYERS)}",
    "classes": f"a list of {', '.join(CLASSIFICATIONS)}",
    "description": "who they are, in a sentence: at most 1000 characters of Latin-1, as it becomes a role's description",
    "scan_limit_bytes": "a number of bytes, at least 10000000",
}


def personas_file(root: Path) -> Path:
    """Where a lake's personas are."""
    return root / "config" / FILE


def read_personas(root: Path) -> tuple[Persona, ...]:
    """The personas of a lake, sorted by name; none where it has no such file.

    Raises:
        Invalid: All that is wrong with the file.
    """
    path = personas_file(root)
    if not path.exists():
        return ()
    document, where = read_document(path), Location(shown(path))
    problems: list[InvalidField] = []
    personas: list[Persona] = []
    for name, fields in document.items():
        place = where.at(str(name))
        problems += _wrong_name(name, place)
        if not isinstance(fields, dict):
            problems.append(InvalidField(place, f"must hold fields: {', '.join(_PersonaFile.model_fields)}"))
            continue
        problems += unknown_fields(_PersonaFile, fields, place)
        try:
            file = _PersonaFile.model_validate_json(json.dumps(fields), strict=True)
        except ValidationError as error:
            problems += wrong_values(error, fields, place, _ADVICE)
        else:
            personas.append(Persona(name=str(name), **dict(file)))
    if problems:
        raise Invalid(problems)
    return tuple(sorted(personas, key=lambda persona: persona.name))


def check_personas(environment: Environment, personas: tuple[Persona, ...], file: Path) -> None:
    """That an environment speaks of personas that there are, and says of each who may assume it where they come into being.

    Args:
        environment: As loaded.
        personas: The lake's.
        file: The environment's file, for errors.

    Raises:
        Invalid: It names one that the lake does not have, or nobody for one.
    """
    names = [persona.name for persona in personas]
    where = Location(shown(file))
    named = [(where.at("personas"), name) for name in environment.personas]
    if environment.query_as:
        named.append((where.at("query_as"), environment.query_as))
    unknown = [(place, name) for place, name in named if name not in names]
    if unknown and not names:
        raise Invalid([InvalidField(unknown[0][0], f"the lake has no personas; write {FILE} beside this file")])
    if unknown:
        raise Invalid([UnknownValue(place, name, names) for place, name in unknown])
    if environment.governed:
        unassumed = [persona.name for persona in personas if not settings_of(environment.personas, persona).is_assumed]
        if unassumed:
            raise Invalid([InvalidField(where.at("personas", name), _UNASSUMED.format(environment.account)) for name in unassumed])


def scan_limit(environment: Environment, persona: Persona) -> int:
    """What one query of a persona may read in an environment, in bytes."""
    here = settings_of(environment.personas, persona).scan_limit_bytes
    return here or persona.scan_limit_bytes or environment.scan_limit_bytes


def settings_of(configured: Mapping[str, PersonaSettings], persona: Persona) -> PersonaSettings:
    """What an environment says of a persona; nothing where it does not name it."""
    return configured.get(persona.name, PersonaSettings())


def _wrong_name(name: object, place: Location) -> list[InvalidField]:
    # Checked as the names of environments and sources are: they become parts of names on the account.
    if not isinstance(name, str) or not re.fullmatch(IDENTIFIER, name) or len(name) > LONGEST_NAME:
        return [
            InvalidField(place, "a persona has lower-case letters, digits and single underscores between them, at most 31, a letter first")
        ]
    if name in _TAKEN or name.startswith(_TAKEN_BEGINNINGS):
        return [InvalidField(place, "is what a role of the lake itself is called; name the persona otherwise")]
    return []


__all__ = ["Persona", "check_personas", "personas_file", "read_personas", "scan_limit", "settings_of"]
