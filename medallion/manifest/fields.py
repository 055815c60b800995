"""What is wrong with a document's fields, told in the document's own terms."""

import types
import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from medallion.manifest.errors import InvalidField, Location, UnknownValue


class UnknownField(InvalidField):
    """A field that the object does not have; most often a misspelled one."""

    def __init__(self, where: Location, name: str, valid: typing.Collection[str]) -> None:
        hint = get_close_matches(name, valid, n=1)
        super().__init__(
            where.at(name),
            f"is not a field here; valid ones are {', '.join(sorted(valid))}" + (f"; did you mean {hint[0]!r}?" if hint else ""),
        )


def unknown_fields(model: type[BaseModel], document: Any, where: Location) -> Iterator[UnknownField]:
    """The fields of a document, at any depth, that a model does not know; the models of a standard may well ignore them."""
    if not isinstance(document, dict):
        return
    known = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for name, value in document.items():
        if name not in known:
            yield UnknownField(where, name, known)
        else:
            yield from _inside(known[name], value, where.at(name))


def _inside(annotation: Any, value: Any, where: Location) -> Iterator[UnknownField]:
    if isinstance(value, list):
        for item_type in _arguments(annotation, (list, tuple)):
            for position, item in enumerate(value):
                yield from _inside(item_type, item, where.at(position))
    elif isinstance(value, dict):
        models = [model for model in _models(annotation) if _is_meant(model, value)]
        if len(models) == 1:
            yield from unknown_fields(models[0], value, where)
        elif not models:
            for item_type in _arguments(annotation, (dict,)):
                for key, item in value.items():
                    yield from _inside(item_type, item, where.at(key))


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation itself."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _alternatives(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(inner for member in typing.get_args(annotation) for inner in _alternatives(member))
    return (annotation,)


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [member for member in _alternatives(annotation) if isinstance(member, type) and issubclass(member, BaseModel)]


def _arguments(annotation: Any, containers: tuple[type, ...]) -> list[Any]:
    """The types of a container's items."""
    found = []
    for member in _alternatives(annotation):
        if typing.get_origin(member) in containers:
            arguments = typing.get_args(member)
            found.append(arguments[-1] if typing.get_origin(member) is dict else arguments[0])
    return found


def _is_meant(model: type[BaseModel], value: Mapping[str, Any]) -> bool:
    """Whether a union's member is the one that the value's discriminator names."""
    for name, field in model.model_fields.items():
        if typing.get_origin(field.annotation) is typing.Literal and name in value and field.is_required():
            return value[name] in typing.get_args(field.annotation)
    return True


def wrong_values(error: ValidationError, document: Any, where: Location, advice: Mapping[str, str]) -> Iterator[InvalidField]:
    """What a model found wrong with values.

    Args:
        error: As pydantic raised it.
        document: What was validated.
        where: The document's place.
        advice: What to write instead, by a field's path without list positions, such as `account`.
    """
    for detail in error.errors():
        kind, context = detail["type"], detail.get("ctx", {})
        if kind == "extra_forbidden":  # told by `unknown_fields`, with the valid names
            continue
        place, path = _place(detail["loc"], document, where, absent=kind == "missing")
        value = detail["input"]
        if kind == "literal_error":
            valid = _words(str(context["expected"]))
            yield (
                UnknownValue(place, str(value), valid)
                if isinstance(value, str)
                else InvalidField(place, f"{value!r} is not one of {', '.join(valid)}")
            )
        elif kind == "union_tag_invalid":
            yield UnknownValue(place.at(_bare(context["discriminator"])), str(context["tag"]), _words(str(context["expected_tags"])))
        elif kind == "union_tag_not_found":
            yield InvalidField(place.at(_bare(context["discriminator"])), "is missing; it says which of the forms is meant")
        elif kind == "missing":
            yield InvalidField(place, "is missing" + (f"; it must be {advice[path]}" if path in advice else ""))
        elif kind == "value_error":
            yield InvalidField(place, str(context["error"]))
        else:
            problem = f"must be {advice[path]}" if path in advice else detail["msg"][:1].lower() + detail["msg"][1:]
            yield InvalidField(place, f"{value!r}: {problem}" if isinstance(value, str | int | float | bool | None) else problem)


def _place(loc: tuple[int | str, ...], document: Any, where: Location, *, absent: bool) -> tuple[Location, str]:
    """A place in the document, without what pydantic puts in between (the member of a union)."""
    parts: list[str | int] = []
    for position, part in enumerate(loc):
        if (isinstance(document, dict) and part in document) or (isinstance(document, list) and isinstance(part, int)):
            document = document[part]  # type: ignore[index]
        elif not (absent and position == len(loc) - 1):
            continue
        parts.append(part)
    return where.at(*parts), ".".join(part for part in parts if isinstance(part, str))


def _words(expected: str) -> list[str]:
    """The values in pydantic's "'a', 'b' or 'c'"."""
    return [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]


def _bare(discriminator: Any) -> str:
    return str(discriminator).strip("'")


__all__ = ["UnknownField", "unknown_fields", "wrong_values"]
