"""A cloud assembly, as the CDK application writes it, read as values."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.manifest.errors import Terminal

Template = dict[str, Any]
ACCEPTED = "aws:cdk:acknowledged-rules"


class NotSynthesized(Terminal):
    """The application did not synthesize; the message is its own."""


@dataclass(frozen=True)
class Stack:
    """One synthesized stack.

    Attributes:
        name: Its name on the account.
        template: What CloudFormation is given.
        protected: Whether the stack refuses to be deleted.
        accepted: Findings of rules that were accepted, with the reason, by construct.
    """

    name: str
    template: Template
    protected: bool
    accepted: dict[str, dict[str, str]]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """By logical id."""
        found: dict[str, dict[str, Any]] = self.template.get("Resources", {})
        return found


def read_assembly(directory: Path) -> tuple[Stack, ...]:
    """The stacks of a cloud assembly, sorted by name."""
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    stacks = []
    for name, artifact in sorted(artifacts.items()):
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        metadata = artifact.get("metadata") or {}
        if file := artifact.get("additionalMetadataFile"):
            metadata |= json.loads((directory / file).read_text())
        properties = artifact["properties"]
        stacks.append(
            Stack(
                name=name,
                template=json.loads((directory / properties["templateFile"]).read_text()),
                protected=bool(properties.get("terminationProtection", False)),
                accepted=_accepted(metadata),
            )
        )
    return tuple(stacks)


def synthesize(root: Path, environment: str, lake: Path, out: Path) -> Path:
    """Synthesizes one environment with the application of a checkout; needs no network and no credentials.

    Args:
        root: The checkout, set up.
        environment: A configuration of the lake.
        lake: The lake's folder.
        out: Where the cloud assembly is written.

    Returns:
        `out`.

    Raises:
        NotSynthesized: The application refused.
    """
    interpreter = root / ".venv" / "bin" / "python"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_", "LAKE", "PYTHONPATH"))}
    done = subprocess.run(
        [str(interpreter if interpreter.exists() else Path(sys.executable)), "app.py"],
        cwd=root,
        env={
            **kept,
            "CDK_OUTDIR": str(out.resolve()),
            "CDK_CONTEXT_JSON": json.dumps({"env": environment, "lake": str(lake.resolve())}),
            # The CDK's own library runs on the Node of this project.
            "PATH": os.pathsep.join([str(interpreter.parent), os.environ.get("PATH", os.defpath)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotSynthesized(f"{root / 'app.py'} did not synthesize {environment} of {lake}:\n{done.stderr.strip()[-2000:]}")
    return out


def _accepted(metadata: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, set[str]]] = {}
    for path, entries in metadata.items():
        for entry in entries:
            if entry["type"] == ACCEPTED:
                for rule, reason in entry["data"].items():
                    found.setdefault(path, {}).setdefault(rule.removeprefix("Annotation::"), set()).add(reason)
    # One construct may accept a rule twice, for two statements.
    return {path: {rule: " / ".join(sorted(reasons)) for rule, reasons in sorted(rules.items())} for path, rules in sorted(found.items())}
