"""YAML as JSON's types: what a file says, with none of YAML 1.1's surprises."""

import re
from pathlib import Path
from typing import Any

import yaml

from medallion.manifest.errors import Invalid, InvalidField, Location


class _Loader(yaml.SafeLoader):
    """Reads YAML 1.2's core schema: `no` is a word, `2017-01-01` a text and 0123 no octal number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                raise yaml.constructor.ConstructorError(None, None, "a field's name must be text; put it in quotes", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the field {key.value!r} appears twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("merge", r"^<<$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _decimal_integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


# PyYAML's own would read 0123 as octal although the resolver above calls it an int.
_Loader.add_constructor("tag:yaml.org,2002:int", _decimal_integer)


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the working folder where it lies in it."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def read_document(path: Path) -> dict[str, Any]:
    """A YAML file that holds one object.

    Raises:
        Invalid: It can't be read, is no YAML, names a field twice, or holds something else than an object.
    """
    where = Location(shown(path))
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([InvalidField(where, f"can't be read: {error}")]) from error
    except yaml.YAMLError as error:
        raise Invalid([InvalidField(where, _problem(error))]) from error
    if not isinstance(document, dict):
        holds = "nothing" if document is None else type(document).__name__
        raise Invalid([InvalidField(where, f"must hold fields, such as `name: value`, and holds {holds}")])
    return document


def _problem(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return f"not YAML: {error}"
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{error.problem or error.context}"


__all__ = ["read_document", "shown"]
