"""What a service of the laptop is, and the words in which it talks with the emulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type Truth = Literal["real", "emulated", "recorded only"]
type Json = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """One AWS service on the laptop, as `lake status` and the docs print it.

    Attributes:
        name: As AWS calls it.
        truth: Real does the work, emulated answers as AWS would, recorded only keeps what was said and enforces nothing.
        sentence: What a person must know about it, in one sentence.
        types: CloudFormation types that the laptop adds or corrects.
        operations: API operations that the laptop adds or corrects.
        process: What runs for it beside the emulator, if anything.
        install: Hooks it into an emulator.
    """

    name: str
    truth: Truth
    sentence: str
    types: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    process: str = ""
    install: Callable[[Any], None] | None = None


class ServiceError(Exception):
    """An answer that is an error, as AWS would give it."""

    def __init__(self, code: str, message: str, status: int = 400, details: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})


@dataclass(frozen=True)
class Context:
    """Who calls, and where.

    Attributes:
        account: Twelve digits.
        region: Of the signature.
        principal: The caller's ARN.
        proceed: Gives a request to the emulator's own operation and returns its answer; raises ServiceError if that is an error.
        resource: The ARN that IAM allowed the call on.
    """

    account: str
    region: str
    principal: str
    proceed: Callable[[Json], Json]
    resource: str = "*"


type Handler = Callable[[Json, Context], Json]
type Handlers[Backend] = Mapping[str, Callable[[Backend, Json, Context], Json]]
"""What answers each operation: a method of the object that has the service's state."""
type RestHandler = Callable[[str, str, Json, Context], Json]


@dataclass(frozen=True)
class Resource:
    """A resource of a template.

    Attributes:
        logical_id: Its key in the template.
        stack: The stack's name.
        properties: Resolved; numbers and booleans may be strings, as in a template.
        generated_name: The name that CloudFormation gives it where the template has none.
    """

    logical_id: str
    stack: str
    properties: Json
    generated_name: str


@dataclass(frozen=True)
class Provisioned:
    """What CloudFormation knows of a resource that exists.

    Attributes:
        physical_id: What `Ref` gives.
        attributes: What `Fn::GetAtt` gives.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceType:
    """A CloudFormation type that the laptop provides."""

    def create(self, resource: Resource) -> Provisioned:
        """Makes it; any exception fails the stack with its message."""
        raise NotImplementedError

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        """Changes it; another physical id means a replacement, whose predecessor CloudFormation deletes afterwards."""
        raise NotImplementedError

    def delete(self, physical_id: str, properties: Json) -> None:
        """Removes it; one that is gone already is no error."""
        raise NotImplementedError


@dataclass(frozen=True)
class Change:
    """A resource that the emulator has just made or changed, for a correction to complete.

    Attributes:
        physical_id: Its id.
        old: The properties before, empty at creation.
        new: The properties now.
        attributes: What the emulator gives to `Fn::GetAtt`.
    """

    physical_id: str
    old: Json
    new: Json
    attributes: Mapping[str, Any]

    def changed(self, name: str) -> bool:
        """Whether a property is other than before."""
        return self.old.get(name) != self.new.get(name)


type Correction = Callable[[Change], Provisioned]
