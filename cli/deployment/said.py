"""The lines of the CDK CLI (pinned by package-lock.json), `--progress events` and no terminal, read as values.

A line that is not known is `Other`, and is shown: nothing that a later release says is lost.
"""

import re
from dataclasses import dataclass

STACK_TYPE = "AWS::CloudFormation::Stack"
# What `cdk bootstrap` makes.
TOOLKIT = "CDKToolkit"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What it says beside the progress, and what a person who deploys does not need: the log has it.
_KNOWN = tuple(
    re.compile(pattern)
    for pattern in (
        r"\s*",
        r"\S+: (start|success): (Building|Built|Publishing|Published) .*",
        r"\S+ skipped|\S+: skipped.*",
        r"\s*⏳  Bootstrapping environment \S+",
        r"Stack ARN:",
        r"arn:[^:\s]+:cloudformation:\S+",
        r"✨  (Deployment time|Total time): .*",
        r"Failed resources:",
        r"[A-Za-z][A-Za-z0-9-]*",
        r"Trusted accounts for (deployment|lookup): \(none\)",
        r"(\s*\d+/\d+\s+)?Currently in progress: .*",
    )
)
_EVENT = re.compile(
    r"(?P<stack>[A-Za-z][A-Za-z0-9-]*) \| (?:\s*(?P<done>\d+)(?:/(?P<total>\d+))? \| )?[^|]* \| (?P<status>[A-Z_]+)(?P<skipped> \(skipped\))?\s+\| "
    r"(?P<type>[\w:@-]+)\s+\| (?P<rest>.*)"
)
_NAMED = re.compile(r"(?P<path>.*?) \((?P<id>[A-Za-z0-9]+)\) ?(?P<reason>.*)")
_STARTED = re.compile(r"(?P<stack>\S+): deploying\.\.\. \[(?P<number>\d+)/(?P<of>\d+)\]")
_CHANGES = re.compile(r"(?P<stack>\S+): creating CloudFormation changeset\.\.\.")
_ENDED = re.compile(r"\s*✅  (?P<stack>[A-Za-z][A-Za-z0-9-]*)(?P<unchanged> \(no changes\))?")
_BOOTSTRAPPED = re.compile(r"\s*✅  Environment \S+ bootstrapped(?P<unchanged> \(no changes\))?\.")
_SYNTHESIZED = re.compile(r"✨  Synthesis time: (?P<seconds>[\d.]+)s")
_FAILED = re.compile(r"\s*❌\s+(?P<what>.*)")


@dataclass(frozen=True)
class Synthesized:
    """The templates are made."""


@dataclass(frozen=True)
class Started:
    """A stack's deployment begins.

    Attributes:
        stack: Its name.
        number: Which one it is, from 1; 0 where that is not said (yet).
        of: Of how many.
    """

    stack: str
    number: int = 0
    of: int = 0


@dataclass(frozen=True)
class Ended:
    """A stack is as its template says.

    Attributes:
        stack: Its name.
        changed: Whether anything had to be done.
    """

    stack: str
    changed: bool


@dataclass(frozen=True)
class ResourceEvent:
    """An event of a resource, or of a stack itself.

    Attributes:
        stack: The stack's name.
        total: How many resources the change touches, without the stack itself; None where it is not said.
        status: CloudFormation's, such as `CREATE_COMPLETE`.
        type: The resource's.
        id: Its logical id.
        reason: Why, as CloudFormation says it; empty where it says nothing.
        left: Whether it could not be deleted and was left behind, which ends no deployment.
        again: Whether it is told once more, in the list at a stack's end.
    """

    stack: str
    total: int | None
    status: str
    type: str
    id: str
    reason: str = ""
    left: bool = False
    again: bool = False

    @property
    def is_stack(self) -> bool:
        """Whether it is the stack's own."""
        return self.type == STACK_TYPE and self.id == self.stack

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong with it by itself: what is cancelled because of another resource did not."""
        named_by_others = self.is_stack and self.reason.startswith("The following resource(s) failed")
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason and not named_by_others


@dataclass(frozen=True)
class Broken:
    """The CDK CLI begins to say why it gives up.

    Attributes:
        text: The line.
    """

    text: str


@dataclass(frozen=True)
class Other:
    """A line that a person should see.

    Attributes:
        text: It.
    """

    text: str


type Said = Synthesized | Started | Ended | ResourceEvent | Broken | Other


def read(line: str) -> Said | None:
    """What a line says; None where a person need not see it."""
    line = _COLOUR.sub("", line).rstrip()
    if found := _EVENT.fullmatch(line):
        return _event(found)
    if found := _STARTED.fullmatch(line):
        return Started(found["stack"], int(found["number"]), int(found["of"]))
    if found := _CHANGES.fullmatch(line):
        return Started(found["stack"])
    if found := _ENDED.fullmatch(line):
        return Ended(found["stack"], changed=not found["unchanged"])
    if found := _BOOTSTRAPPED.fullmatch(line):
        return Ended(TOOLKIT, changed=not found["unchanged"])
    if _SYNTHESIZED.fullmatch(line):
        return Synthesized()
    if _FAILED.fullmatch(line):
        return Broken(line.strip())
    return None if any(known.fullmatch(line) for known in _KNOWN) else Other(line)


def _event(found: re.Match[str]) -> ResourceEvent:
    # The construct's path comes first, and the logical id only where it is another one.
    named = _NAMED.fullmatch(found["rest"].strip())
    first, _, after = found["rest"].partition(" ")
    id, reason = (named["id"], named["reason"]) if named and _is_path(named["path"]) else (first, after)
    total = found["total"]
    return ResourceEvent(
        stack=found["stack"],
        # The CDK CLI counts the stack, too.
        total=int(total) - 1 if total else None,
        status=found["status"],
        type=found["type"],
        id=id,
        reason=reason.strip(),
        left=bool(found["skipped"]),
        again=found["done"] is None,
    )


def _is_path(text: str) -> bool:
    """Whether it may be a construct's path: a reason with brackets in it has words before them."""
    return " " not in text
