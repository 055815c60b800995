"""What is written as it is: JSON for programs, lines for people. Tables, colours and progress are `cli.terminal.screen`'s; nothing else writes."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

from cli.terminal.characters import HIDDEN, lines


def say(text: str = "", *, err: bool = False) -> None:
    """Writes a line, or several, for a person.

    Args:
        text: It may hold anything: what would act on the terminal is shown.
        err: Whether it goes to stderr, so that stdout stays for what was asked.
    """
    stream = sys.stderr if err else sys.stdout
    stream.write(lines(text) + "\n")
    stream.flush()


def print_json(document: Any) -> None:
    """Prints one JSON document; dates and decimals as text, and so is a number that JSON has not (NaN, Infinity).

    Characters that would act on a terminal are written as JSON's escapes: a program reads exactly what is stored.
    """
    text = json.dumps(_finite(document), default=str, ensure_ascii=not _is_utf8(), allow_nan=False)
    sys.stdout.write(HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")
    sys.stdout.flush()


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case Mapping():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value
