"""The job that asks a model about documents: what it is started with, and all that it may."""

from typing import Any

import pytest

from medallion.manifest.configuration import load_environment
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.environment import Environment
from medallion.manifest.errors import InvalidField
from tests.synth.assembly import LAKE, Assembly, as_list, plain, synthesized

BRONZE = "acme-full-bronze-666666666666-eu-central-1"


@pytest.fixture(scope="module")
def full(synthesize: Any) -> Assembly:
    found: Assembly = synthesize("full")
    return found


def job_of(assembly: Assembly) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the job that asks the model."""
    name = assembly.environment.names.job("ingest", "reader")
    ((where, job),) = [
        (where, job["Properties"]) for where, job in assembly.resources("AWS::Glue::Job").items() if job["Properties"]["Name"] == name
    ]
    return where, job


def allowed(assembly: Assembly) -> dict[str, dict[str, set[str]]]:
    """What the job's role may do: resources by action by the statement's id."""
    where, _ = job_of(assembly)
    return {
        statement["Sid"]: {action: {plain(one) for one in as_list(statement["Resource"])} for action in as_list(statement["Action"])}
        for policy, statement in assembly.statements()
        if policy.startswith(where.rpartition("Job")[0])
    }


def changed(**settings: Any) -> Environment:
    """The full environment with another model."""
    environment = load_environment(LAKE, "full")
    reader = ExtractionSource.model_validate({"engine": "extraction", **settings})
    return environment.model_copy(update={"sources": {**environment.sources, "reader": reader}})


def test_the_job_has_its_settings_but_no_secret_and_no_connection(full: Assembly) -> None:
    _, job = job_of(full)
    arguments = job["DefaultArguments"]
    assert ExtractionSource.model_validate_json(arguments["--settings"], strict=True) == full.environment.sources["reader"]
    assert (arguments["--source"], arguments["--source_prefix"]) == ("reader", "extraction/reader__")
    assert "Connections" not in job
    archives = [one.rpartition("/")[2] for one in arguments["--additional-python-modules"].split(",")]
    assert archives == ["medallion.gluewheels.zip", "extraction.gluewheels.zip"]


def test_the_job_reads_its_documents_and_writes_what_it_finds_and_nothing_else(full: Assembly) -> None:
    tables = {
        sid: {action: {one for one in resources if ":table/" in one or "/tables/" in one} for action, resources in actions.items()}
        for sid, actions in allowed(full).items()
    }
    inputs = {sid: actions for sid, actions in tables.items() if sid.startswith("Inputs")}
    glue = "arn:<AWS::Partition>:glue:eu-central-1:666666666666:table/acme_full_bronze"
    assert inputs["InputsFind"]["glue:GetTable"] == {f"{glue}/inbox__notes"}
    assert inputs["InputsRead"] == {"s3:GetObject": {f"arn:<AWS::Partition>:s3:::{BRONZE}/tables/inbox__notes/*"}}
    assert not {action for actions in inputs.values() for action in actions} & {"glue:UpdateTable", "s3:PutObject", "s3:DeleteObject"}
    assert tables["BronzeCommit"]["glue:UpdateTable"] == {f"{glue}/reader__*"}
    assert tables["BronzeWrite"]["s3:PutObject"] == {f"arn:<AWS::Partition>:s3:::{BRONZE}/tables/reader__*"}


def test_the_job_keeps_answers_and_what_they_cost(full: Assembly) -> None:
    found = allowed(full)
    for sid, prefix in (("Answers", "extraction/reader__topics"), ("Ledger", "extraction/ledger/reader")):
        resource = {f"arn:<AWS::Partition>:s3:::{BRONZE}/{prefix}/*"}
        # What is paid for is never deleted.
        assert found[sid] == {"s3:GetObject": resource, "s3:PutObject": resource}


def test_the_job_reads_its_one_secret(full: Assembly) -> None:
    found = allowed(full)["SourceSecret"]["secretsmanager:GetSecretValue"]
    assert found == {"arn:<AWS::Partition>:secretsmanager:eu-central-1:666666666666:secret:reader/gemini-??????"}


def test_a_model_of_the_laptop_has_neither_a_secret_nor_wheels_of_its_own(tmp_path: Any) -> None:
    laptop = changed(provider="local").model_copy(update={"name": "local"})
    local = synthesized("full", tmp_path, environment=laptop)
    assert "SourceSecret" not in allowed(local)
    _, job = job_of(local)
    assert "," not in job["DefaultArguments"]["--additional-python-modules"]


def test_a_text_that_may_not_leave_the_account_is_refused_at_synth(tmp_path: Any) -> None:
    gemini = {
        "provider": "gemini",
        "model": "m",
        "secret": "s",
        "price": {"input": 1, "output": 1},
        "budget": {"run": 1, "month": 1},
    }
    with pytest.raises(InvalidField, match=r"config/full\.yaml: sources\.reader\.leaves: .*contracts/trade/bronze/notes\.yaml") as raised:
        synthesized("full", tmp_path, environment=changed(**gemini, leaves="confidential"))
    assert "contracts/trade/bronze/topics.yaml" in str(raised.value)
