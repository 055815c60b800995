"""Logical ids that are written down, so that moving a construct in the tree can't replace what holds data."""

from typing import cast

from aws_cdk import CfnResource
from constructs import Construct


def construct_id(source: str) -> str:
    """A source's name as the id of its construct, such as `BackOffice`."""
    return "".join(part.capitalize() for part in source.split("_"))


def pin(construct: Construct, logical_id: str) -> None:
    """Give the resource behind a construct a literal logical id."""
    cast("CfnResource", construct.node.default_child).override_logical_id(logical_id)
