"""The one way to accept a finding of cdk-nag: with a reason that a reviewer can judge."""

from typing import Literal

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

Finding = Literal[
    "AwsSolutions-EC23",
    "AwsSolutions-IAM5",
    "AwsSolutions-L1",
    "AwsSolutions-RDS3",
    "AwsSolutions-RDS10",
    "AwsSolutions-RDS11",
    "AwsSolutions-S1",
    "AwsSolutions-SMG4",
]

SHORTEST_REASON = 40


def accept(construct: IConstruct, finding: Finding | str, *, reason: str) -> None:
    """Accept one finding on one construct and all below it.

    Args:
        construct: Where it was found.
        finding: The rule's id; with the finding's part in square brackets where the rule has several, such as `AwsSolutions-IAM5[Resource::*]`.
        reason: Why it is right here, in at least 40 characters.

    Raises:
        ValueError: The reason is too short to be one.
    """
    if len(reason) < SHORTEST_REASON:
        raise ValueError(
            f"{construct.node.path}: accepting {finding} needs a reason of {SHORTEST_REASON} characters or more, not {reason!r}"
        )
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
