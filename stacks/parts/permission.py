"""The one way in which roles are allowed something."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk.aws_iam import PolicyStatement, Role

from stacks.parts.suppression import accept


def allow(
    role: Role,
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
    star: str | None = None,
) -> None:
    """Allow a role some actions on some resources.

    Args:
        role: Who.
        sid: The statement's id, which says what for.
        actions: Each by its full name.
        resources: ARNs.
        conditions: When; default always.
        star: Why resources are named by a pattern, in a sentence; needed where one is, and the reason that cdk-nag is given.

    Raises:
        ValueError: An action is a pattern, or a resource is one and nothing says why.
    """
    patterns = [resource for resource in resources if "*" in resource]
    if any("*" in action for action in actions):
        raise ValueError(f"{role.node.path}: {sid}: name each action instead of {', '.join(actions)}")
    if patterns and not star:
        raise ValueError(f"{role.node.path}: {sid}: say in `star` why a pattern is right: {', '.join(patterns)}")
    role.add_to_policy(PolicyStatement(sid=sid, actions=list(actions), resources=list(resources), conditions=conditions))
    for pattern in patterns:
        accept(role, f"AwsSolutions-IAM5[Resource::{_plain(Stack.of(role).resolve(pattern))}]", reason=str(star))


def _plain(value: Any) -> str:
    """A resolved ARN as cdk-nag writes it."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_plain(part) for part in parts)
        case _:
            return str(value)
