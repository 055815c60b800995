"""Words of a model led back to the place in the document that they came from."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from medallion.ingest.extraction.evidence import Evidence, Searchable, normalized

# What is normalized, next to what is not.
TEXTS = st.text(
    st.one_of(st.sampled_from("aBß ﬁﬃİıé\u0301\u00ad\u200d\u00a0\n\t’'“\"–-ΐΰ한글½①Å"), st.characters(exclude_categories=["Cs"])),
    max_size=60,
)


@pytest.mark.parametrize(
    ("words", "text", "start", "end"),
    [
        pytest.param("cold milk", "warm or cold milk", 8, 17, id="exact"),
        pytest.param("cold milk", "so cold\n   milk!", 3, 15, id="white-space"),
        pytest.param("COLD Milk", "so cold milk!", 3, 12, id="case"),
        pytest.param("strasse", "Die Straße ist", 4, 10, id="sharp-s"),
        pytest.param("office", "the oﬃce is", 4, 8, id="ligature"),
        pytest.param("café", "un cafe\u0301 frío", 3, 8, id="accents-apart"),
        pytest.param("cafe\u0301", "un café frío", 3, 7, id="accents-together"),
        pytest.param("don't", "I don’t know", 2, 7, id="typographic-quote"),
        pytest.param("Kundenkarte", "die Kunden\u00adkarte fehlt", 4, 16, id="soft-hyphen"),
        pytest.param("한글", unicodedata.normalize("NFD", "의 한글"), 3, 9, id="hangul-apart"),
        pytest.param("  milk ", "cold MILK", 5, 9, id="white-space-around"),
    ],
)
def test_words_are_found_however_they_are_written(words: str, text: str, start: int, end: int) -> None:
    assert Searchable(text).find(words) == Evidence(text[start:end], start, end)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param("sour milk", "cold milk", id="invented"),
        pytest.param("", "cold milk", id="empty"),
        pytest.param(" \n", "cold milk", id="white-space"),
        pytest.param("\u00ad", "cold milk", id="invisible"),
        pytest.param("cafe", "café", id="half-an-accented-letter"),
        pytest.param("stras", "straß", id="half-a-sharp-s"),
        pytest.param("milk cold", "cold milk", id="another-order"),
        pytest.param("milk", "", id="empty-document"),
    ],
)
def test_words_that_are_not_there_are_not_found(words: str, text: str) -> None:
    assert Searchable(text).find(words) is None


@given(TEXTS, st.data())
def test_each_part_of_a_text_is_found_whatever_becomes_of_case_space_and_form(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    # A mark without its letter is no word.
    assume(not part or not unicodedata.combining(part[0]))
    assume(len(text) == start + len(part) or not unicodedata.combining(text[start + len(part)]))
    form = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    words = " \n ".join(unicodedata.normalize(form, part).split(" "))  # type: ignore[arg-type]
    found = Searchable(text).find(words)
    if normalized(words):
        assert found is not None
        assert found.words == text[found.start : found.end]
        assert normalized(found.words) == normalized(words)


@given(TEXTS, TEXTS)
def test_what_is_found_says_the_same_as_the_words(words: str, text: str) -> None:
    found = Searchable(text).find(words)
    if found is None:
        assert not words.strip() or words not in text
    else:
        assert found.words == text[found.start : found.end]
        assert found.words == words or normalized(found.words) == normalized(words)


@given(TEXTS)
def test_normalizing_twice_changes_nothing_more(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)
