"""The sample lake with few rows on one laptop a session, run once, for tests that break something."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.local.lake import Lake
from tests.local.prepared import sample


@pytest.fixture(scope="session")
def deployed_lake() -> Iterator[Lake]:
    with sample("run once") as lake:
        yield lake


@pytest.fixture
def lake(deployed_lake: Lake) -> Lake:
    """The lake, with rows that no run has seen yet, so that every job has something to write."""
    with deployed_lake.source("store") as source:
        add_rows(source)
    return deployed_lake


def add_rows(source: psycopg.Connection, count: int = 50) -> None:
    """Sells what was sold before once more, and touches a product."""
    columns = "household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc, week"
    source.execute(
        f"INSERT INTO public.transactions ({columns}, transaction_timestamp, updated_at)"
        f" SELECT {columns}, transaction_timestamp, clock_timestamp() FROM public.transactions ORDER BY id LIMIT %s",
        [count],
    )
    source.execute(
        "UPDATE public.products SET package_size = package_size || '+', updated_at = clock_timestamp()"
        " WHERE product_id = (SELECT min(product_id) FROM public.products)"
    )
