"""The environment that is looked at, as the checks need it."""

import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.context import ROOT, Context
from cli.source.engines.registry import source_of
from cli.source.secret import check_api_key, credentials_of
from cli.terminal.failures import Refused
from medallion.manifest.credentials import Credentials
from medallion.manifest.engines.source import DatabaseSource
from review.assembly import Stack, read_assembly, synthesize

SECRET_ARN = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:(.+)-[A-Za-z0-9]{6}")


class Patient:
    """An environment: its context, and what it would deploy.

    Attributes:
        context: The environment and how it is reached.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """What this checkout would deploy; NotSynthesized where it can't."""
        with tempfile.TemporaryDirectory(prefix="lake-doctor-") as folder:
            return read_assembly(synthesize(ROOT, self.context.environment, self.context.lake, Path(folder)))

    @cached_property
    def databases(self) -> dict[str, DatabaseSource]:
        """The sources that are databases of someone's own, by name."""
        sources = self.context.configuration.sources_of(DatabaseSource)
        return {name: source for name, source in sorted(sources.items()) if not source.demo}

    @cached_property
    def credentials(self) -> dict[str, Credentials | Refused]:
        """What the secret of each of them holds, or what is wrong with it."""
        found: dict[str, Credentials | Refused] = {}
        for name, source in self.databases.items():
            try:
                found[name] = credentials_of(self.context, name, source)
            except Refused as error:
                found[name] = error
        return found

    @cached_property
    def keys(self) -> dict[str, str]:
        """The secret of each source that is asked with an API key, by the source's name."""
        secrets = {name: source_of(self.context, name).key_secret for name in sorted(self.context.configuration.sources)}
        return {name: secret for name, secret in secrets.items() if secret is not None}

    @cached_property
    def unfit_keys(self) -> dict[str, Refused]:
        """What is wrong with those of these secrets that hold no key."""
        found: dict[str, Refused] = {}
        for name, secret in self.keys.items():
            try:
                check_api_key(self.context, secret)
            except Refused as error:
                found[name] = error
        return found

    @cached_property
    def deployed(self) -> dict[str, str]:
        """The state of those of its stacks that are on the account, by name."""
        names = {stack.name for stack in self.stacks}
        pages = self.context.client("cloudformation").get_paginator("describe_stacks").paginate()
        return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"] if stack["StackName"] in names}

    @cached_property
    def owned(self) -> set[tuple[str, str]]:
        """Type and name of every resource that its deployed stacks own."""
        client = self.context.client("cloudformation")
        return {
            (resource["ResourceType"], name_of(resource["ResourceType"], resource["PhysicalResourceId"]))
            for stack in self.deployed
            for page in client.get_paginator("list_stack_resources").paginate(StackName=stack)
            for resource in page["StackResourceSummaries"]
            if "PhysicalResourceId" in resource
        }

    def planned(self, kind: str) -> list[dict[str, Any]]:
        """The properties of all resources of a type that it would deploy."""
        return [
            resource.get("Properties", {}) for stack in self.stacks for resource in stack.resources.values() if resource["Type"] == kind
        ]


def name_of(kind: str, physical_id: str) -> str:
    """The name of a resource by the id that CloudFormation has of it.

    Of a secret that is its ARN, which ends with six characters of AWS's; of a topic its ARN, and of a queue its URL.
    """
    if kind == "AWS::SNS::Topic":
        return physical_id.rpartition(":")[2]
    if kind == "AWS::SQS::Queue":
        return physical_id.rpartition("/")[2]
    match = SECRET_ARN.fullmatch(physical_id) if kind == "AWS::SecretsManager::Secret" else None
    return match[1] if match is not None else physical_id
