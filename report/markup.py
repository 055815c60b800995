"""HTML as a tree of strings: whatever is not made here is text, and text is escaped."""

from html import escape


class Html(str):
    """A piece of a page that is HTML already."""

    __slots__ = ()


type Piece = Html | str | int | None
type Attribute = str | int | float | bool | None

_VOID = frozenset({"meta", "br", "hr", "col", "wbr"})


def element(name: str, /, *children: Piece, **attributes: Attribute) -> Html:
    """An element with its children.

    Args:
        name: A tag's name; never text of a table.
        children: HTML as it is, all else as text; None is left out.
        attributes: `class_` is `class`, `aria_label` is `aria-label`; None and False are left out, True has no value.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None and value is not False)
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*pieces: Piece) -> Html:
    """Pieces one after the other."""
    return Html("".join(piece if isinstance(piece, Html) else escape(printable(str(piece))) for piece in pieces if piece is not None))


def printable(text: str) -> str:
    """Text without the characters that no page may hold, and without those that turn the order of the text around them."""
    return "".join("�" if _is_forbidden(character) else character for character in text)


def _is_forbidden(character: str) -> bool:
    code = ord(character)
    control = (code < 0x20 and character not in "\t\n") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
    return control or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if name == "viewbox":
        # SVG knows upper and lower case.
        name = "viewBox"
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(printable(text))}"'
