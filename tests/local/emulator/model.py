"""Answers compared with what botocore's model of an API says they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "blob": (str,),
}


@contextmanager
def checked(client: Any) -> Iterator[list[str]]:
    """Checks every answer of a JSON API while it is open; gives the names of the operations that were checked."""
    seen: list[str] = []

    def check(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        if response_dict["status_code"] < 300:
            problems = list(unlike(json.loads(response_dict["body"] or b"{}"), operation_model.output_shape, operation_model.name))
            assert not problems, problems
            seen.append(operation_model.name)

    event = f"before-parse.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(event, check)
    try:
        yield seen
    finally:
        client.meta.events.unregister(event, check)


def unlike(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """Where a value is not as its shape says."""
    if shape is None:
        if value:
            yield f"{path}: nothing is expected"
    elif isinstance(shape, StructureShape) and shape.is_document_type:
        # Any JSON at all.
        return
    elif isinstance(shape, StructureShape):
        yield from _unlike_structure(value, shape, path)
    elif isinstance(shape, ListShape):
        for number, inner in enumerate(value):
            yield from unlike(inner, shape.member, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, inner in value.items():
            yield from unlike(inner, shape.value, f"{path}.{key}")
    elif not isinstance(value, TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def _unlike_structure(value: Any, shape: StructureShape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no structure"
        return
    for key, inner in value.items():
        if key not in shape.members:
            yield f"{path}.{key}: the model has no such member"
        elif inner is not None:
            yield from unlike(inner, shape.members[key], f"{path}.{key}")
    for key in set(shape.required_members) - set(value):
        yield f"{path}.{key}: is required"
