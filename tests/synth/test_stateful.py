"""What holds data: its logical ids never move, and it goes only where an environment says so."""

import json
from pathlib import Path

import pytest

from tests.synth.assembly import OURS, Assembly, Synthesize

STATEFUL = (
    "AWS::Athena::WorkGroup",
    "AWS::DynamoDB::Table",
    "AWS::Glue::Database",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)
PINNED: dict[str, str] = json.loads((Path(__file__).parent / "stateful_ids.json").read_text())
# What has a fixed name and holds nothing: under another logical id it would be made before the old one is gone, and refused.
NAMED = {
    "AWS::Glue::Connection": ("ConnectionInput", "Name"),
    "AWS::Glue::Crawler": ("Name",),
    "AWS::Glue::Job": ("Name",),
    "AWS::Glue::SecurityConfiguration": ("Name",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::KMS::Alias": ("AliasName",),
    "AWS::LakeFormation::Tag": ("TagKey",),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::MWAA::Environment": ("Name",),
    "AWS::SNS::Topic": ("TopicName",),
    "AWS::SSM::Parameter": ("Name",),
}
PINNED_NAMES: dict[str, str] = json.loads((Path(__file__).parent / "named_ids.json").read_text())
# Under these live tables, and the releases that running jobs read.
FOR_EVER = ("AccessLogsBucket", "AthenaResultsBucket", "LandingBucket")


def stateful(assembly: Assembly) -> dict[str, str]:
    return {where: kind for kind in STATEFUL for where in assembly.resources(kind)}


@pytest.mark.parametrize("name", OURS)
def test_logical_ids_of_what_holds_data_never_move(name: str, synthesize: Synthesize) -> None:
    """A logical id that moves is a resource that is made anew, empty; so this file only ever grows."""
    assembly = synthesize(name)
    assert stateful(assembly) == expected(PINNED, assembly)


def expected(pinned: dict[str, str], assembly: Assembly) -> dict[str, str]:
    """What is pinned for the stacks of an environment; without an Airflow nothing asks it for runs."""
    stacks = {stack.removeprefix(f"{assembly.environment.names.dashed}-") for stack in assembly.templates}
    absent = () if assembly.environment.airflow else ("ingestion.Trigger",)
    return {where: what for where, what in pinned.items() if where.partition(".")[0] in stacks and not where.startswith(absent)}


def test_the_pinned_ids_are_all_in_use(synthesize: Synthesize) -> None:
    assert stateful(synthesize("dev")) | stateful(synthesize("prod")) == PINNED


def named(assembly: Assembly) -> dict[str, str]:
    found = {}
    for kind, path in NAMED.items():
        for where, resource in assembly.resources(kind).items():
            name = resource["Properties"]
            for part in path:
                name = name.get(part, {})
            if isinstance(name, str):
                found[where] = name.replace(assembly.environment.names.dashed, "<prefix>")
    return found


@pytest.mark.parametrize("name", OURS)
def test_logical_ids_of_what_has_a_fixed_name_never_move(name: str, synthesize: Synthesize) -> None:
    assembly = synthesize(name)
    assert named(assembly) == expected(PINNED_NAMES, assembly)


def test_what_holds_data_outlives_its_stack_unless_the_environment_is_to_be_destroyed(assembly: Assembly) -> None:
    kept = assembly.environment.removal == "retain"
    # What a failed first deployment made would otherwise be in the way of the next.
    deletion, replacement = ("RetainExceptOnCreate", "Retain") if kept else ("Delete", "Delete")
    for kind in STATEFUL:
        if kind == "AWS::Athena::WorkGroup":
            continue
        for where, resource in assembly.resources(kind).items():
            assert (where, resource.get("DeletionPolicy")) == (where, deletion)
            assert (where, resource.get("UpdateReplacePolicy")) == (where, replacement)
    for workgroup in assembly.resources("AWS::Athena::WorkGroup").values():
        assert workgroup["Properties"]["RecursiveDeleteOption"] is not kept
    for table in assembly.resources("AWS::DynamoDB::Table").values():
        assert table["Properties"]["DeletionProtectionEnabled"] is kept
    for database in assembly.resources("AWS::RDS::DBInstance").values():
        assert database["Properties"]["DeletionProtection"] is kept


def test_no_lifecycle_rule_touches_a_current_object_under_a_table_or_a_release(assembly: Assembly) -> None:
    buckets = {where: bucket for where, bucket in assembly.resources("AWS::S3::Bucket").items() if not where.endswith(FOR_EVER)}
    airflow = {"AirflowBucket"} if assembly.environment.airflow else set()
    layers = {"BronzeBucket", "SilverBucket", "GoldBucket", "OpsBucket"}
    assert {where.partition(".")[2] for where in buckets} == {*layers, "ArtifactsBucket", *airflow}
    allowed = {"AbortIncompleteMultipartUpload", "Id", "NoncurrentVersionExpiration", "Status"}
    for where, bucket in buckets.items():
        for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]:
            assert set(rule) <= allowed, where
            assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": assembly.environment.retention.noncurrent_versions}


def test_results_and_access_logs_end(assembly: Assembly) -> None:
    retention = assembly.environment.retention
    for logical_id, days in (("AthenaResultsBucket", retention.athena_results), ("AccessLogsBucket", retention.access_logs)):
        bucket = assembly.template("lake")["Resources"][logical_id]
        ends = [rule["ExpirationInDays"] for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
        assert ends == [days]


def test_log_groups_are_encrypted_and_end(assembly: Assembly) -> None:
    for where, group in assembly.resources("AWS::Logs::LogGroup").items():
        assert "KmsKeyId" in group["Properties"], where
        assert group["Properties"]["RetentionInDays"] == assembly.environment.retention.logs, where


def test_buckets_are_private_versioned_encrypted_and_logged(assembly: Assembly) -> None:
    policies = assembly.resources("AWS::S3::BucketPolicy").values()
    for where, bucket in assembly.resources("AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, where
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, where
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        logs = where.endswith("AccessLogsBucket")
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == ("AES256" if logs else "aws:kms"), where
        assert ("LoggingConfiguration" in properties) is not logs, where
        (policy,) = [policy for policy in policies if policy["Properties"]["Bucket"] == {"Ref": where.partition(".")[2]}]
        denied = [statement for statement in policy["Properties"]["PolicyDocument"]["Statement"] if statement["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in denied], where


def test_databases_are_where_the_interface_says(assembly: Assembly) -> None:
    names = assembly.environment.names
    found = {
        database["Properties"]["DatabaseInput"]["Name"]: database["Properties"]["DatabaseInput"].get("LocationUri")
        for database in assembly.resources("AWS::Glue::Database").values()
    }
    assert found == {
        f"{names.prefix}_{layer}": f"s3://{names.dashed}-{layer}-{names.account}-{names.region}/tables"
        for layer in ("bronze", "silver", "gold", "ops")
    } | {f"{names.prefix}_discovered": None}
