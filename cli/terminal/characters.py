"""Text from outside, made fit for a terminal: a character that would act on it, or that nobody would see, is shown instead."""

import re

# The controls (C0, DEL, C1), line and paragraph separators, what turns the order of the text around it or is invisible, and halves of
# surrogate pairs. ZWNJ and ZWJ are left: words of some languages and many emoji are written with them.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0001\U000e0020-\U000e007f\ud800-\udfff"
)
HIDDEN = re.compile(f"[{_HIDDEN}]")
_HIDDEN_IN_LINES = re.compile(f"(?![\\n\\t])[{_HIDDEN}]")


def one_line(text: str) -> str:
    """Text in which line breaks and tabs are shown too, as a cell of a table needs it."""
    return HIDDEN.sub(_shown, text)


def lines(text: str) -> str:
    """Text in which line breaks and tabs keep their meaning, as a message or a log has them."""
    return _HIDDEN_IN_LINES.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        # Unicode's pictures of the controls, such as ␛ and ␊: they can't be taken for a backslash and a letter that the text holds.
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"
