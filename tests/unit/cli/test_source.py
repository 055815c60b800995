"""What a command says of a source that it can't look at, and which tables a prefix leads to."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.context import Context
from cli.failures import Refused
from cli.source import configured, observed
from cli.source_catalog import object_name

CONFIGURATION = """
account: "111111111111"
region: eu-west-1
network: {mode: create}
sources: {shop: {engine: postgres, secret: shop/reader}, till: {engine: postgres, demo: true}}
"""


class NotFound(Exception):
    """As boto3 names a secret that is not there."""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(CONFIGURATION)
    return Context(lake=tmp_path)


def with_secret(monkeypatch: pytest.MonkeyPatch, text: str | None) -> list[str]:
    asked: list[str] = []

    def get_secret_value(SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's own
        asked.append(SecretId)
        if text is None:
            raise NotFound
        return {"SecretString": text}

    client = SimpleNamespace(get_secret_value=get_secret_value, exceptions=SimpleNamespace(ResourceNotFoundException=NotFound))
    monkeypatch.setattr(Context, "client", lambda self, service: client)
    return asked


def test_an_unknown_source_is_refused_with_those_that_there_are(context: Context) -> None:
    with pytest.raises(Refused, match=r"local\.yaml: sources: has no 'shp'; it has shop, till"):
        configured(context, "shp")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(None, "the secret shop/reader does not exist", id="missing"),
        pytest.param('{"host": "h", "port": 1}', "lacks dbname, password, username", id="incomplete"),
        pytest.param("hunter2", "lacks everything: it is no JSON object", id="no JSON"),
    ],
)
def test_a_secret_that_does_not_serve_is_told_without_its_content(
    context: Context, monkeypatch: pytest.MonkeyPatch, text: str | None, told: str
) -> None:
    with_secret(monkeypatch, text)
    with pytest.raises(Refused, match=told) as raised:
        observed(context, "shop")
    assert "hunter2" not in str(raised.value)
    assert text is None or raised.value.__cause__ is None


def test_a_demo_source_has_the_secret_of_its_name(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = with_secret(monkeypatch, None)
    with pytest.raises(Refused):
        observed(context, "till")
    assert asked == ["local/sources/till"]


@pytest.mark.parametrize(
    ("prefix", "schema", "name", "visible", "expected"),
    [
        ("public.", "public", "orders", True, "orders"),
        ("public.", "other", "orders", False, None),
        ("public.erp_", "public", "erp_orders", True, "orders"),
        ("public.erp_", "public", "orders", True, None),
        ("public.erp_", "public", "erp_", True, None),
        ("", "public", "orders", True, "orders"),
        ("", "other", "orders", False, "other.orders"),
        ("erp_", "public", "erp_orders", True, "orders"),
        ("erp_", "other", "erp_orders", False, None),
    ],
)
def test_a_prefix_leads_to_its_tables(prefix: str, schema: str, name: str, visible: bool, expected: str | None) -> None:
    arguments: dict[str, Any] = {"visible": visible}
    assert object_name(prefix, schema, name, **arguments) == expected
