"""What `config/personas.yaml` may say, and what one is told who says something else."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from medallion.manifest.access.personas import read_personas, scan_limit
from medallion.manifest.assuming import PersonaSettings
from medallion.manifest.configuration import load_environment
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.errors import Invalid
from medallion.manifest.model import Persona

ANALYST: dict[str, Any] = {"description": "Analysts", "layers": ["gold"], "classes": ["public"]}


def write(root: Path, content: object) -> Path:
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "personas.yaml").write_text(yaml.safe_dump(content))
    return root


def problems(root: Path, content: object) -> list[str]:
    with pytest.raises(Invalid) as raised:
        read_personas(write(root, content))
    return [str(problem).partition("personas.yaml: ")[2] for problem in raised.value.problems]


def test_a_lake_may_have_no_personas(tmp_path: Path) -> None:
    assert read_personas(tmp_path) == ()


def test_personas_are_sorted(tmp_path: Path) -> None:
    found = read_personas(write(tmp_path, {"writer": ANALYST, "analyst": {**ANALYST, "scan_limit_bytes": 10_000_000}}))
    analyst = Persona(name="analyst", description="Analysts", layers=("gold",), classes=("public",), scan_limit_bytes=10_000_000)
    assert found == (analyst, analyst.model_copy(update={"name": "writer", "scan_limit_bytes": None}))


def test_a_description_is_what_iam_takes(tmp_path: Path) -> None:
    text = "Zürich's analysts\n(all of them)"
    assert read_personas(write(tmp_path, {"analyst": {**ANALYST, "description": text}}))[0].description == text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            {"analyst": {**ANALYST, "layers": ["golden"]}},
            "analyst.layers[0]: 'golden' is not one of bronze, discovered, gold, ops, silver; did you",
        ),
        (
            {"analyst": {**ANALYST, "classes": ["secret"]}},
            "analyst.classes[0]: 'secret' is not one of confidential, internal, public, restricted",
        ),
        (
            {"analyst": {**ANALYST, "description": "Analysts – all"}},
            "analyst.description: 'Analysts – all': must be who they are, in a sentence",
        ),
        ({"analyst": {**ANALYST, "description": "a" * 1001}}, "analyst.description: "),
        ({"analyst": {**ANALYST, "classes": []}}, "analyst.classes: must be a list of public, internal, confidential, restricted"),
        ({"analyst": {**ANALYST, "layers": ["gold", "gold"]}}, "analyst.layers: names one twice"),
        (
            {"analyst": {**ANALYST, "layer": "gold"}},
            "analyst.layer: is not a field here; valid ones are classes, description, layers, scan_limit",
        ),
        (
            {"analyst": {"description": "x", "classes": ["public"]}},
            "analyst.layers: is missing; it must be a list of bronze, silver, gold, ops,",
        ),
        ({"analyst": {**ANALYST, "scan_limit_bytes": 5}}, "analyst.scan_limit_bytes: 5: must be a number of bytes, at least 10000000"),
        ({"analyst": "gold"}, "analyst: must hold fields: description, layers, classes, scan_limit_bytes"),
        ({"data-engineer": ANALYST}, "data-engineer: a persona has lower-case letters, digits and single underscores"),
        ({"apply_access": ANALYST}, "apply_access: is what a role of the lake itself is called; name the persona otherwise"),
        ({"lake_formation": ANALYST}, "lake_formation: is what a role of the lake itself is called"),
        ({"deliver_files": ANALYST}, "deliver_files: is what a role of the lake itself is called"),
        ({"ingest_all": ANALYST}, "ingest_all: is what a role of the lake itself is called"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_told_with_what_would_be_right(tmp_path: Path, content: object, problem: str) -> None:
    assert [each for each in problems(tmp_path, content) if each.startswith(problem)]


def environment(root: Path, query_as: str | None = None, **personas: Any) -> Environment:
    document = {
        "account": "222222222222",
        "region": "eu-west-1",
        "network": {"mode": "create"},
        "sources": {},
        "lake_formation": "manage",
        "personas": personas,
        **({"query_as": query_as} if query_as else {}),
    }
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "dev.yaml").write_text(yaml.safe_dump(document))
    return load_environment(root, "dev")


@pytest.mark.parametrize(
    ("personas", "problem"),
    [
        ({"analist": {}}, r"dev\.yaml: personas: 'analist' is not one of analyst; did you mean 'analyst'\?"),
        (
            {"analyst": {"assumed_by": ["me"]}},
            r"dev\.yaml: personas\.analyst\.assumed_by\[0\]: 'me'",
        ),
        ({"analyst": {"assumes": []}}, r"dev\.yaml: personas\.analyst\.assumes: is not a field here; valid ones are assumed_by"),
        ({}, r"dev\.yaml: personas\.analyst: says nobody who may assume it; give assumed_by, saml or identity_center"),
    ],
    ids=["another name", "no ARN", "no field", "nobody at all"],
)
def test_an_environment_says_who_assumes_a_persona_that_there_is(tmp_path: Path, personas: dict[str, Any], problem: str) -> None:
    write(tmp_path, {"analyst": ANALYST})
    with pytest.raises(Invalid, match=problem):
        environment(tmp_path, **personas)


def test_whoever_asks_asks_as_a_persona_that_there_is(tmp_path: Path) -> None:
    write(tmp_path, {"analyst": ANALYST})
    assert environment(tmp_path, query_as="analyst", analyst={"identity_center": "Analyst"}).query_as == "analyst"
    with pytest.raises(Invalid, match=r"dev\.yaml: query_as: 'analist' is not one of analyst; did you mean 'analyst'\?"):
        environment(tmp_path, query_as="analist")


def test_an_environment_of_a_lake_without_personas_is_told_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"dev\.yaml: personas: the lake has no personas; write personas\.yaml beside this file"):
        environment(tmp_path, analyst={})


@pytest.mark.parametrize(
    ("own", "here", "limit"), [(None, None, 100), (20, None, 20), (20, 30, 30), (None, 30, 30)], ids=["neither", "its own", "both", "here"]
)
def test_the_nearest_scan_limit_counts(own: int | None, here: int | None, limit: int) -> None:
    mega = 1_000_000_000
    persona = Persona(name="analyst", description="", layers=("gold",), classes=("public",), scan_limit_bytes=own and own * mega)
    configured = Environment(
        name="dev",
        account="222222222222",
        region="eu-west-1",
        prefix="dev",
        network=CreatedNetwork(mode="create"),
        sources={},
        personas={"analyst": PersonaSettings(scan_limit_bytes=here and here * mega)},
    )
    assert scan_limit(configured, persona) == limit * mega
