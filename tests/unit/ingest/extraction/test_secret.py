"""The key of a model's API."""

from typing import TYPE_CHECKING

import boto3
import pytest

from medallion.ingest.extraction.secret import read_api_key
from medallion.manifest.credentials import SecretUnreadable

if TYPE_CHECKING:
    from tests.unit.aws import Clients

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def account(aws: "Clients", monkeypatch: pytest.MonkeyPatch) -> None:
    """The account that boto3 asks."""
    monkeypatch.setattr(boto3, "client", lambda service, **_told: aws(service))


def test_the_key_is_in_a_secret(aws: "Clients") -> None:
    aws("secretsmanager").create_secret(Name="shop/gemini", SecretString='{"api_key": "abc\\n"}')
    assert read_api_key("shop/gemini", REGION) == "abc"


@pytest.mark.parametrize("held", ["the-key", '"the-key"', '{"api_key": ""}', '{"key": "the-key"}', '{"api_key": "the-key", "more": 1}'])
def test_a_secret_that_holds_something_else_is_not_shown(aws: "Clients", held: str) -> None:
    aws("secretsmanager").create_secret(Name="shop/gemini", SecretString=held)
    with pytest.raises(SecretUnreadable, match=r"secret shop/gemini: it must be JSON") as refusal:
        read_api_key("shop/gemini", REGION)
    assert "the-key" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_secret_that_is_not_there_is_named() -> None:
    with pytest.raises(SecretUnreadable, match="secret shop/gemini: ResourceNotFoundException"):
        read_api_key("shop/gemini", REGION)
