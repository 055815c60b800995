"""Dates, numbers and sentences that the laptop's model finds by rules."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.services.model.dates import dates
from local.services.model.languages import Language, language
from local.services.model.numbers import cues, decimal, is_after, numbers
from local.services.model.sentences import sentences
from local.services.model.spans import spans


@pytest.mark.parametrize(
    ("text", "spoken", "expected"),
    [
        pytest.param("on 2017-05-03.", "en", "2017-05-03", id="ISO"),
        pytest.param("on 3 May 2017", "en", "2017-05-03", id="English"),
        pytest.param("on the 3rd of May, 2017", "en", "2017-05-03", id="English, in words"),
        pytest.param("May 3, 2017", "en", "2017-05-03", id="American"),
        pytest.param("am 3. Mai 2017", "de", "2017-05-03", id="German"),
        pytest.param("am 03.05.2017", "de", "2017-05-03", id="German, in digits"),
        pytest.param("am 3. März 2017", "de", "2017-03-03", id="an umlaut"),
        pytest.param("el 3 de mayo de 2017", "es", "2017-05-03", id="Spanish"),
        pytest.param("el 3 de septiembre del 2017", "es", "2017-09-03", id="Spanish, del"),
        pytest.param("05/03/2017", "en", "2017-05-03", id="the month first"),
        pytest.param("05/03/2017", "es", "2017-03-05", id="the day first"),
        pytest.param("05/23/2017", "es", "2017-05-23", id="only one order is a day"),
        pytest.param("3/5/17", "en", "2017-03-05", id="two digits of a year"),
    ],
)
def test_a_date_is_found(text: str, spoken: Language, expected: str) -> None:
    (found,) = dates(text, spoken)
    assert found.value == date.fromisoformat(expected)
    assert text[found.start :].startswith(found.words)


@pytest.mark.parametrize("text", ["on 3 May", "30 February 2017", "call 555-0100", "2017-13-45", "version 1.2.3.4", "1/2"])
def test_what_is_no_whole_date_is_none(text: str) -> None:
    assert dates(text, "en") == []


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("5", "5"),
        ("5.98", "5.98"),
        ("12,90", "12.90"),
        ("1,234", "1234"),
        ("1.234", "1234"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
    ],
)
def test_a_number_is_read_as_it_is_written_anywhere(digits: str, value: str) -> None:
    assert decimal(digits) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "words", "money"),
    [
        ("paid $5.98 for", "$5.98", True),
        ("son 12,90 € de más", "12,90 €", True),
        ("3,70 Dollar zu viel", "3,70 Dollar", True),
        ("room 12", "12", False),
    ],
)
def test_a_currency_belongs_to_its_number(text: str, words: str, money: bool) -> None:
    (found,) = numbers(text)
    assert (found.words, found.is_money) == (words, money)
    assert text[found.start :].startswith(words)


def test_dates_and_times_are_no_numbers() -> None:
    assert numbers("at 18:30 on 2017-05-03 and 05/03/2017") == []


@pytest.mark.parametrize("text", ["in ward 7", "Ward no. 7", "ward: 7", "ward number #7"])
def test_a_number_means_what_the_word_before_it_says(text: str) -> None:
    (found,) = numbers(text)
    assert is_after(text, found, cues("The ward, as in ward 12."))
    assert not is_after(text, found, cues("The bed, as in bed 12."))


def test_a_day_and_a_title_end_no_sentence() -> None:
    told = [sentence.text for sentence in sentences("Am 3. Mai war Dr. Weiß da. Er kam am 2017-05-14. Danach ging er!")]
    assert told == ["Am 3. Mai war Dr. Weiß da.", "Er kam am 2017-05-14.", "Danach ging er!"]


def test_a_wrapped_line_goes_on_and_an_item_of_a_list_begins() -> None:
    told = [sentence.plain for sentence in sentences("It was\nlate.\n- one\n- two\n[18:01] Ana: three\n\nfour")]
    assert told == ["It was late.", "one", "two", "three", "four"]


@given(st.text(alphabet="aB ä.!?-\n[]:1,3¿", max_size=80))
def test_a_sentence_stands_in_its_text(text: str) -> None:
    end = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= end
        end = sentence.end


@given(st.text(alphabet="aB ä.!-\n of'", max_size=60))
def test_a_name_stands_in_its_text(text: str) -> None:
    for sentence in sentences(text):
        for span in spans(sentence, "en"):
            assert text[span.start :].startswith(span.words)


@pytest.mark.parametrize(
    ("text", "expected"), [("Where is it?", "en"), ("¿Dónde está la leche?", "es"), ("Wo ist die Milch?", "de"), ("12", "en")]
)
def test_the_language_is_that_of_the_small_words(text: str, expected: str) -> None:
    assert language(text) == expected
