"""What each way to read a source says about its rows."""

from typing import get_args

from medallion.manifest.model import Mode
from medallion.manifest.names import DELETED, WRITTEN_AT
from medallion.refine.decision.reading import READINGS

EXPORT = READINGS["export"]


def test_every_mode_has_its_reading() -> None:
    assert set(READINGS) == set(get_args(Mode))


def test_a_row_says_that_another_is_gone_or_is_missed_by_a_complete_read_never_both() -> None:
    assert not [mode for mode, reading in READINGS.items() if reading.complete and reading.images]


def test_a_history_begins_when_an_item_was_written_only_where_rows_say_so() -> None:
    assert set(EXPORT.images) == {DELETED, WRITTEN_AT}
    assert [mode for mode, reading in READINGS.items() if reading.clock == "written"] == ["export"]
