"""The one way to accept a finding of cdk-nag: with a reason that a reviewer can judge."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

SHORTEST_REASON = 40


def accept(construct: IConstruct, finding: str, *, reason: str) -> None:
    """Accept one finding on one construct and all below it.

    Args:
        construct: Where it was found.
        finding: The rule's id, such as `AwsSolutions-RDS3`; with what it found in brackets where a rule finds several things.
        reason: Why it is right here, in at least 40 characters.

    Raises:
        ValueError: The reason is too short to be one.
    """
    if len(reason) < SHORTEST_REASON:
        raise ValueError(
            f"{construct.node.path}: accepting {finding} needs a reason of {SHORTEST_REASON} characters or more, not {reason!r}"
        )
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
