"""What an environment says of a model, and whether texts may go to it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.manifest.configuration import check_sources
from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.errors import Invalid
from tests.unit.manifest.extraction_on_disk import Lake, documents

GEMINI: dict[str, Any] = {
    "engine": "extraction",
    "provider": "gemini",
    "model": "gemini-3.8-flash",
    "secret": "ward/gemini",
    "price": {"input": 0.75, "output": 3.75},
    "budget": {"run": 1, "month": 20},
}


def environment(reader: ExtractionSource, *, name: str = "dev") -> Environment:
    return Environment(
        name=name,
        account="222222222222",
        region="eu-west-1",
        prefix="dev",
        network=CreatedNetwork(mode="create"),
        sources={"ward": DocumentSource(engine="documents"), "reader": reader},
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"provider": "bedrock"}, "'bedrock' is not built", id="bedrock"),
        pytest.param({"provider": "openai"}, "Input should be 'local' or 'gemini'", id="a provider that nobody knows"),
        pytest.param({"secret": None}, "provider: gemini needs secret as well", id="no secret"),
        pytest.param({"price": None, "budget": None}, "provider: gemini needs price, budget as well", id="no price"),
        pytest.param({"model": "models/gemini"}, "should match pattern", id="a model that is a path"),
        pytest.param({"secret": "arn:aws:secretsmanager:eu-west-1:222222222222:secret:ward/gemini-AbCdEf"}, "'ward/gemini'", id="an ARN"),
        pytest.param({"base_url": "http://example.com"}, "must begin with https://", id="in the clear"),
        pytest.param({"base_url": "https://me:secret@example.com"}, "without a login", id="a login in an address"),
        pytest.param({"price": {"input": 0, "output": 1}}, "greater than 0", id="for nothing"),
        pytest.param({"budget": {"run": 30, "month": 20}}, "a run may spend 30 USD, and a whole month only 20", id="a run above the month"),
        pytest.param({"concurrency": 0}, "greater than or equal to 1", id="nobody asks"),
        pytest.param({"thinking_budget": -1}, "greater than or equal to 0", id="thinking without end"),
        pytest.param({"leaves": "secret"}, "Input should be 'public', 'internal', 'confidential' or 'restricted'", id="no classification"),
        pytest.param({"demo": True}, "a model is asked and brings no sample", id="a demo"),
        pytest.param({"provider": "local"}, "provider: local takes no model, secret:", id="local with a secret"),
        pytest.param(
            {"provider": "local", "model": None, "secret": None, "base_url": "https://example.com"},
            "takes no",
            id="local with an address",
        ),
    ],
)
def test_settings_that_can_t_be_are_told(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="validation error") as raised:
        ExtractionSource.model_validate(GEMINI | changed)
    assert told in str(raised.value)


def test_the_least_that_a_local_model_needs_is_its_name() -> None:
    local = ExtractionSource.model_validate({"engine": "extraction", "provider": "local"})
    assert (local.concurrency, local.timeout_seconds, local.sends_out) == (8, 60, None)


@pytest.mark.parametrize("address", ["https://example.com/v1/", "http://127.0.0.1:8080"])
def test_a_model_may_be_reached_elsewhere(address: str) -> None:
    assert ExtractionSource.model_validate(GEMINI | {"base_url": address}).base_url == address.rstrip("/")


@given(
    temperature=st.floats(0, 2),
    concurrency=st.integers(1, 256),
    price=st.integers(1, 10**9),
    leaves=st.sampled_from(["public", "internal", "confidential", "restricted"]),
    tokens_per_minute=st.none() | st.integers(1, 10**9),
)
def test_a_job_reads_what_the_configuration_said(price: int, **said: Any) -> None:
    settings = ExtractionSource.model_validate(GEMINI | said | {"price": {"input": price / 10**6, "output": 1}})
    assert ExtractionSource.model_validate_json(settings.argument, strict=True) == settings


@pytest.mark.parametrize(
    ("text", "leaves"),
    [("restricted", "confidential"), ("confidential", "internal"), ("internal", "public")],
)
def test_a_text_that_is_more_secret_than_what_leaves_is_refused(tmp_path: Path, text: str, leaves: str) -> None:
    lake = Lake(tmp_path)
    lake.contracts["care/bronze/notes"] = documents(text=text)
    manifest = lake.compile()
    reader = ExtractionSource.model_validate(GEMINI | {"leaves": leaves})
    with pytest.raises(Invalid) as raised:
        check_sources(environment(reader), manifest, tmp_path)
    told = str(raised.value)
    assert told.startswith(f"{tmp_path}/config/dev.yaml: sources.reader.leaves: lets text out of the account that is {leaves} or less")
    assert f"the {text} column text of contracts/care/bronze/notes.yaml" in told
    assert "contracts/care/bronze/prescriptions.yaml asks" in told
    check_sources(environment(reader.model_copy(update={"leaves": text})), manifest, tmp_path)
    check_sources(environment(ExtractionSource(engine="extraction", provider="local"), name="local"), manifest, tmp_path)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param(
            GEMINI | {"leaves": "restricted", "base_url": "http://127.0.0.1:8080"},
            "sources.reader.base_url: 'http://127.0.0.1:8080' is of a laptop only; an account's texts go by https://",
            id="an address of this machine",
        ),
        pytest.param(
            {"engine": "extraction", "provider": "local"},
            "sources.reader.provider: 'local' answers on a laptop only; take provider: gemini",
            id="the laptop's own model",
        ),
    ],
)
def test_what_only_a_laptop_has_is_refused_for_an_account(tmp_path: Path, settings: dict[str, Any], told: str) -> None:
    manifest, reader = Lake(tmp_path).compile(), ExtractionSource.model_validate(settings)
    with pytest.raises(Invalid) as raised:
        check_sources(environment(reader), manifest, tmp_path)
    assert str(raised.value) == f"{tmp_path}/config/dev.yaml: {told}"
    check_sources(environment(reader, name="local"), manifest, tmp_path)
