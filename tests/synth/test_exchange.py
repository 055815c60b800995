"""What stacks hand each other goes through one declared list of SSM parameters."""

import json

from stacks.parts.exchange import VALUES
from tests.synth.assembly import EMPTIES_BUCKETS, Assembly


def test_no_stack_exports_or_imports(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        assert not [output for output in template.get("Outputs", {}).values() if "Export" in output], stack
        assert "Fn::ImportValue" not in json.dumps(template), stack


def test_what_is_published_is_what_the_list_declares(assembly: Assembly) -> None:
    names = assembly.environment.names
    published = {parameter["Properties"]["Name"] for parameter in assembly.resources("AWS::SSM::Parameter").values()}
    assert published <= {names.parameter(value.stack, value.name) for value in VALUES}
    assert published >= {names.parameter(value.stack, value.name) for value in VALUES if not value.optional}


def test_what_a_stack_reads_is_published_by_a_stack_before_it(assembly: Assembly) -> None:
    names = assembly.environment.names
    published = {parameter["Properties"]["Name"] for parameter in assembly.resources("AWS::SSM::Parameter").values()}
    owners = {names.parameter(value.stack, value.name): f"{names.dashed}-{value.stack}" for value in VALUES}
    artifacts = json.loads((assembly.directory / "manifest.json").read_text())["artifacts"]

    def before(stack: str) -> set[str]:
        needed = {name for name in artifacts[stack].get("dependencies", []) if name in assembly.templates}
        return needed.union(*(before(name) for name in needed)) if needed else set()

    for stack, template in assembly.templates.items():
        for parameter in template.get("Parameters", {}).values():
            if parameter["Default"] in owners:
                assert owners[parameter["Default"]] in before(stack), (stack, parameter["Default"])
                assert parameter["Default"] in published, (stack, parameter["Default"])
            else:
                assert parameter["Default"].startswith("/cdk-bootstrap/"), parameter["Default"]


def test_synthesis_looks_nothing_up(assembly: Assembly) -> None:
    assert "missing" not in json.loads((assembly.directory / "manifest.json").read_text())


def test_stacks_are_protected_and_in_the_configured_place(assembly: Assembly) -> None:
    environment = assembly.environment
    artifacts = json.loads((assembly.directory / "manifest.json").read_text())["artifacts"]
    for stack in assembly.templates:
        artifact = artifacts[stack]
        assert artifact["environment"] == f"aws://{environment.account}/{environment.region}"
        assert artifact["properties"].get("terminationProtection", False) is environment.termination_protection
        assert f"cdk-{environment.bootstrap_qualifier}-deploy-role" in artifact["properties"]["assumeRoleArn"]
        assert assembly.templates[stack]["Description"]


def test_resources_carry_the_configured_tags(assembly: Assembly) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role", "AWS::RDS::DBInstance"):
        for where, resource in assembly.resources(kind).items():
            if where in EMPTIES_BUCKETS:
                continue
            tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            assert tags.items() >= {**assembly.environment.tags, "environment": assembly.environment.name}.items(), where
