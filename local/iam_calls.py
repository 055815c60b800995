"""Which actions each role used, and which of its policy it never did."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

RESOURCES_KEPT = 20
CALLS_KEPT = 5000

# AWS makes these calls itself inside another service (Lambda those to a function's queue), or for the network of a job; no laptop can see them.
UNSEEN = (
    "kms:*",
    "ec2:*NetworkInterface*",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "logs:AssociateKmsKey",
    "cloudwatch:PutMetricData",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "xray:*",
)


class Decision(Protocol):
    """What IAM said to one call."""

    @property
    def principal(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def allowed(self) -> bool: ...


@dataclass
class Call:
    """All calls of one action by one role with one answer.

    Attributes:
        role: The role's name; `root` for the account itself.
        action: Such as `s3:GetObject`.
        allowed: Whether IAM allowed it.
        count: How often.
        last: When it was last made, epoch seconds.
        resources: The first few ARNs that it was made on.
    """

    role: str
    action: str
    allowed: bool
    count: int = 0
    last: float = 0.0
    resources: list[str] = field(default_factory=list)


class CallLog:
    """Counts calls by role, action and answer; bounded, kept in a file between runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, str, bool], Call] = {}
        if path.exists():
            for entry in json.loads(path.read_text()):
                call = Call(**entry)
                self._calls[call.role, call.action, call.allowed] = call

    def add(self, decision: Decision) -> None:
        """Counts a call; those of the account's root are not kept, as they need no permission."""
        role = role_of(decision.principal)
        if role == "root":
            return
        key = (role, decision.action, decision.allowed)
        with self._lock:
            if key not in self._calls and len(self._calls) >= CALLS_KEPT:
                del self._calls[min(self._calls, key=lambda old: self._calls[old].last)]
            call = self._calls.setdefault(key, Call(*key))
            call.count += 1
            call.last = time.time()
            if decision.resource not in call.resources and len(call.resources) < RESOURCES_KEPT:
                call.resources.append(decision.resource)

    def read(self) -> list[dict[str, Any]]:
        """All calls, as JSON."""
        with self._lock:
            return [asdict(call) for call in self._calls.values()]

    def save(self) -> None:
        """Writes the file."""
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self.read()))
        temporary.replace(self._path)


def role_of(principal: str) -> str:
    """The role's, user's or root's name in a principal's ARN."""
    resource = principal.rpartition(":")[2].split("/")
    return resource[1] if len(resource) > 1 and resource[0] in ("assumed-role", "federated-user") else resource[-1]


def allowed_actions(policies: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The actions of all Allow statements, as they are written, sorted."""
    actions: set[str] = set()
    for policy in policies:
        statements = policy.get("Statement", [])
        for statement in statements if isinstance(statements, list) else [statements]:
            if statement.get("Effect") == "Allow":
                written = statement.get("Action", [])
                actions.update([written] if isinstance(written, str) else written)
    return tuple(sorted(actions))


def unused_actions(policies: Iterable[Mapping[str, Any]], calls: Iterable[Call], role: str) -> tuple[str, ...]:
    """The actions of a role's policies that no allowed call of it matched; those that no laptop can see are left out."""
    used = {call.action.lower() for call in calls if call.allowed and call.role == role}
    return tuple(
        action
        for action in allowed_actions(policies)
        if not any(fnmatchcase(action.lower(), unseen.lower()) for unseen in UNSEEN)
        and not any(fnmatchcase(call, action.lower()) for call in used)
    )


def role_policies(iam: Any, role: str) -> list[Mapping[str, Any]]:
    """The documents of all policies of a role, inline and attached."""
    inline = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in inline]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
    return documents
