"""Long documents are asked about in parts, and their records are those of one document."""

from hypothesis import given
from hypothesis import strategies as st

from medallion.ingest.extraction.evidence import Searchable
from medallion.ingest.extraction.split import Part, parts, reconciled
from medallion.ingest.extraction.validation import Record

TEXTS = st.text(st.sampled_from("ab. \n。!"), max_size=400)


def record(part: Part, **words: str) -> Record:
    """A record whose values are their own evidence, in a part."""
    evidence = {name: Searchable(part.text).find(value) for name, value in words.items()}
    return Record(words, {name: found for name, found in evidence.items() if found is not None})


def test_a_short_document_is_one_part() -> None:
    assert parts("One. Two.", size=20, overlap=4) == (Part("One. Two.", 0),)


def test_parts_end_where_sentences_do_and_overlap() -> None:
    text = "The milk is sour. The bread is hard. The staff is kind. All is well."
    found = parts(text, size=40, overlap=10)
    assert [one.text for one in found] == [
        "The milk is sour. The bread is hard. ",
        "The bread is hard. The staff is kind. ",
        "The staff is kind. All is well.",
    ]


@given(TEXTS, st.integers(10, 60), st.data())
def test_parts_are_the_document_and_none_is_too_long(text: str, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 5))
    found = parts(text, size, overlap)
    end = 0
    for part in found:
        assert text[part.start : part.start + len(part.text)] == part.text
        assert len(part.text) <= size
        assert part.start <= end, "something is in no part"
        assert part.start + len(part.text) > end or not text
        end = part.start + len(part.text)
    assert end == len(text)


def test_what_two_parts_say_of_the_same_words_is_one_record() -> None:
    first, second = Part("Hello. The milk is sour. ", 0), Part("The milk is sour. And the bread. ", 7)
    found = reconciled(
        [
            (first, [record(first, what="milk", how="sour")]),
            (second, [record(second, what="milk", how="sour"), record(second, what="bread")]),
        ]
    )
    assert [one.values for one in found] == [{"what": "milk", "how": "sour"}, {"what": "bread"}]
    assert found[1].evidence["what"].start == 33


def test_the_same_said_at_another_place_is_another_record() -> None:
    first, second = Part("The milk is sour. ", 0), Part("Later the milk is sour. ", 18)
    assert len(reconciled([(first, [record(first, how="sour")]), (second, [record(second, how="sour")])])) == 2


def test_two_records_of_one_part_are_two() -> None:
    part = Part("The milk is sour.", 0)
    assert len(reconciled([(part, [record(part, how="sour"), record(part, how="sour")])])) == 2


def test_a_record_that_a_border_cut_is_the_fuller_one() -> None:
    first, second = Part("Ann says: the milk", 0), Part("the milk is sour", 10)
    found = reconciled([(first, [record(first, what="milk")]), (second, [record(second, what="milk", how="sour")])])
    assert [one.values for one in found] == [{"what": "milk", "how": "sour"}]


def test_records_that_contradict_each_other_are_two() -> None:
    first, second = Part("the milk is sour", 0), Part("the milk is sour", 0)
    assert len(reconciled([(first, [record(first, how="sour")]), (Part("milk is sour", 4), [record(second, how="milk")])])) == 2
