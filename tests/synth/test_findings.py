"""What CloudFormation's and AWS's own rules say of the templates."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, CfnResource, Stack
from aws_cdk.aws_iam import Role, ServicePrincipal

from stacks.parts.permission import allow
from stacks.parts.suppression import accept
from tests.synth.assembly import ROOT, Assembly, as_list


def test_cfn_lint_finds_nothing(assembly: Assembly) -> None:
    templates = [str(path) for path in sorted(assembly.directory.glob("*.template.json"))]
    # W3005: the CDK's own function names its role and also depends on it. W3010: the zone of a configured subnet is configured too.
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--ignore-checks",
        "W3005",
        "W3010",
        "--regions",
        assembly.environment.region,
        "--",
    ]
    linted = subprocess.run([*command, *templates], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_cdk_nag_finds_nothing_that_is_not_accepted(assembly: Assembly) -> None:
    assert [report["violations"] for report in assembly.validation["pluginReports"] if report["violations"]] == []


def test_the_cdks_own_look_at_a_template_is_at_work() -> None:
    """Deployments of tests do without it (`tests.local.lake.UNVALIDATED`): that each environment passes it is seen here alone."""
    app = App(analytics_reporting=False, context=json.loads((ROOT / "cdk.json").read_text())["context"])
    CfnResource(Stack(app, "Careless"), "Bucket", type="AWS::S3::Bucket", properties={"BucketNaem": "misspelt"})
    with pytest.raises(RuntimeError, match="BucketNaem"):
        app.synth()


def test_cdk_nag_is_at_work() -> None:
    """Without this, a rule pack that no longer loads would look like a clean template."""
    from aws_cdk import Validations
    from aws_cdk.aws_s3 import Bucket
    from cdk_nag import AwsSolutionsChecks

    app = App(analytics_reporting=False)
    Bucket(Stack(app, "Careless"), "Bucket")
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()


def test_accepting_a_finding_takes_a_reason() -> None:
    stack = Stack(App(), "Stack")
    with pytest.raises(ValueError, match="needs a reason"):
        accept(stack, "AwsSolutions-S1", reason="not needed")


@pytest.mark.parametrize(
    ("actions", "resources", "message"),
    [
        pytest.param(["s3:*"], ["arn:aws:s3:::bucket"], "name each action", id="every action"),
        pytest.param(["s3:Get*"], ["arn:aws:s3:::bucket"], "name each action", id="actions by a pattern"),
        pytest.param(["s3:GetObject"], ["*"], "say in `star`", id="everything without a reason"),
    ],
)
def test_a_permission_by_a_pattern_is_refused(actions: list[str], resources: list[str], message: str) -> None:
    role = Role(Stack(App(), "Stack"), "Role", assumed_by=ServicePrincipal("glue.amazonaws.com"))
    with pytest.raises(ValueError, match=message):
        allow(role, "Sid", actions=actions, resources=resources)


def test_templates_carry_no_secret(assembly: Assembly) -> None:
    for database in assembly.resources("AWS::RDS::DBInstance").values():
        password = database["Properties"]["MasterUserPassword"]
        assert "{{resolve:secretsmanager:" in str(password)
    for secret in assembly.resources("AWS::SecretsManager::Secret").values():
        assert "SecretString" not in secret["Properties"]
        assert "password" not in str(as_list(secret["Properties"]["GenerateSecretString"]["SecretStringTemplate"]))
