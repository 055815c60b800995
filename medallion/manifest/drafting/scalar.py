"""Text as a YAML scalar that every reader takes for that text."""

import re

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
# YAML 1.1 takes these for something else.
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def scalar(text: str) -> str:
    """Plain where that is safe in a flow as well, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def comment(text: str) -> str:
    """A line for people, which no reader takes for a field; whatever would end the line becomes a space."""
    return "# " + "".join(character if character.isprintable() else " " for character in text)


__all__ = ["comment", "scalar"]
