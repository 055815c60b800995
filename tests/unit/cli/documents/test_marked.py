"""The words of values, marked in a document's text."""

from hypothesis import given
from hypothesis import strategies as st

from cli.documents.marked import Found, Piece, pieces
from cli.documents.queries import found_in
from medallion.manifest.model import ExtractedField, Extraction

EXTRACTION = Extraction(
    documents="mail__letters",
    instruction="Find it.",
    fields=(ExtractedField(name="topic", type="string", description="t"), ExtractedField(name="amount", type="double", description="a")),
)


def test_words_are_marked_with_record_and_field() -> None:
    found = (Found(0, "topic", "quality", "stale bread", 2, 13), Found(1, "amount", "3", "bread", 8, 13), Found(1, "topic", None))
    assert pieces("A stale bread.", found) == (
        Piece("A "),
        Piece("stale ", ("0.topic",)),
        Piece("bread", ("0.topic", "1.amount")),
        Piece("."),
    )


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=6))
def test_the_pieces_are_the_text_whatever_is_marked(text: str, spans: list[tuple[int, int]]) -> None:
    found = [Found(number, "f", "v", "w", start, end) for number, (start, end) in enumerate(spans)]
    made = pieces(text, found)
    assert "".join(piece.text for piece in made) == text
    marked = {label for piece in made for label in piece.labels}
    assert marked == {f"{number}.f" for number, (start, end) in enumerate(spans) if 0 <= start < end <= len(text)}


def test_rows_of_an_answer_are_values_and_a_refusal_is_its_reason() -> None:
    rows = [(0, None, "quality", "stale", 2, 7, None, None, None, None)]
    found, refused = found_in(EXTRACTION, rows)
    assert refused is None
    assert found == (Found(0, "topic", "quality", "stale", 2, 7), Found(0, "amount", None))
    assert found_in(EXTRACTION, [(0, "enum: must be one of a, b", *[None] * 8)]) == ((), "enum: must be one of a, b")
