"""IAM is enforced: a job whose policy lacks one action that it needs fails with AccessDenied."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.local.job_runs import ended, succeeded
from tests.local.lake import Lake

NEEDED = [
    ("local-apply-contracts", "s3:GetObject"),
    ("local-apply-contracts", "glue:GetTable"),
    ("local-ingest-store", "secretsmanager:GetSecretValue"),
    ("local-ingest-store", "glue:UpdateTable"),
    ("local-ingest-loyalty", "dynamodb:DescribeContinuousBackups"),
    ("local-refine", "s3:PutObject"),
    ("local-aggregate", "glue:GetTable"),
]


@contextmanager
def without(lake: Lake, role: str, action: str) -> Iterator[None]:
    """The role's policies without an action for a while."""
    iam = lake.client("iam")
    documents = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert any(document != lacking(document, action) for document in documents.values()), f"{role} was never allowed {action}"
    try:
        for name, document in documents.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(lacking(document, action)))
        yield
    finally:
        for name, document in documents.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def lacking(document: dict[str, Any], action: str) -> dict[str, Any]:
    """A policy without an action; a statement that allows nothing else goes with it."""
    statements = []
    for statement in document["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        kept = [pattern for pattern in actions if not fnmatchcase(action.lower(), pattern.lower())]
        if statement["Effect"] == "Deny":
            statements.append(statement)
        elif kept:
            statements.append({**statement, "Action": kept})
    return {**document, "Statement": statements}


@pytest.mark.parametrize(("job", "action"), NEEDED, ids=[f"{job} {action}" for job, action in NEEDED])
def test_a_job_without_an_action_that_it_needs_is_refused(lake: Lake, job: str, action: str) -> None:
    if job == "local-refine":
        # It writes only what bronze has newly got.
        succeeded(lake, "local-ingest-store", lake.start_job("local-ingest-store"))
    role = lake.client("glue").get_job(JobName=job)["Job"]["Role"].rpartition("/")[2]
    with without(lake, role, action):
        run = ended(lake, job, lake.start_job(job))
    assert run["JobRunState"] == "FAILED"
    assert "AccessDenied" in run["ErrorMessage"] or "not authorized" in run["ErrorMessage"]
    refused = {call.action for call in lake.laptop.calls() if call.role == role and not call.allowed}
    assert action.lower() in {name.lower() for name in refused}


@contextmanager
def allowed(lake: Lake, role: str, *actions: str) -> Iterator[None]:
    """One more policy of a role for a while."""
    iam = lake.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName="OfATest", PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="OfATest")


def test_exactly_the_actions_that_no_run_used_are_listed(lake: Lake) -> None:
    jobs = {job["Role"].rpartition("/")[2] for job in lake.client("glue").get_jobs()["Jobs"]}
    before = lake.command("access", "unused", "--json").json
    assert set(before) == jobs
    role = min(jobs)
    with allowed(lake, role, "sqs:SendMessage", "s3:GetObject", "kms:ReEncryptFrom"):
        after = lake.command("access", "unused", "--json").json
        told = lake.command("access", "unused", role).out
    # s3:GetObject was used, by another statement; and what AWS calls itself is told apart.
    assert set(after[role]["unused"]) - set(before[role]["unused"]) == {"sqs:SendMessage"}
    assert set(after[role]["not_observable"]) - set(before[role]["not_observable"]) == {"kms:ReEncryptFrom"}
    assert {name: found for name, found in after.items() if name != role} == {name: found for name, found in before.items() if name != role}
    unused, unobservable = told.splitlines()
    assert unused.startswith(f"{role}: ")
    assert "sqs:SendMessage" in unused
    assert unobservable.strip().startswith("not observable on a laptop: ")
    assert "kms:ReEncryptFrom" in unobservable


def test_the_jobs_of_the_sample_lake_hold_no_action_that_they_do_not_use(lake: Lake) -> None:
    found = lake.command("access", "unused", "--json").json
    used = {(call.role, call.action.lower()) for call in lake.laptop.calls() if call.allowed}
    assert not {(role, action.lower()) for role, actions in found.items() for action in actions["unused"]} & used
