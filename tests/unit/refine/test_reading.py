"""What each way to read a source says about its rows."""

from typing import get_args

import pytest

from medallion.manifest.model import BronzeTable, Column, Mode, SilverTable
from medallion.manifest.names import DELETED, REFUSED, WRITTEN_AT
from medallion.refine.decision.reading import READINGS
from medallion.refine.typing import severities

EXPORT = READINGS["export"]


def test_every_mode_has_its_reading() -> None:
    assert set(READINGS) == set(get_args(Mode))


def test_a_row_says_that_another_is_gone_or_is_missed_by_a_complete_read_never_both() -> None:
    assert not [mode for mode, reading in READINGS.items() if reading.complete and reading.images]


def test_a_history_begins_when_a_row_was_written_only_where_rows_say_so() -> None:
    assert set(EXPORT.images) == {DELETED, WRITTEN_AT}
    assert [mode for mode, reading in READINGS.items() if reading.clock == "written"] == ["export", "extraction"]
    assert all(WRITTEN_AT in reading.images for reading in READINGS.values() if reading.clock == "written")


@pytest.mark.parametrize("mode", get_args(Mode))
def test_a_refused_answer_is_looked_at_only_where_rows_say_that_they_are_one(mode: Mode) -> None:
    id = Column(name="id", type="string")
    bronze = BronzeTable(
        product="", name="shop__orders", contract="", version="1", columns=(id,), source="shop", object="orders", mode=mode
    )
    silver = SilverTable(product="", name="orders", contract="", version="1", columns=(id,), input="shop__orders", key=("id",))
    expected = {"answer.refused": "error", "id.required": "error"} if mode == "extraction" else {"id.required": "error"}
    assert severities(silver, bronze) == expected
    assert (REFUSED in READINGS[mode].images) is (mode == "extraction")
