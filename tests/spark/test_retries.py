"""Rows that were refused for what they refer to, and what becomes of them when that comes."""

import pytest

from medallion.refine import quarantine as refine_quarantine
from tests.spark.lake import Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
AT = "2026-01-02 03:04:05.123456"


class Killed(BaseException):
    """The process ends here; nothing may be done about it."""


def refused(lake: Lake) -> int:
    return len(lake.rows("silver", "orders__quarantine"))


def silver(lake: Lake) -> list[tuple[int, int]]:
    return [(row.id, row.customer_id) for row in lake.rows("silver", "orders", "id, customer_id")]


def test_a_row_is_merged_exactly_as_it_came_once_what_it_refers_to_is_there(lake: Lake) -> None:
    lake.order(1, "10", AT, customer_id=2)
    lake.order(2, "-1", AT, customer_id=2)
    lake.order(3, "10", AT, customer_id=99)
    lake.run_to_silver()
    assert (silver(lake), refused(lake)) == ([], 3)
    lake.customer(2, "Bob")
    rows = lake.run_to_silver()["silver.orders"].rows
    assert rows == {"read": 2, "merged": 1, "superseded": 0, "stale": 0, "unchanged": 0, "quarantined": 1, "retried": 2}
    assert [row.at for row in lake.rows("silver", "orders", "cast(updated_at AS string) AS at")] == [AT]
    left = lake.rows("silver", "orders__quarantine", "get_json_object(_row, '$.id') AS id")
    assert [row.id for row in left] == ["2", "3"]
    before = lake.metadata_locations()
    assert lake.run_to_silver()["silver.orders"].outcome == "unchanged"
    assert lake.metadata_locations() == before


def test_a_refused_row_that_is_older_than_what_came_since_leaves_quarantine_and_changes_nothing(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02", customer_id=2)
    lake.run_to_silver()
    lake.postgres.execute("UPDATE orders SET customer_id = 1, updated_at = '2026-01-03'")
    lake.run_to_silver()
    lake.customer(2, "Bob")
    assert lake.run_to_silver()["silver.orders"].rows["stale"] == 1
    assert (silver(lake), refused(lake)) == ([(1, 1)], 0)


def test_a_run_that_dies_before_quarantine_is_settled_doubles_and_loses_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.order(1, "10", AT, customer_id=2)
    lake.run_to_silver()
    lake.customer(2, "Bob")
    lake.order(2, "10", "2026-01-03", customer_id=98)
    lake.ingest()

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(refine_quarantine, "settle", dies)
        with pytest.raises(Killed):
            lake.refine("the-run")
    assert (silver(lake), refused(lake)) == ([(1, 2)], 2)
    assert lake.refine("the-run")["silver.orders"].rows["unchanged"] == 1
    assert (silver(lake), refused(lake)) == ([(1, 2)], 1)
