"""Which permissions a role used is counted, within bounds."""

from dataclasses import dataclass
from pathlib import Path

from local.iam_calls import CALLS_KEPT, RESOURCES_KEPT, Call, CallLog, role_of, unused_actions


@dataclass(frozen=True)
class Decision:
    principal: str = "arn:aws:sts::111111111111:assumed-role/refine/run"
    action: str = "s3:GetObject"
    resource: str = "arn:aws:s3:::b/k"
    allowed: bool = True


def test_calls_are_counted_and_kept(tmp_path: Path) -> None:
    log = CallLog(tmp_path / "calls.json")
    for number in range(100):
        log.add(Decision(resource=f"arn:aws:s3:::b/{number}"))
    log.add(Decision(allowed=False))
    log.add(Decision(principal="arn:aws:iam::111111111111:root"))
    log.save()
    calls = [Call(**entry) for entry in CallLog(tmp_path / "calls.json").read()]
    assert [(call.role, call.allowed, call.count, len(call.resources)) for call in calls] == [
        ("refine", True, 100, RESOURCES_KEPT),
        ("refine", False, 1, 1),
    ]


def test_the_log_is_bounded(tmp_path: Path) -> None:
    log = CallLog(tmp_path / "calls.json")
    for number in range(CALLS_KEPT + 10):
        log.add(Decision(action=f"s3:A{number}"))
    assert len(log.read()) == CALLS_KEPT


def test_an_action_is_unused_unless_an_allowed_call_matches_it() -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject", "glue:GetTable", "kms:Decrypt"]},
            {"Effect": "Deny", "Action": "x:Y"},
        ]
    }
    calls = [Call("refine", "s3:GetObject", True), Call("refine", "s3:PutObject", False), Call("other", "glue:GetTable", True)]
    assert unused_actions([policy], calls, "refine") == ("glue:GetTable", "s3:PutObject")


def test_a_principal_is_known_by_its_role() -> None:
    assert role_of("arn:aws:sts::111111111111:assumed-role/refine/run") == "refine"
    assert role_of("arn:aws:iam::111111111111:user/ann") == "ann"
    assert role_of("arn:aws:iam::111111111111:root") == "root"
