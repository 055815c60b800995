"""What is stored is what is printed, and no character of it acts on a terminal."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal import output
from cli.terminal.characters import HIDDEN, lines, one_line

# Halves of surrogate pairs among them.
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
DANGEROUS = st.text(alphabet=st.sampled_from("\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u2028\u202e\u2066\ufeff\ud800[/]a:smile:'"), max_size=40)


@given(ANYTHING | DANGEROUS)
def test_nothing_in_a_cell_acts_on_a_terminal(text: str) -> None:
    shown = one_line(text)
    assert not [character for character in shown if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert len(shown) >= len(text)
    shown.encode()


@given(DANGEROUS, DANGEROUS)
def test_two_texts_that_differ_are_shown_differently(one: str, other: str) -> None:
    assert (one_line(one) == one_line(other)) == (one == other)


@given(ANYTHING)
def test_a_message_keeps_its_lines_and_nothing_else(text: str) -> None:
    kept = [character for character in lines(text) if unicodedata.category(character) == "Cc"]
    assert kept == [character for character in text if character in "\n\t"]


def test_words_of_all_languages_and_emoji_stay_as_they_are() -> None:
    for text in ("Größe", "北京", "שלום", "می\u200cخواهم", "👩\u200d🌾", "naïve", "[b]bold[/b]", r"C:\new", ":smile:"):
        assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x7f", "␡"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\u202eb", "a<U+202E>b"),
        ("\ud800", "<U+D800>"),
    ],
    ids=["escape", "breaks", "delete", "C1", "right to left", "half a pair"],
)
def test_a_hidden_character_is_shown(text: str, shown: str) -> None:
    assert one_line(text) == shown


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANYTHING | DANGEROUS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(DANGEROUS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_exactly_what_is_stored_and_acts_on_no_terminal(value: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr(sys, "stdout", type("Stdout", (), {"encoding": "utf-8", "write": written.append, "flush": lambda: None}))
        output.print_json(value)
    text = "".join(written)
    assert not HIDDEN.search(text.removesuffix("\n"))
    text.encode()
    assert json.loads(text) == value


def test_json_names_the_numbers_that_it_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json([{"a": float("nan"), "b": [float("inf"), -float("inf"), 1.5]}])
    assert capsys.readouterr().out == '[{"a": "NaN", "b": ["Infinity", "-Infinity", 1.5]}]\n'


def test_a_line_that_is_said_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("[/b] \x1b]0;title\x07\nnext", err=True)
    assert capsys.readouterr().err == "[/b] ␛]0;title␇\nnext\n"
