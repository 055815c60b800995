"""A deployment as a person sees it: one line a stack, with a bar where there is a terminal; what failed, with its reason."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import RenderableType

from cli.deployment.said import Broken, Ended, Other, ResourceEvent, Said, Started, Synthesized, read
from cli.terminal.bars import running_line
from cli.terminal.screen import Activity, Screen, plain

# Where in itself the CDK CLI gave up, which Node adds to an error.
_NODES_OWN = re.compile(r"\s*at .+:\d+:\d+\)?( \{)?|\s*(type|source|cause|deploymentErrorCode): .*|\}")
# Without the spaces, as it folds lines.
_HEADING = re.compile(r"❌(Environment.+?failedbootstrapping:|[\w-]+failedtodeploy)|‣?(DeploymentError:)?Resourceupdatesfailed:")
SYNTHESIZING, PUBLISHING = "synthesizing the templates", "publishing files"


@dataclass
class StackProgress:
    """How far a stack is.

    Attributes:
        name: Its name.
        began: When.
        number: Which one it is, and of how many; empty where that is not said.
        total: How many resources its change touches; None while that is not said.
        done: The logical ids of those that are done.
        going: Those that are being worked on, with their types, the oldest first.
        state: What CloudFormation said of the stack itself last.
    """

    name: str
    began: float
    number: str = ""
    total: int | None = None
    done: set[str] = field(default_factory=set)
    going: dict[str, str] = field(default_factory=dict)
    state: str = ""

    @property
    def is_rolled_back(self) -> bool:
        """Whether it goes, or went, back to what it was."""
        return "ROLLBACK" in self.state

    def take(self, event: ResourceEvent) -> None:
        """Takes note of one of its events."""
        self.total = event.total if event.total is not None else self.total
        if event.is_stack:
            self.state = event.status
        elif event.status.endswith("_IN_PROGRESS"):
            # Events of one second come in any order.
            if event.id not in self.done:
                self.going[event.id] = event.type
        else:
            self.going.pop(event.id, None)
            if event.status.endswith("_COMPLETE") and not self.is_rolled_back:
                self.done.add(event.id)


class Display:
    """Takes the CDK CLI's lines and shows what of them a person needs."""

    def __init__(
        self, screen: Screen, doing: str = SYNTHESIZING, *, on_aws: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begins with `with`.

        Args:
            screen: Where.
            doing: What the CDK CLI does first.
            on_aws: Whether what it says of AWS's other services holds: a laptop has no CloudTrail.
            clock: Seconds.
        """
        self._screen, self._on_aws, self._clock = screen, on_aws, clock
        self._stacks: dict[str, StackProgress] = {}
        self._failures: list[ResourceEvent] = []
        # What the CDK CLI says from where it begins to give up.
        self._last_words: list[str] = []
        self._doing, self._began = doing, clock()
        self._activity = Activity(screen, self._lines)

    def __enter__(self) -> Self:
        if not self._screen.is_interactive:
            self._screen.line_of(f"  {self._doing}")
        self._activity.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._activity.__exit__(kind, error, trace)

    @property
    def unfinished(self) -> list[str]:
        """The stacks that are being deployed."""
        return list(self._stacks)

    def line(self, text: str) -> None:
        """Takes a line of the CDK CLI."""
        if self._last_words:
            self._last_words.append(text.rstrip())
            return
        self._take(read(text))

    def _take(self, said: Said | None) -> None:
        match said:
            case Synthesized():
                self._screen.line_of(plain("✓", "green"), f" {self._doing}: {self._clock() - self._began:.1f} s")
                self._doing, self._began = PUBLISHING, self._clock()
            case Started():
                self._start(said)
            case ResourceEvent():
                self._event(said)
            case Ended():
                self._end(said)
            case Broken(text):
                self._last_words.append(text)
            case Other(text):
                self._screen.line_of(f"  {text.strip()}")
            case None:
                pass

    def _start(self, said: Started) -> None:
        stack = self._stacks.setdefault(said.stack, StackProgress(said.stack, self._clock()))
        if said.number:
            stack.number = f"[{said.number}/{said.of}] "
            if not self._screen.is_interactive:
                self._screen.line_of(f"  {stack.number}{stack.name}: started")

    def _event(self, event: ResourceEvent) -> None:
        stack = self._stacks.setdefault(event.stack, StackProgress(event.stack, self._clock()))
        stack.take(event)
        if event.left:
            self._screen.line_of("    ", plain("!", "yellow"), f" {_named(event)} could not be deleted and is left behind")
        elif event.is_failure and not any(_same(event, known) for known in self._failures):
            self._failures.append(event)
            self._screen.line_of(
                "    ", plain("✗", "red"), f" {event.stack}: {_named(event)}: {event.status}: {event.reason or 'no reason given'}"
            )

    def _end(self, said: Ended) -> None:
        stack = self._stacks.pop(said.stack, None) or StackProgress(said.stack, self._clock())
        if not said.changed:
            self._screen.line_of(plain("=", "dim"), f" {stack.number}{stack.name}: no changes")
        else:
            count = len(stack.done)
            self._screen.line_of(
                plain("✓", "green"),
                f" {stack.number}{stack.name}: {count} resource{'' if count == 1 else 's'}, {self._clock() - stack.began:.1f} s",
            )
        self._doing, self._began = PUBLISHING, self._clock()

    def give_up(self) -> None:
        """The CDK CLI has ended and failed: tells which stacks did, and why, as far as that was not told yet."""
        for stack in self._stacks.values():
            state = stack.state.lower().replace("_", " ") or "not deployed"
            self._screen.line_of(
                plain("✗", "red"),
                f" {stack.number}{stack.name}: ",
                plain("failed", "red"),
                f" ({state}), {self._clock() - stack.began:.1f} s",
            )
        for part in _paragraphs(self._last_words):
            if not _is_told(part, self._failures) and (self._on_aws or not part[0].lstrip().startswith("CloudTrail ")):
                for line in part:
                    self._screen.line_of(f"  {line}")

    def _lines(self) -> Sequence[RenderableType]:
        """What is going on, for a terminal."""
        now = self._clock()
        return [
            running_line(
                f"{stack.number}{stack.name}",
                done=len(stack.done),
                total=stack.total,
                what="resources",
                seconds=now - stack.began,
                doing="rolling back" if stack.is_rolled_back else ", ".join(list(stack.going)[:1]),
            )
            for stack in list(self._stacks.values())
        ] or [running_line(self._doing, seconds=now - self._began)]


def _named(event: ResourceEvent) -> str:
    return f"{event.id} ({event.type})"


def _same(event: ResourceEvent, known: ResourceEvent) -> bool:
    return (event.stack, event.id) == (known.stack, known.id) and (event.again or event.status == known.status)


def _paragraphs(lines: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [part for part in found if part]


def _is_told(lines: Sequence[str], failures: Sequence[ResourceEvent]) -> bool:
    """Whether lines of the CDK CLI say nothing but what was shown of failed resources."""
    left = re.sub(r"\s+", "", "".join(line for line in lines if not _NODES_OWN.fullmatch(line)))
    left = _HEADING.sub("", left)
    for failure in failures:
        left = left.replace(re.sub(r"\s+", "", failure.reason), "")
        left = re.sub(rf"[\w/.:-]*\({re.escape(failure.type)}{re.escape(failure.id)}\)", "", left)
    return bool(failures) and not left
