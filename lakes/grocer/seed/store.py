"""The tables of the till system: the grocer's own rows, and dirt as such systems have it. The dirt is the same each time."""

from datetime import date, timedelta

import pyarrow as pa  # type: ignore[import-untyped]

from .rows import Filling, Silver
from .sample import MONEY, Sample, later, replaced

# Campaigns that are not the grocer's: one that the source has and no lake should, and one that nobody has.
BACKWARDS = 98
NOWHERE = 99

VOIDED = 25
SENT_TWICE = 20
SENT_LATE = 15
LOST_MESSAGES = 5
LOST_COUPONS = 8
LOST_WITH_THEIR_CAMPAIGN = 4


def fillings(sample: Sample) -> dict[str, Filling[pa.Table]]:
    """The rows of each table, what is referred to first."""
    return {
        "products": Filling(sample.products, {}, {"products": Silver(sample.products.num_rows)}),
        "campaigns": _campaigns(sample),
        "coupons": _coupons(sample),
        "campaign_memberships": _memberships(sample),
        "transactions": _transactions(sample),
    }


def _transactions(sample: Sample) -> Filling[pa.Table]:
    """Some voids, which the till books with a quantity below nothing and without money: sums stay the grocer's own."""
    own = sample.transactions
    void = replaced(own.slice(0, VOIDED), quantity=-1)
    for name in MONEY:
        void = replaced(void, **{name: 0})
    silver = Silver(own.num_rows, rules={"quantity.minimum": void.num_rows}, quarantined=void.num_rows)
    return Filling(own, {"negative quantity": void}, {"transactions": silver})


def _campaigns(sample: Sample) -> Filling[pa.Table]:
    """One that ends before it starts."""
    own = sample.campaigns
    backwards = replaced(own.slice(0, 1), campaign_id=BACKWARDS, start_date=date(2017, 6, 1), end_date=date(2017, 5, 1))
    return Filling(
        own, {"ends before it starts": backwards}, {"campaigns": Silver(own.num_rows, rules={"ends_after_it_starts": 1}, quarantined=1)}
    )


def _coupons(sample: Sample) -> Filling[pa.Table]:
    """Some point nowhere: to no campaign at all, or to one that is refused itself. Some of the grocer's own are there twice."""
    own = sample.coupons
    nowhere = replaced(own.slice(0, LOST_COUPONS), campaign_id=NOWHERE)
    refused = replaced(own.slice(0, LOST_WITH_THEIR_CAMPAIGN), campaign_id=BACKWARDS)
    lost = nowhere.num_rows + refused.num_rows

    def silver(rule: str, *key: str) -> Silver:
        different = own.group_by(list(key)).aggregate([]).num_rows
        return Silver(different, own.num_rows - different, {rule: lost}, lost)

    return Filling(
        own,
        {"of no campaign": nowhere, "of a refused campaign": refused},
        {
            "coupons": silver("campaign_id.reference", "coupon_upc", "campaign_id"),
            "coupon_products": silver("coupon_upc_campaign_id.reference", "coupon_upc", "product_id", "campaign_id"),
        },
    )


def _memberships(sample: Sample) -> Filling[pa.Table]:
    """Messages that are sent twice; that are late, so that an older state comes after a newer one; and about no campaign."""
    own = sample.memberships
    first = own.slice(0, SENT_TWICE)
    twice = replaced(first, received_at=later(first["received_at"], timedelta(minutes=1)))
    late = own.slice(SENT_TWICE, SENT_LATE)
    earlier, afterwards = later(late["changed_at"], timedelta(days=-14)), later(late["received_at"], timedelta(days=2))
    late = replaced(late, state="planned", changed_at=earlier, received_at=afterwards)
    nowhere = replaced(own.slice(0, LOST_MESSAGES), campaign_id=NOWHERE)
    silver = Silver(own.num_rows, twice.num_rows + late.num_rows, {"campaign_id.reference": nowhere.num_rows}, quarantined=nowhere.num_rows)
    dirt = {"sent twice": twice, "late and out of order": late, "of no campaign": nowhere}
    return Filling(own, dirt, {"campaign_memberships": silver})
