"""Trino's types, parsed from their text, and the columns of a result as GetQueryResults describes them."""

from dataclasses import dataclass

from local.services.athena.sql.tokens import Token, tokens

UNBOUNDED = 2147483647
VARBINARY_LENGTH = 1073741824


@dataclass(frozen=True)
class Type:
    """A type of Trino.

    Attributes:
        name: In lower case and without parameters, such as `timestamp with time zone`.
        sizes: Its numbers: length, precision and scale, or digits of a second.
        parts: The types of elements, of keys and values, or of fields.
        fields: The names of a row's fields; None for one without a name.
    """

    name: str
    sizes: tuple[int, ...] = ()
    parts: tuple["Type", ...] = ()
    fields: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a result, as GetQueryResults describes it.

    Attributes:
        name: As in the header; two columns may have the same.
        type: Athena's name, such as `bigint` or `timestamp with time zone`.
        precision: Digits, or the greatest length of text.
        scale: Digits after the point.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0


_PRECISIONS = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "time with time zone": 3,
    "varbinary": VARBINARY_LENGTH,
}
_NAMES = {"real": "float"}


def column(name: str, kind: Type) -> Column:
    """A column of Trino as Athena describes it."""
    athena = _NAMES.get(kind.name, kind.name)
    if kind.name == "decimal":
        return Column(name, athena, *kind.sizes)
    if kind.name in {"varchar", "char"}:
        return Column(name, athena, kind.sizes[0] if kind.sizes else UNBOUNDED)
    return Column(name, athena, _PRECISIONS.get(kind.name, 0))


def parse(text: str) -> Type:
    """A type from Trino's text for it.

    Raises:
        ValueError: It is no type.
    """
    found = tokens(text)
    kind, place = _type(text, found, 0)
    if place != len(found):
        raise ValueError(f"not a type: {text}")
    return kind


def _type(text: str, found: tuple[Token, ...], place: int) -> tuple[Type, int]:
    if place >= len(found) or found[place].kind != "word":
        raise ValueError(f"not a type: {text}")
    name = found[place].value
    place += 1
    if name == "interval":
        words = [token.value for token in found[place : place + 3]]
        return Type(" ".join([name, *words])), place + 3
    sizes: list[int] = []
    parts: list[Type] = []
    fields: list[str | None] = []
    if place < len(found) and found[place].is_mark("("):
        place += 1
        while True:
            if place < len(found) and found[place].kind == "number":
                sizes.append(int(found[place].value))
                place += 1
            else:
                field, place = _field(text, found, place) if name == "row" else (None, place)
                part, place = _type(text, found, place)
                parts.append(part)
                fields.append(field)
            if place >= len(found) or not (found[place].is_mark(",") or found[place].is_mark(")")):
                raise ValueError(f"not a type: {text}")
            place += 1
            if found[place - 1].is_mark(")"):
                break
    if [token.value for token in found[place : place + 3]] == ["with", "time", "zone"]:
        name, place = f"{name} with time zone", place + 3
    return Type(name, tuple(sizes), tuple(parts), tuple(fields) if name == "row" else ()), place


def _field(text: str, found: tuple[Token, ...], place: int) -> tuple[str | None, int]:
    """A field's name, if one stands before its type; Trino quotes it only where it is not a plain word."""
    following = found[place + 1] if place + 1 < len(found) else None
    if place < len(found) and found[place].kind == "quoted":
        return found[place].value, place + 1
    if following is not None and following.kind == "word" and not _is_type_of_words(found, place):
        return text[found[place].start : found[place].end], place + 1
    return None, place


def _is_type_of_words(found: tuple[Token, ...], place: int) -> bool:
    words = [token.value for token in found[place : place + 4]]
    if words[1:] == ["with", "time", "zone"]:
        return True
    # `interval day to second` is a type, `interval interval day to second` a field of it.
    return words[0] == "interval" and words[1:3] in (["day", "to"], ["year", "to"])
