"""The gate of documents, and what starts a run for those that it lets in."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from medallion.manifest.configuration import load_environment
from medallion.manifest.engines.registry import uploaded
from stacks.ingestion import IngestionStack
from stacks.parts.delivery.function_code import build_functions
from stacks.parts.delivery.release import build_release
from tests.synth.assembly import LAKE, OURS, ROOT, Assembly, as_list, manifest_of_two_sources, plain


@pytest.fixture(scope="module")
def triggered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The resources of an ingestion stack whose documents start runs."""
    environment, manifest = load_environment(LAKE, "full"), manifest_of_two_sources()
    app = App(
        analytics_reporting=False,
        outdir=str(tmp_path_factory.mktemp("out")),
        context=json.loads((ROOT / "cdk.json").read_text())["context"],
    )
    release = build_release(ROOT, manifest, environment.names, governed=environment.governed)
    IngestionStack(app, environment=environment, manifest=manifest, release=release)
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    resources: dict[str, Any] = app.synth().get_stack_by_name(f"{environment.names.dashed}-ingestion").template["Resources"]
    return resources


def of(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {id: resource["Properties"] for id, resource in resources.items() if resource["Type"] == kind}


@pytest.mark.parametrize("name", OURS)
def test_the_landing_bucket_tells_of_uploads_and_keeps_them_past_their_messages(name: str, synthesize: Any) -> None:
    bucket = synthesize(name).template("lake")["Resources"]["LandingBucket"]["Properties"]
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    (current,) = [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if rule["Id"] == "current"]
    assert current["ExpirationInDays"] > 14


def test_an_environment_without_documents_has_neither_bucket_nor_gate(assembly: Assembly) -> None:
    expected = bool(uploaded(assembly.environment.sources))
    assert ("lake.LandingBucket" in assembly.resources("AWS::S3::Bucket")) is expected
    assert ("ingestion.GateFunction" in assembly.resources("AWS::Lambda::Function")) is expected


def test_runs_are_asked_for_where_there_is_an_airflow_to_ask(assembly: Assembly) -> None:
    functions = assembly.resources("AWS::Lambda::Function")
    expected = bool(uploaded(assembly.environment.sources) and assembly.environment.airflow)
    assert ("ingestion.TriggerFunction" in functions) is expected
    for where, function in functions.items():
        if where == "ingestion.GateFunction":
            assert ("TRIGGER_QUEUE" in function["Properties"]["Environment"]["Variables"]) is expected


def test_every_upload_is_looked_at_under_a_source_or_not(triggered: dict[str, Any]) -> None:
    (rule,) = of(triggered, "AWS::Events::Rule").values()
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["acme-full-landing-666666666666-eu-central-1"]}},
    }


def test_queues_are_encrypted_take_tls_only_and_lead_somewhere(triggered: dict[str, Any]) -> None:
    queues = of(triggered, "AWS::SQS::Queue")
    assert set(queues) == {"GateQueue", "GateDeadQueue", "TriggerQueue", "TriggerDeadQueue"}
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())
    for id in ("Gate", "Trigger"):
        assert queues[f"{id}Queue"]["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [f"{id}DeadQueue", "Arn"]},
            "maxReceiveCount": 5,
        }
        # What failed for the last time must still be there to be looked at.
        assert queues[f"{id}DeadQueue"]["MessageRetentionPeriod"] > queues[f"{id}Queue"]["MessageRetentionPeriod"]
    plaintext = [
        statement
        for policy in of(triggered, "AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert len(plaintext) == len(queues)


def test_functions_are_traced_log_to_their_own_group_and_have_time_for_their_messages(triggered: dict[str, Any]) -> None:
    functions, queues = of(triggered, "AWS::Lambda::Function"), of(triggered, "AWS::SQS::Queue")
    for id in ("Gate", "Trigger"):
        function = functions[f"{id}Function"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{id}LogGroup"}}
        assert queues[f"{id}Queue"]["VisibilityTimeout"] >= 6 * function["Timeout"]
        group = of(triggered, "AWS::Logs::LogGroup")[f"{id}LogGroup"]
        assert group["KmsKeyId"]
        assert group["RetentionInDays"] == 7
    for mapping in of(triggered, "AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_gate_knows_each_source_s_limits_and_dag(triggered: dict[str, Any]) -> None:
    variables = of(triggered, "AWS::Lambda::Function")["GateFunction"]["Environment"]["Variables"]
    assert json.loads(variables["SOURCES"]) == {
        "inbox": {
            "prefix": "documents/inbox__notes",
            "largest_bytes": 20000,
            "suffixes": [".md"],
            "dag_id": "acme_full_trade",
            "batch_seconds": 120,
        }
    }
    assert variables["TRIGGER_QUEUE"] == {"Ref": "TriggerQueue"}


def test_the_trigger_may_start_runs_in_its_environment_and_nothing_else(triggered: dict[str, Any]) -> None:
    (policy,) = [policy for id, policy in of(triggered, "AWS::IAM::Policy").items() if id.startswith("TriggerRole")]
    allowed = {
        action: [plain(resource) for resource in as_list(statement["Resource"])]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    }
    assert set(allowed) == {
        "airflow:InvokeRestApi",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    (role,) = allowed["airflow:InvokeRestApi"]
    assert role.endswith(":airflow:eu-central-1:666666666666:role/acme-full-airflow/User")


def test_archives_of_functions_are_the_same_in_every_place(tmp_path: Path) -> None:
    for folder in ("lambdas", "requirements", ".tools/function-wheels"):
        (tmp_path / folder).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / folder).symlink_to(ROOT / folder)
    here, there = build_functions(ROOT), build_functions(tmp_path)
    for name in ("gate.zip", "trigger.zip"):
        assert (here / name).read_bytes() == (there / name).read_bytes()
