"""What the gate lets in, decided from name, size and bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.gate.checks import LONGEST_NAME_BYTES, Limits, media_type, refused_content, refused_unread

LIMITS = Limits(largest_bytes=1000, suffixes=(".txt", ".md"))


def unread(name: str = "a letter.txt", size: int = 10, limits: Limits | None = LIMITS) -> str | None:
    refusal = refused_unread("post", name, size, limits, {"post", "fax"})
    return refusal.reason if refusal else None


@pytest.mark.parametrize(
    "name", ["letter.txt", "LETTER.TXT", "2026/05/a letter (1).md", "Überweisung.txt", "re: no".replace(": ", " - ") + ".txt", "手紙.txt"]
)
def test_names_as_people_write_them_come_in(name: str) -> None:
    assert unread(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("", "folder", id="nothing below the source"),
        pytest.param("2026/", "folder", id="a folder"),
        pytest.param("a/../letter.txt", "'..'", id="a way up"),
        pytest.param("a//letter.txt", "''", id="an empty level"),
        pytest.param("letter.pdf", "'.pdf'", id="another type"),
        pytest.param("letter", "'no suffix'", id="no suffix"),
        pytest.param(".txt", "'no suffix'", id="a suffix alone"),
        pytest.param("a\nb.txt", "'\\n'", id="a control character"),
        pytest.param('a"b.txt', "'\"'", id="a quotation mark"),
        pytest.param("é" * 200 + ".txt", "404 bytes", id="too long in bytes"),
    ],
)
def test_a_name_that_is_refused_says_why(name: str, said: str) -> None:
    refusal = refused_unread("post", name, 10, LIMITS, {"post"})
    assert refusal
    assert refusal.reason == "name"
    assert said in refusal.explanation


def test_a_key_outside_all_sources_names_those_that_there_are() -> None:
    refusal = refused_unread("letters", "a.txt", 10, None, {"post", "fax"})
    assert refusal
    assert refusal.explanation.endswith("one of fax, post")


@pytest.mark.parametrize(("size", "reason"), [(0, "empty"), (1, None), (1000, None), (1001, "too-large"), (200_000_000, "too-large")])
def test_a_size_is_judged_unread(size: int, reason: str | None) -> None:
    assert unread(size=size) == reason


@given(st.text(min_size=1))
def test_utf_8_text_without_nul_comes_in_whatever_it_says(text: str) -> None:
    content = ("Dear all, " + text.replace("\0", "")).encode()
    assert refused_content(content) is None


@given(
    st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\0"), min_size=4),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-16"]),
)
def test_text_in_utf_16_is_told_as_such_with_and_without_its_mark(text: str, encoding: str) -> None:
    refusal = refused_content(("Dear all, " + text).encode(encoding))
    assert refusal
    assert refusal.reason == "encoding"
    assert "UTF-16" in refusal.explanation


@given(st.binary())
def test_what_comes_in_can_be_read_as_text_again(content: bytes) -> None:
    if refused_content(content) is None:
        assert content.decode("utf-8").strip("\ufeff \t\r\n\f\v") or content.decode("utf-8").strip()
        assert b"\0" not in content


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        pytest.param(b"%PDF-1.7\n...", "mislabelled", "a PDF", id="PDF"),
        pytest.param(b"PK\x03\x04\x14\x00", "mislabelled", "Word", id="ZIP"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "mislabelled", "PNG", id="PNG"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", "mislabelled", "JPEG", id="JPEG"),
        pytest.param(b"{\\rtf1 hello}", "mislabelled", "RTF", id="RTF"),
        pytest.param("grüß gott".encode("latin-1"), "encoding", "byte 2 is 0xfc", id="Latin-1"),
        pytest.param("hi".encode("utf-32"), "encoding", "UTF-32", id="UTF-32"),
        pytest.param(b"a program\x00of some kind", "binary", "byte at 9", id="binary"),
        pytest.param(b" \n\t\n", "empty", "white space", id="white space"),
        pytest.param(b"\xef\xbb\xbf\n", "empty", "white space", id="a mark alone"),
    ],
)
def test_what_is_no_text_is_refused_by_its_bytes(content: bytes, reason: str, said: str) -> None:
    refusal = refused_content(content)
    assert refusal
    assert refusal.reason == reason
    assert said in refusal.explanation


def test_a_text_that_begins_with_a_byte_order_mark_comes_in() -> None:
    assert refused_content(b"\xef\xbb\xbfDear all") is None


@given(st.text(max_size=300))
def test_a_name_that_comes_in_has_a_media_type_and_fits(name: str) -> None:
    if unread(name) is None:
        assert media_type(name) in ("text/plain", "text/markdown")
        assert len(name.encode()) <= LONGEST_NAME_BYTES
