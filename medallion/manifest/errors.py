"""The errors that a person reads: each says where, what is wrong and what would be right."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches


class LakeError(Exception):
    """Something that the reader can mend; shown as one message, never as a stack trace."""


class Terminal(LakeError):
    """Trying again won't help: the input or the configuration has to change first."""


class Transient(LakeError):
    """The same call may succeed later."""


@dataclass(frozen=True)
class Location:
    """A place in a file: its path, and the field as it would be written in a query, such as `schema[0].name`."""

    file: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.field}" if self.field else self.file

    def at(self, *parts: str | int) -> "Location":
        """The place of a field or list item inside this one."""
        field = self.field
        for part in parts:
            field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else part
        return Location(self.file, field)


class InvalidField(Terminal):
    """A field of a file is missing, misplaced or malformed."""

    def __init__(self, where: Location, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


class UnknownValue(InvalidField):
    """A field holds a value that is none of the valid ones."""

    def __init__(self, where: Location, value: str, valid: Collection[str]) -> None:
        hint = get_close_matches(value, valid, n=1)
        super().__init__(
            where,
            f"{value!r} is not one of {', '.join(sorted(valid))}" + (f"; did you mean {hint[0]!r}?" if hint else ""),
        )


class Invalid(Terminal):
    """Several fields are wrong; they are told together, one a line."""

    def __init__(self, problems: Collection[InvalidField]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
