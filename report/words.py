"""Numbers, times and counts as people read them."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number of things."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def short(value: float) -> str:
    """A number with three digits, such as 12.3 k."""
    for size, unit in _UNITS:
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def usd(amount: Decimal) -> str:
    """Money to the cent, and less than a cent with two digits."""
    digits = 2 if amount == 0 or abs(amount) >= Decimal("0.01") else 1 - math.floor(math.log10(abs(amount)))
    return f"{amount:,.{digits}f} USD"


def duration(seconds: float) -> str:
    """How long something took."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(at: datetime) -> str:
    """A moment of UTC to the minute."""
    return f"{day(at.date())}, {at.astimezone(UTC):%H:%M}"


def day(at: date) -> str:
    """A day."""
    return f"{at.day} {at:%B %Y}"
