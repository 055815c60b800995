"""Conditions of a source as limits of a contract's column, where they say no more than one."""

import re
from collections.abc import Iterator
from decimal import Decimal

from medallion.manifest.frozen import Frozen

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")+\")|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<mark>::|<=|>=|<>|[-(),\[\].=<>]))"
)
_OPTIONS = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "="}


class Limit(Frozen):
    """What a column's values are held to.

    Attributes:
        column: As the source calls it.
        option: A field of the standard's `logicalTypeOptions`, or `enum`.
        values: One number, or the words and numbers of an enum.
    """

    column: str
    option: str
    values: tuple[str | Decimal, ...]


class NotPlain(ValueError):
    """A condition says something that no limit of one column says."""


def limits(condition: str) -> tuple[Limit, ...]:
    """The limits that together mean a condition, as `pg_get_expr` writes it.

    Raises:
        NotPlain: It means something else, so that none of it is taken.
    """
    reader = _Reader(list(_tokens(condition)))
    found = reader.conjunction()
    reader.end()
    if len({(limit.column, limit.option) for limit in found}) < len(found):
        raise NotPlain(condition)
    return tuple(found)


def _tokens(condition: str) -> Iterator[tuple[str, str]]:
    position = 0
    while condition[position:].strip():
        match = _TOKEN.match(condition, position)
        if match is None:
            raise NotPlain(condition)
        position = match.end()
        yield str(match.lastgroup), match.group(str(match.lastgroup))


class _Reader:
    """Reads the few forms that a limit is written in; casts are passed over."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._left = tokens

    def end(self) -> None:
        if self._left:
            raise NotPlain("more than limits")

    def conjunction(self) -> list[Limit]:
        found = self._condition()
        while self._is("AND"):
            self._left.pop(0)
            found += self._condition()
        return found

    def _condition(self) -> list[Limit]:
        # `(a > 0)` is a condition in parentheses, and `(a)::text = …` a column in them.
        before = list(self._left)
        if self._is("("):
            self._left.pop(0)
            try:
                found = self.conjunction()
                self._take(")")
                return found
            except NotPlain:
                self._left = before
        return [self._comparison()]

    def _comparison(self) -> Limit:
        left, operator = self._operand(), self._next()[1]
        if operator == "=" and self._is("ANY"):
            self._left.pop(0)
            return Limit(column=self._column(left), option="enum", values=tuple(self._array()))
        if operator not in _TURNED:
            raise NotPlain(operator)
        right = self._operand()
        if left[0] == "value":
            left, right, operator = right, left, _TURNED[operator]
        value = right[1]
        if right[0] != "value":
            raise NotPlain("two columns")
        if operator == "=":
            return Limit(column=self._column(left), option="enum", values=(value,))
        if not isinstance(value, Decimal):
            raise NotPlain("a limit that is no number")
        return Limit(column=self._column(left), option=_OPTIONS[operator], values=(value,))

    def _column(self, operand: tuple[str, str | Decimal]) -> str:
        if operand[0] != "column":
            raise NotPlain("no column")
        return str(operand[1])

    def _array(self) -> list[str | Decimal]:
        depth = 0
        while self._is("("):
            self._left.pop(0)
            depth += 1
        self._take("ARRAY")
        self._take("[")
        values: list[str | Decimal] = []
        while not self._is("]"):
            if values:
                self._take(",")
            kind, value = self._operand()
            if kind != "value":
                raise NotPlain("an array of columns")
            values.append(value)
        self._take("]")
        self._cast()
        for _ in range(depth):
            self._take(")")
            self._cast()
        return values

    def _operand(self) -> tuple[str, str | Decimal]:
        kind, text = self._next()
        found: tuple[str, str | Decimal]
        if text == "(" and kind == "mark":
            found = self._operand()
            self._take(")")
        elif kind == "text":
            found = ("value", text[1:-1].replace("''", "'"))
        elif kind == "quoted":
            found = ("column", text[1:-1].replace('""', '"'))
        elif kind == "number":
            found = ("value", Decimal(text))
        elif text == "-" and self._left and self._left[0][0] == "number":
            found = ("value", -Decimal(self._next()[1]))
        elif kind == "word" and text == text.lower() and not self._is("("):
            found = ("column", text)
        else:
            raise NotPlain(text)
        casts = self._cast()
        if (
            found[0] == "value"
            and isinstance(found[1], str)
            and casts in ("numeric", "integer", "bigint", "smallint", "double precision", "real")
        ):
            # Postgres writes a negative number as '-5'::integer.
            try:
                return ("value", Decimal(found[1]))
            except ArithmeticError as error:
                raise NotPlain(found[1]) from error
        return found

    def _cast(self) -> str:
        """Passes over casts; the last one's type."""
        name = ""
        while self._is("::"):
            self._left.pop(0)
            words = []
            while self._left and (
                self._left[0][0] == "quoted" or (self._left[0][0] == "word" and self._left[0][1].islower()) or self._is(".")
            ):
                words.append(self._next()[1])
            if self._is("("):
                while self._next()[1] != ")":
                    pass
            while self._is("["):
                self._left.pop(0)
                self._take("]")
            name = " ".join(words)
        return name

    def _is(self, text: str) -> bool:
        return bool(self._left) and self._left[0][0] in ("mark", "word") and self._left[0][1] == text

    def _take(self, text: str) -> None:
        if not self._is(text):
            raise NotPlain(text)
        self._left.pop(0)

    def _next(self) -> tuple[str, str]:
        if not self._left:
            raise NotPlain("too short")
        return self._left.pop(0)


__all__ = ["Limit", "NotPlain", "limits"]
