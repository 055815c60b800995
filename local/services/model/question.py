"""What a request asks for: the fields of a record, and a text to find them in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.service import ServiceError

type Json = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """A value that a field may have.

    Attributes:
        value: The value.
        phrases: What it means, phrase by phrase.
    """

    value: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A field of a record.

    Attributes:
        name: Its key in the answer.
        type: A Spark SQL type of one value.
        description: What it means.
        required: Whether a record must have it.
        choices: The values that it may have; empty for any.
        pattern: A regular expression that the whole value matches; None for any.
        minimum: The least value; None for any.
        maximum: The greatest value; None for any.
        examples: Some values.
    """

    name: str
    type: str
    description: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    pattern: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    examples: tuple[str, ...] = ()

    def holds(self, value: object) -> bool:
        """Whether a value keeps to pattern and limits."""
        if self.pattern is not None and re.fullmatch(self.pattern, str(value)) is None:
            return False
        if isinstance(value, int | Decimal):
            least, most = (None if limit is None else Decimal(limit) for limit in (self.minimum, self.maximum))
            return (least is None or value >= least) and (most is None or value <= most)
        return not (self.minimum is not None and str(value) < self.minimum) and not (self.maximum is not None and str(value) > self.maximum)


@dataclass(frozen=True)
class Question:
    """One request.

    Attributes:
        fields: What a record has.
        irrelevant: What makes a text irrelevant, phrase by phrase.
        text: Where records are looked for; whatever it says, it is only looked at.
    """

    fields: tuple[Field, ...]
    irrelevant: tuple[str, ...]
    text: str

    @property
    def leading(self) -> Field | None:
        """The field that tells one matter of a text from another: the first one of choices, required ones before others."""
        return min((field for field in self.fields if field.choices), key=lambda field: not field.required, default=None)


def phrases(description: str) -> tuple[str, ...]:
    """The phrases of a description, which semicolons and full stops part."""
    return tuple(phrase for part in re.split(r"[;\n]|\.\s", description) if (phrase := part.strip(" .")))


def question(request: Json) -> Question:
    """What a request asks.

    Raises:
        ServiceError: It is none.
    """
    try:
        fields = tuple(_field(field) for field in request["fields"])
        return Question(fields, phrases(request.get("irrelevant") or ""), str(request["text"]))
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, re.PatternError) as error:
        raise ServiceError("ValidationException", f"no question to the model: {type(error).__name__}") from error


def _field(told: Json) -> Field:
    choices: Sequence[Json] = told.get("choices") or ()
    if told.get("pattern"):
        re.compile(told["pattern"])
    for limit in ("minimum", "maximum"):
        if told.get(limit) is not None and not told["type"].startswith(("date", "timestamp", "string")):
            Decimal(told[limit])
    return Field(
        name=told["name"],
        type=told["type"],
        description=told.get("description") or "",
        required=bool(told.get("required")),
        choices=tuple(Choice(one["value"], phrases(one.get("description") or "") or (one["value"],)) for one in choices),
        pattern=told.get("pattern"),
        minimum=told.get("minimum"),
        maximum=told.get("maximum"),
        examples=tuple(told.get("examples") or ()),
    )


__all__ = ["Choice", "Field", "Json", "Question", "question"]
