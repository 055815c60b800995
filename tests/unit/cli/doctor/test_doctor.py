"""What findings mean, without a machine or an account to find them on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.stub import Stubber

from cli.context import Context
from cli.doctor import account, governance, machine, sources, templates
from cli.doctor.command import _judged, examine
from cli.doctor.patient import Patient, name_of
from cli.doctor.verdict import Verdict
from cli.terminal.failures import Refused, Unreachable
from medallion.manifest.environment import Environment
from review.assembly import Stack
from review.price import idle_price
from tests.unit.aws import Clients


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        pytest.param(machine.node_verdict(None), "fail", id="no node"),
        pytest.param(machine.node_verdict("20.20.2"), "fail", id="an old node"),
        pytest.param(machine.node_verdict("24.11.0"), "ok", id="node 24"),
        pytest.param(machine.java_verdict(None), "fail", id="no java"),
        pytest.param(machine.java_verdict("25.0.1"), "fail", id="a java that Spark does not run on"),
        pytest.param(machine.java_verdict("17.0.2"), "ok", id="java 17"),
        pytest.param(machine.disk_verdict(500_000_000, "/"), "fail", id="no space"),
        pytest.param(machine.disk_verdict(3_000_000_000, "/"), "warn", id="little space"),
        pytest.param(machine.disk_verdict(30_000_000_000, "/"), "ok", id="space"),
        pytest.param(account.stacks_verdict({}, 5), "ok", id="nothing deployed"),
        pytest.param(account.stacks_verdict({"a": "UPDATE_COMPLETE"}, 5), "ok", id="deployed"),
        pytest.param(account.stacks_verdict({"a": "UPDATE_IN_PROGRESS"}, 5), "warn", id="being deployed"),
        pytest.param(account.stacks_verdict({"a": "ROLLBACK_COMPLETE", "b": "UPDATE_IN_PROGRESS"}, 5), "fail", id="stuck"),
        pytest.param(templates.price_verdict(idle_price([])), "ok", id="free"),
        pytest.param(templates.price_verdict(idle_price([{"Resources": {"A": {"Type": "AWS::X::Y"}}}])), "warn", id="no price known"),
    ],
)
def test_a_finding_has_its_verdict(verdict: Verdict, level: str) -> None:
    assert verdict.level == level
    assert level == "ok" or verdict.advice


class PlannedStacks(Patient):
    """A patient with given templates on a given account."""

    def __init__(self, clients: Clients, *, region: str = "eu-west-1", **resources: str) -> None:
        super().__init__(Context(environment="dev"))
        made = {name: {"Type": kind, "Properties": {"BucketName": "orders"}} for name, kind in resources.items()}
        self.__dict__ |= {"stacks": (Stack("dev-network", {"Resources": made}, True, {}),), "deployed": {}, "owned": set()}
        self.context.__dict__["client"] = clients
        self.context.__dict__["configuration"] = Environment.model_validate(
            {
                "name": "dev",
                "account": "222222222222",
                "region": region,
                "prefix": "dev",
                "network": {"mode": "create"},
                "sources": {"shop": {"engine": "postgres", "demo": True}},
            }
        )


def create_vpcs(aws: Clients, count: int) -> None:
    """As many VPCs as told, the one that an account begins with among them."""
    for number in range(1, count):
        aws("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")


@pytest.mark.parametrize(("vpcs", "level"), [(4, "ok"), (5, "fail")])
def test_a_vpc_more_than_the_account_may_have_is_told(aws: Clients, vpcs: int, level: str) -> None:
    create_vpcs(aws, vpcs)
    found = account.quotas(PlannedStacks(aws, Vpc="AWS::EC2::VPC"))
    assert (found.level, found.found) == (level, f"VPCs: {vpcs} used, 1 to come, 5 allowed")


def test_a_vpc_that_is_deployed_already_needs_no_room(aws: Clients) -> None:
    create_vpcs(aws, 5)
    patient = PlannedStacks(aws, Vpc="AWS::EC2::VPC")
    patient.owned.add(("AWS::EC2::VPC", "vpc-1"))
    assert account.quotas(patient).level == "ok"


@pytest.mark.parametrize(("region", "level"), [("eu-west-1", "ok"), ("me-south-1", "fail")], ids=["opt-in-not-required", "not-opted-in"])
def test_a_region_that_is_not_enabled_is_told(aws: Clients, region: str, level: str) -> None:
    assert account.region(PlannedStacks(aws, region=region)).level == level


def test_a_region_that_was_enabled_is_no_failure(aws: Clients) -> None:
    ec2 = aws("ec2")
    # No account of moto's has opted in to a region.
    with Stubber(ec2) as stubber:
        stubber.add_response("describe_regions", {"Regions": [{"RegionName": "me-south-1", "OptInStatus": "opted-in"}]})
        assert account.region(PlannedStacks(lambda _: ec2, region="me-south-1")).level == "ok"


@contextmanager
def refusing_bucket(aws: Clients, code: str) -> Iterator[Clients]:
    """An S3 that refuses to tell of a bucket as AWS does: a HEAD has no body, from which moto would take another code."""
    s3 = aws("s3")
    with Stubber(s3) as stubber:
        stubber.add_client_error("head_bucket", code, http_status_code=403)
        yield lambda _: s3


@pytest.mark.parametrize(("there", "level"), [pytest.param(False, "ok", id="nobody's"), pytest.param(True, "fail", id="ours, by hand")])
def test_a_bucket_s_name_is_looked_up_in_the_world(aws: Clients, there: bool, level: str) -> None:
    if there:
        orders_bucket(aws)
    assert account.names(PlannedStacks(aws, Orders="AWS::S3::Bucket")).level == level


def test_a_bucket_of_another_account_is_taken(aws: Clients) -> None:
    with refusing_bucket(aws, "403") as clients:
        assert account.names(PlannedStacks(clients, Orders="AWS::S3::Bucket")).level == "fail"


def test_a_bucket_of_these_stacks_is_not_taken(aws: Clients) -> None:
    orders_bucket(aws)
    patient = PlannedStacks(aws, Orders="AWS::S3::Bucket")
    patient.owned.add(("AWS::S3::Bucket", "orders"))
    assert account.names(patient).level == "ok"


def orders_bucket(aws: Clients) -> None:
    aws("s3").create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


EXECUTION = "cdk-hnb659fds-cfn-exec-role-222222222222-eu-west-1"


@pytest.mark.parametrize(
    ("mode", "admins", "level", "said"),
    [
        pytest.param("off", [], "ok", "IAM alone", id="off"),
        pytest.param("manage", [], "ok", "the deployment makes", id="first deployment"),
        pytest.param("manage", [EXECUTION], "ok", "is a data lake administrator", id="deployed"),
        pytest.param("manage", ["left"], "fail", "no more: arn:aws:iam::222222222222:role/left", id="an administrator that is gone"),
        pytest.param("adopt", [], "fail", "is no data lake administrator", id="others have not made it one"),
        pytest.param("adopt", [EXECUTION], "ok", "is a data lake administrator", id="others have"),
    ],
)
def test_who_deploys_must_be_able_to_grant(aws: Clients, mode: str, admins: list[str], level: str, said: str) -> None:
    patient = PlannedStacks(aws)
    configuration = patient.context.configuration.model_copy(update={"lake_formation": mode})
    patient.context.__dict__["configuration"] = configuration
    found = [{"DataLakePrincipalIdentifier": f"arn:aws:iam::222222222222:role/{role}"} for role in admins]
    aws("lakeformation").put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": found})
    aws("iam").create_role(RoleName=EXECUTION, AssumeRolePolicyDocument="{}")
    verdict = governance.lake_formation(patient)
    assert (verdict.level, said in verdict.found) == (level, True)


def test_a_check_that_may_not_look_does_not_guess(aws: Clients) -> None:
    with refusing_bucket(aws, "AccessDenied") as clients:
        found = _judged(account.names, PlannedStacks(clients, Orders="AWS::S3::Bucket"))
    assert found.level == "can't tell"
    assert "AccessDenied" in found.found


def with_secret(aws: Clients, held: str | None, *, environment: str = "dev") -> Patient:
    if held is not None:
        aws("secretsmanager").create_secret(Name="the/shop", SecretString=held)
    patient = PlannedStacks(aws)
    patient.context.environment = environment
    document = json.loads(patient.context.configuration.model_dump_json()) | {
        "sources": {"shop": {"engine": "postgres", "secret": "the/shop"}, "till": {"engine": "postgres", "demo": True}}
    }
    patient.context.__dict__["configuration"] = Environment.model_validate(document)
    return patient


WHOLE = '{"host": "127.0.0.1", "port": 5, "dbname": "d", "username": "u", "password": "hunter2"}'


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param(None, "does not exist", id="missing"),
        pytest.param("hunter2", "no JSON", id="no JSON"),
        pytest.param('{"password": "hunter2"}', "host, dbname, username missing", id="half"),
    ],
)
def test_a_secret_that_does_not_do_is_told_without_its_value(aws: Clients, held: str | None, said: str) -> None:
    patient = with_secret(aws, held)
    found = sources.secrets(patient)
    assert found.level == "fail"
    assert found.found.startswith("source shop: secret the/shop: ")
    assert said in found.found
    assert "hunter2" not in found.found + found.advice
    assert sources.databases(patient) == Verdict("can't tell", "see secrets")


GEMINI = {
    "engine": "extraction",
    "provider": "gemini",
    "model": "gemini-3.8-flash",
    "secret": "the/gemini",
    "price": {"input": "0.75", "output": "3.75"},
    "budget": {"run": "1", "month": "20"},
}


def with_model(aws: Clients, held: str | None, **settings: Any) -> Patient:
    if held is not None:
        aws("secretsmanager").create_secret(Name="the/gemini", SecretString=held)
    patient = PlannedStacks(aws)
    document = json.loads(patient.context.configuration.model_dump_json()) | {"sources": {"reader": settings or GEMINI}}
    patient.context.__dict__["configuration"] = Environment.model_validate(document)
    return patient


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param(None, "does not exist in dev; docs/extraction.md shows", id="missing"),
        pytest.param("hunter2", 'it must be JSON with the text "api_key"', id="the key alone"),
        pytest.param('{"key": "hunter2"}', 'it must be JSON with the text "api_key"', id="another name"),
        pytest.param('{"api_key": " "}', 'it must be JSON with the text "api_key"', id="empty"),
        pytest.param('{"api_key": "hunter2", "more": 1}', 'it must be JSON with the text "api_key"', id="more than a key"),
    ],
)
def test_a_model_s_key_that_does_not_do_is_told_without_its_value(aws: Clients, held: str | None, said: str) -> None:
    found = sources.secrets(with_model(aws, held))
    assert found.level == "fail"
    assert found.found.startswith("source reader: secret the/gemini: ")
    assert said in found.found
    assert found.advice == "write the secret as docs/extraction.md shows"
    assert "hunter2" not in found.found + found.advice


def test_a_model_s_key_that_does_is_named_by_its_secret(aws: Clients) -> None:
    assert sources.secrets(with_model(aws, '{"api_key": "hunter2"}')) == Verdict("ok", "the/gemini")


def test_a_model_of_the_laptop_needs_no_key(aws: Clients) -> None:
    assert sources.secrets(with_model(aws, None, engine="extraction", provider="local")) == Verdict("ok", sources.ONLY_DEMOS)


@pytest.mark.parametrize(
    ("answer", "environment", "level"),
    [
        pytest.param(None, "local", "ok", id="lets the login in"),
        pytest.param(Refused("username or password"), "dev", "fail", id="refuses the password"),
        pytest.param(Unreachable("does not answer"), "local", "fail", id="does not answer the laptop"),
        pytest.param(Unreachable("does not answer"), "dev", "can't tell", id="does not answer from outside the account"),
    ],
)
def test_a_database_is_logged_in_to(
    aws: Clients, monkeypatch: pytest.MonkeyPatch, answer: Exception | None, environment: str, level: str
) -> None:
    connection = Mock()
    monkeypatch.setattr("cli.source.engines.postgres.tables.connect", Mock(side_effect=answer, return_value=connection))
    found = sources.databases(with_secret(aws, WHOLE, environment=environment))
    assert found.level == level
    assert found.found == f"source shop: {answer or '127.0.0.1:5/d'}"
    assert connection.close.called is (answer is None)


def test_sources_are_looked_at_before_there_are_contracts(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = with_secret(aws, WHOLE, environment="local")
    monkeypatch.setattr("cli.doctor.patient.Patient", lambda context: patient)
    monkeypatch.setattr("cli.source.engines.postgres.tables.connect", Mock())
    monkeypatch.setattr(templates, "templates", named("templates", Verdict("fail", "there is no contract")))
    monkeypatch.setattr(account, "account", named("account", Verdict("ok", "the laptop's")))
    found = examine(patient.context)
    assert {name: found[name].level for name in ("secrets", "databases", "stacks")} == {
        "secrets": "ok",
        "databases": "ok",
        "stacks": "can't tell",
    }


def named(name: str, verdict: Verdict) -> Any:
    def check(_: Patient) -> Verdict:
        return verdict

    check.__name__ = name
    return check


def test_what_a_stack_owns_is_known_by_its_name() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:dev/sources/store-a1B2c3"
    assert name_of("AWS::SecretsManager::Secret", arn) == "dev/sources/store"
    assert name_of("AWS::Glue::Job", "dev-refine") == "dev-refine"
