"""The items of the loyalty programme's application: the grocer's own, with made-up contacts and cards, and dirt, the same each time.

Nobody is reached by any contact: example.com and the numbers 555-0100 to 555-0199 are kept for examples.
"""

from hashlib import sha256
from typing import Any

from .rows import Filling, Silver
from .sample import Sample

type Item = dict[str, Any]

KEYS = {"households": ("household_id",), "redemptions": ("household_id", "redemption")}
BAD_ADDRESSES = ("household900101", "household900102 at example.com", "household900103@@example.com", "@example.com", "900105@example")
# No household, coupon or day of the grocer's.
FIRST_STRANGER = 900_000
FIRST_UNKNOWN_COUPON = 99_000_000_000
IMPOSSIBLE_DAYS = ("2017-02-30", "2017-13-01", "yesterday")
UNKNOWN_COUPONS = 6
STRANGERS = 4
# 38 digits, the first of them no 0.
_LEAST_CARD = 10**37


def fillings(sample: Sample) -> dict[str, Filling[list[Item]]]:
    """The items of each table."""
    return {"households": _households(sample), "redemptions": _redemptions(sample)}


def _households(sample: Sample) -> Filling[list[Item]]:
    own = [_household(answers, sample.enrolled.get(answers["household_id"], [])) for answers in sample.demographics.to_pylist()]
    bad = []
    for number, address in enumerate(BAD_ADDRESSES):
        item = _household({**sample.demographics.slice(0, 1).to_pylist()[0], "household_id": FIRST_STRANGER + 101 + number}, [])
        bad.append({**item, "contact": {**item["contact"], "email": address}})
    silver = Silver(len(own), rules={"email.pattern": len(bad)}, quarantined=len(bad))
    return Filling(own, {"bad e-mail": bad}, {"households": silver})


def _household(answers: Item, campaigns: list[int]) -> Item:
    """One household; what it did not answer is not there, nor is an empty set, which DynamoDB does not know."""
    number = answers["household_id"]
    digest = sha256(f"card of household {number}".encode()).digest()
    # Some people write themselves in capitals.
    address = f"Household{number}@Example.com" if number % 10 == 0 else f"household{number}@example.com"
    segments = {
        name
        for name, belongs in (
            ("family", answers["kids_count"] != "0"),
            ("owner", answers["home_ownership"] == "Homeowner"),
            ("senior", answers["age"] == "65+"),
        )
        if belongs
    }
    asked = {
        "age": answers["age"],
        "income": answers["income"],
        "homeOwnership": answers["home_ownership"],
        "maritalStatus": answers["marital_status"],
        "household": {"size": answers["household_size"], "composition": answers["household_comp"], "kids": answers["kids_count"]},
    }
    item = {
        "household_id": number,
        "contact": {"email": address, "phone": f"+1 {200 + number // 100 % 800}-555-01{number % 100:02d}"},
        "demographics": {name: value for name, value in asked.items() if value is not None},
        "segments": segments,
        "campaigns": set(campaigns),
        "cardNumber": _LEAST_CARD + int.from_bytes(digest, "big") % (9 * _LEAST_CARD),
        "cardSeal": digest,
    }
    return {name: value for name, value in item.items() if value != set()}


def _redemptions(sample: Sample) -> Filling[list[Item]]:
    """Some name a coupon that nobody handed out, some are of a household that was in no campaign, some of a day that never was."""
    rows = sample.redemptions.to_pylist()
    own = [
        _redemption(row["household_id"], row["coupon_upc"], row["campaign_id"], row["redemption_date"].date().isoformat()) for row in rows
    ]
    first = [own[number % len(own)] for number in range(UNKNOWN_COUPONS + STRANGERS + len(IMPOSSIBLE_DAYS))]
    coupons, strangers, days = first[:UNKNOWN_COUPONS], first[UNKNOWN_COUPONS:][:STRANGERS], first[UNKNOWN_COUPONS + STRANGERS :]
    unknown = [
        _redemption(one["household_id"], FIRST_UNKNOWN_COUPON + number, one["campaign_id"], one["redeemed_on"])
        for number, one in enumerate(coupons)
    ]
    strange = [
        _redemption(FIRST_STRANGER + number, one["coupon_upc"], one["campaign_id"], one["redeemed_on"])
        for number, one in enumerate(strangers)
    ]
    never = [
        _redemption(one["household_id"], one["coupon_upc"], one["campaign_id"], day) for one, day in zip(days, IMPOSSIBLE_DAYS, strict=True)
    ]
    silver = Silver(
        len(own),
        rules={
            "coupon_upc_campaign_id.reference": len(unknown),
            "household_id_campaign_id.reference": len(strange),
            "redeemed_on.type": len(never),
            "redeemed_on.required": len(never),
        },
        quarantined=len(unknown) + len(strange) + len(never),
    )
    return Filling(own, {"unknown coupon": unknown, "of a stranger": strange, "impossible day": never}, {"redemptions": silver})


def _redemption(household: int, coupon: int, campaign: int, day: str) -> Item:
    return {
        "household_id": household,
        "redemption": f"{day}#{campaign}#{coupon}",
        "coupon_upc": coupon,
        "campaign_id": campaign,
        "redeemed_on": day,
    }
