"""A result's files and pages are Athena's, to the byte."""

import pytest

from local.services.athena import results
from local.services.athena.sql.values import Column

COLUMNS = (Column("id", "integer", 10), Column('na"me', "varchar", 10))
ROWS: tuple[results.Row, ...] = (("1", 'a "b", c'), ("2", ""), (None, None), ("3", "two\nlines"))


def test_all_values_are_quoted_and_null_is_nothing() -> None:
    assert results.csv_file(COLUMNS, ROWS) == b'"id","na""me"\n"1","a ""b"", c"\n"2",""\n,\n"3","two\nlines"\n'


def test_a_file_gives_the_rows_that_went_in() -> None:
    assert results.rows_of(results.csv_file(COLUMNS, ROWS), 2, header=True) == ROWS
    single: tuple[results.Row, ...] = ((None,), ("",), ("x",), ("x" * 200_000,))
    assert results.rows_of(results.csv_file(COLUMNS[:1], single), 1, header=True) == single
    lines: tuple[results.Row, ...] = (("a",), ("",), ("b\x0b\u2028c",))
    assert results.rows_of(results.text_file(lines), 1, header=False) == lines


def test_pages_hold_each_row_once_and_the_names_first() -> None:
    rows: list[results.Row] = [(str(number), None) for number in range(2500)]
    seen: list[object] = []
    token, pages = None, 0
    while True:
        answer = results.page(COLUMNS, rows, header=True, token=token, size=None)
        seen += [row["Data"][0]["VarCharValue"] for row in answer["ResultSet"]["Rows"]]
        pages += 1
        token = answer.get("NextToken")
        if token is None:
            break
    assert pages == 3
    assert seen == ["id", *(str(number) for number in range(2500))]


def test_null_has_no_value() -> None:
    answer = results.page(COLUMNS, [("1", None)], header=False, token=None, size=10)
    assert answer["ResultSet"]["Rows"] == [{"Data": [{"VarCharValue": "1"}, {}]}]


def test_a_token_that_no_page_gave_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond the result"):
        results.page(COLUMNS, [], header=True, token="7", size=None)
