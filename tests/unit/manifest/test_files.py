"""A manifest is written in one way only, and read back as it was."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.manifest.compiler import compile_lake
from medallion.manifest.errors import InvalidField
from medallion.manifest.files import UnreadableManifest, manifest_bytes, parse_manifest
from tests.unit.manifest.contracts_on_disk import Lake, column, contract


def test_a_manifest_is_read_back_as_it_was_written(lake: Lake) -> None:
    manifest = lake.compile()
    assert parse_manifest(manifest_bytes(manifest)) == manifest


def test_a_manifest_is_canonical_json(lake: Lake) -> None:
    content = manifest_bytes(lake.compile())
    document = json.loads(content)
    assert content.endswith(b"}\n")
    assert list(document) == sorted(document)
    assert document["manifest_version"] == 1
    assert document["lake"] == "acme"


def shuffled(value: object, order: random.Random) -> object:
    """The same JSON with its fields in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_files_and_fields_changes_no_byte(tmp_path_factory: pytest.TempPathFactory, order: random.Random) -> None:
    def write(name: str, mix: random.Random | None) -> Path:
        lake = Lake(tmp_path_factory.mktemp(name) / "acme")
        for number in range(3):
            lake.documents[f"silver/t{number}"] = contract(
                f"t{number}",
                column(
                    "id", logicalType="integer", primaryKey=True, transformSourceObjects=["orders.id"], relationships=[{"to": "orders.id"}]
                ),
            )
        if mix:
            paths = list(lake.documents)
            mix.shuffle(paths)
            lake.documents = {path: shuffled(lake.documents[path], mix) for path in paths}  # type: ignore[misc]
        lake.write()
        return lake.root

    assert manifest_bytes(compile_lake(write("a", None))) == manifest_bytes(compile_lake(write("b", order)))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "manifest.json: not JSON: "),
        (b"[]", "manifest.json: manifest_version: None is not 1; build it again with this release's `lake contracts build`"),
        (b'{"manifest_version": 2}', "manifest.json: manifest_version: 2 is not 1"),
        (b'{"manifest_version": 1, "lake": "l"}', "manifest.json: products: Field required"),
        (b'{"manifest_version": 1, "lake": "l", "products": [], "x": 1}', "manifest.json: x: Extra inputs are not permitted"),
        (b"\xff", "manifest.json: not JSON: "),
    ],
)
def test_what_is_no_manifest_is_refused_with_the_way_to_make_one(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableManifest) as raised:
        parse_manifest(content)
    assert problem in str(raised.value)
    assert isinstance(raised.value, InvalidField)
