"""One change of Lake Formation's after the other: concurrent ones fail each other."""

from aws_cdk import CfnResource as Resource


class Chain:
    """Makes CloudFormation do what is added in that order, one at a time."""

    def __init__(self) -> None:
        """A chain of nothing yet."""
        self._last: Resource | None = None

    def add(self, resource: Resource) -> None:
        """Lets a resource wait for the one before it."""
        if self._last is not None:
            resource.add_resource_dependency(self._last)
        self._last = resource
