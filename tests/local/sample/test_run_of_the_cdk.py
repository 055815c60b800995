"""The CDK CLI against a deployed lake: what it says of differences."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.local.lake import Lake
from tests.sample_changes import CHANGES, changed


@pytest.mark.full_size
def test_after_a_deploy_there_is_no_difference(lake: Lake) -> None:
    answer = lake.command("cdk", "diff", "-c", "env=local", "--fail")
    assert "There were no differences" in answer.out + answer.err


def test_a_changed_retention_is_the_only_difference(lake: Lake, tmp_path: Path) -> None:
    changed = tmp_path / lake.folder.name
    shutil.copytree(lake.folder, changed)
    file = changed / "config" / "local.yaml"
    configuration = yaml.safe_load(file.read_text())
    configuration["retention"]["athena_results"] += 1
    file.write_text(yaml.safe_dump(configuration))
    answer = lake.command("--lake", str(changed), "cdk", "diff", "--fail", fails=True)
    said = answer.out + answer.err
    assert [line.split()[1] for line in said.splitlines() if line.startswith(("[~]", "[+]", "[-]"))] == ["AWS::S3::Bucket"]
    assert "Number of stacks with differences: 1" in said


# How many resources of which type come (+) and go (-). Tags and filters of tables are no resources: a job puts them on.
DIFFERENCES = {
    "a new persona": {
        "+ AWS::Athena::WorkGroup": 1,
        "+ AWS::IAM::Policy": 1,
        "+ AWS::IAM::Role": 1,
        "+ AWS::LakeFormation::PrincipalPermissions": 4,
    },
    "a column reclassified": {},
    "a table added": {},
    "rows filtered": {
        "+ AWS::LakeFormation::PrincipalPermissions": 4,
        "+ AWS::LakeFormation::Tag": 1,
        "+ AWS::LakeFormation::TagAssociation": 5,
        "- AWS::LakeFormation::PrincipalPermissions": 2,
    },
}


@pytest.mark.full_size
@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_cdk_shows_the_grants_that_a_change_of_who_sees_what_needs(lake: Lake, tmp_path: Path, name: str) -> None:
    folder = changed(CHANGES[name][1], tmp_path, lake.folder)
    answer = lake.command("--lake", str(folder), "cdk", "diff")
    assert resources(answer.out + answer.err) == DIFFERENCES[name]


def resources(diff: str) -> dict[str, int]:
    """How many resources come and go, by sign and type."""
    return dict(Counter(f"{sign} {kind}" for sign, kind in re.findall(r"^\[([+-])\] (AWS::\S+)", diff, re.MULTILINE)))


def test_status_names_the_endpoint_the_stacks_and_how_true_each_service_is(lake: Lake) -> None:
    told = json.loads(lake.command("status", "--json").out)
    assert told["endpoint"] == f"http://127.0.0.1:{lake.port}"
    assert {stack["state"] for stack in told["stacks"]} <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert {stack["name"].removeprefix("local-") for stack in told["stacks"]} >= {
        "network",
        "lake",
        "ingestion",
        "transform",
        "sample-sources",
    }
    assert {service["truth"] for service in told["services"]} <= {"real", "emulated", "recorded only"}
    purposes = {name.removeprefix("local-").removesuffix("-111111111111-eu-west-1") for name in told["buckets"]}
    assert purposes == {"access-logs", "artifacts", "athena-results", "bronze", "silver", "gold", "ops", "landing"}
