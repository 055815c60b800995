"""Templates deployed by CloudFormation's own API."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class Stack:
    """A stack of one template."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def deploy(self, resources: dict[str, Any], *, tags: dict[str, str] | None = None, **sections: Any) -> dict[str, str]:
        """Creates or updates it; gives its outputs."""
        body = json.dumps({"Resources": resources, **sections})
        known = {stack["StackName"] for stack in self.client.describe_stacks()["Stacks"]}
        act = self.client.update_stack if self.name in known else self.client.create_stack
        act(
            StackName=self.name,
            TemplateBody=body,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        )
        stack = self._wait()
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def delete(self) -> None:
        """Deletes it and waits; raises where it can't be deleted."""
        self.client.delete_stack(StackName=self.name)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            stacks = [stack for stack in self.client.describe_stacks()["Stacks"] if stack["StackName"] == self.name]
            if not stacks:
                return
            if stacks[0]["StackStatus"] == "DELETE_FAILED":
                raise AssertionError(self.reasons())
            time.sleep(0.1)
        raise AssertionError(f"{self.name} was not deleted")

    def reasons(self) -> str:
        """Why the last operation failed."""
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return "; ".join(event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"])

    def _wait(self) -> dict[str, Any]:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            stack: dict[str, Any] = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
            if stack["StackStatus"].endswith("ROLLBACK_COMPLETE") or stack["StackStatus"].endswith("FAILED"):
                raise AssertionError(f"{stack['StackStatus']}: {self.reasons()}")
            if stack["StackStatus"].endswith("_COMPLETE"):
                return stack
            time.sleep(0.1)
        raise AssertionError(f"{self.name} did not end")


@contextmanager
def stack(client: Any, name: str) -> Iterator[Stack]:
    """A stack that is deleted at the end."""
    made = Stack(client, name)
    yield made
    if any(one["StackName"] == name for one in client.describe_stacks()["Stacks"]):
        made.delete()


def refused(deploy: Any, message: str) -> None:
    """Expects a deployment to fail with a message."""
    with pytest.raises(AssertionError, match=message):
        deploy()
