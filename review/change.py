"""The kinds of change between two outlines, and what each means."""

from dataclasses import dataclass
from enum import Enum


class Weight(Enum):
    """How much a reviewer should worry."""

    STOP = "stop and think"
    LOOK = "look at it"
    FINE = "for the record"


class Kind(Enum):
    """A kind of change: its name, its weight, and one sentence that says what it means."""

    GONE = ("holds data, removed", Weight.STOP, "it leaves the stack: deleted with its data, or left behind unmanaged where it is retained")
    REPLACED = ("holds data, replaced", Weight.STOP, "CloudFormation makes a new, empty one; the data stay in the old one or go with it")
    MOVED = (
        "logical id moved",
        Weight.STOP,
        "to CloudFormation this is another resource: it makes a new, empty one, or fails as the name is taken",
    )
    UNPROTECTED = ("less protected", Weight.STOP, "a deletion or replacement that was survived before would now take data along")
    PUBLIC = ("public", Weight.STOP, "everyone on the internet can reach it")
    WIDER = ("access wider", Weight.STOP, "someone may do what they could not before")
    OPENED = ("network opened", Weight.STOP, "there is a way in, out or to a service that was not there")
    ACCEPTED = ("finding accepted", Weight.LOOK, "a rule of cdk-nag or the CDK no longer stops this; judge the reason")
    NARROWER = ("access narrower", Weight.LOOK, "whoever still needs it will fail at run time")
    CLOSED = ("network closed", Weight.LOOK, "whatever still goes this way will time out")
    NEW = ("holds data, new", Weight.FINE, "its logical id and fixed properties can't change later without loss")
    PROTECTED = ("better protected", Weight.FINE, "it survives what it did not before")
    PRIVATE = ("no longer public", Weight.FINE, "it is not reachable from the internet any more")
    UNACCEPTED = ("finding no longer accepted", Weight.FINE, "the rule holds again")
    STACK_ADDED = ("stack added", Weight.FINE, "the next deployment creates it")
    STACK_GONE = ("stack removed", Weight.STOP, "`cdk deploy` leaves it on the account as it is; someone has to destroy it")

    @property
    def title(self) -> str:
        """The name."""
        return self.value[0]

    @property
    def weight(self) -> Weight:
        """How much to worry."""
        return self.value[1]

    @property
    def meaning(self) -> str:
        """What it means."""
        return self.value[2]


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: Of which kind.
        stack: In which stack.
        what: What differs, old and new.
    """

    kind: Kind
    stack: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind.title}: {self.stack}: {self.what} ({self.kind.meaning})"
