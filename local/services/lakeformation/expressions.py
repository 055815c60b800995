"""Row filter expressions, as far as Lake Formation takes them: a column compared with constants, and AND, OR, NOT between such.

What is refused here never reaches the engine: it would run as part of every query.
"""

import re
from collections.abc import Mapping

from local.services.lakeformation.refusals import invalid

LONGEST = 2048

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[+-]?\d+(?:\.\d*)?|[+-]?\.\d+)|(?P<quoted>\"(?:[^\"]|\"\")+\")|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<mark><=|>=|<>|!=|[=<>(),.]))"
)
_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!="})
_TYPES = frozenset("string char varchar tinyint smallint int integer long bigint float decimal double boolean struct".split())
_RESERVED = frozenset({"and", "or", "not", "in", "like", "between", "is", "null", "true", "false"})

type _Token = tuple[str, str]


def check(expression: str, columns: Mapping[str, str]) -> None:
    """Checks an expression of a table's columns.

    Args:
        expression: What the API is given.
        columns: The catalog's types of the table's columns, by name.

    Raises:
        ServiceError: Lake Formation would not take it.
    """
    if len(expression) > LONGEST:
        raise invalid(f"Row filter expression is longer than {LONGEST} characters")
    _Reader(_tokens(expression), {name.lower(): kind for name, kind in columns.items()}).check()


def _tokens(expression: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while expression[place:].strip():
        match = _TOKEN.match(expression, place)
        if match is None or match.lastgroup is None:
            raise invalid(f"Unsupported row filter expression at character {place + 1}")
        kind, text = match.lastgroup, match[match.lastgroup]
        tokens.append((kind, text.lower() if kind == "word" else text))
        place = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token], columns: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._columns = columns
        self._place = 0

    def check(self) -> None:
        self._either()
        if self._place < len(self._tokens):
            raise self._unsupported()

    def _either(self) -> None:
        self._both()
        while self._take("or"):
            self._both()

    def _both(self) -> None:
        self._one()
        while self._take("and"):
            self._one()

    def _one(self) -> None:
        if self._take("not"):
            self._one()
        elif self._take("("):
            self._either()
            self._need(")")
        elif self._take("true"):
            return
        else:
            self._comparison()

    def _comparison(self) -> None:
        self._column()
        if self._take("is"):
            self._take("not")
            self._need("null")
            return
        negated = self._take("not")
        if self._take("in"):
            self._need("(")
            self._constant()
            while self._take(","):
                self._constant()
            self._need(")")
        elif self._take("between"):
            self._constant()
            self._need("and")
            self._constant()
        elif self._take("like"):
            self._constant()
        elif not negated and self._peek()[1] in _COMPARISONS:
            self._place += 1
            self._constant()
        else:
            raise self._unsupported()

    def _column(self) -> None:
        kind, text = self._peek()
        name = text[1:-1].replace('""', '"') if kind == "quoted" else text
        if kind not in {"word", "quoted"} or (kind == "word" and text in _RESERVED):
            raise self._unsupported()
        if name.lower() not in self._columns:
            raise invalid(f"Row filter expression names a column that the table does not have: {name}")
        if re.split(r"[(<]", self._columns[name.lower()].lower())[0] not in _TYPES:
            raise invalid(f"Row filter expressions don't support columns of the type of {name}")
        self._place += 1
        while self._take("."):
            if self._peek()[0] not in {"word", "quoted"}:
                raise self._unsupported()
            self._place += 1

    def _constant(self) -> None:
        kind, text = self._peek()
        if kind not in {"text", "number"} and text not in {"true", "false"}:
            raise self._unsupported()
        self._place += 1

    def _peek(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _take(self, wanted: str) -> bool:
        kind, text = self._peek()
        if kind not in {"word", "mark"} or text != wanted:
            return False
        self._place += 1
        return True

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            raise self._unsupported()

    def _unsupported(self) -> Exception:
        # Not the token: it may be a value.
        return invalid(f"Unsupported row filter expression at its part {self._place + 1}")
