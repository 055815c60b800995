"""What a model found in documents, held against what is known to be in them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from medallion.manifest.frozen import Frozen

# A value that should be there is right, wrong or missing; one that should not is invented, or is rightly not there.
OUTCOMES = ("right", "wrong", "missing", "invented", "none")

type Record = Mapping[str, object]
"""A value for each field; a field without one is left out or None."""


class Agreement(Frozen):
    """How far the records of some documents are what they should be.

    Attributes:
        documents: The documents that were compared.
        found: Records that should be there and are.
        lost: Records that should be there and are not.
        extra: Records that should not be there.
        fields: Of the records that were found, how many values have which of `OUTCOMES`, by field.
    """

    documents: int = 0
    found: int = 0
    lost: int = 0
    extra: int = 0
    fields: dict[str, dict[str, int]] = {}


def agreement(documents: Iterable[tuple[Sequence[Record], Sequence[Record]]], fields: Sequence[str]) -> Agreement:
    """Compares documents.

    Args:
        documents: Of each the records that it should have, and those that it has.
        fields: What is compared of a record.
    """
    records: Counter[str] = Counter()
    values = {name: Counter[str]() for name in fields}
    for expected, found in documents:
        records["documents"] += 1
        for known, record in paired(expected, found, fields):
            if known is None or record is None:
                records["extra" if known is None else "lost"] += 1
                continue
            records["found"] += 1
            for name in fields:
                values[name][outcome(known.get(name), record.get(name))] += 1
    return Agreement(**records, fields={name: {kind: counted[kind] for kind in OUTCOMES} for name, counted in values.items()})


def paired(expected: Sequence[Record], found: Sequence[Record], fields: Sequence[str]) -> Iterator[tuple[Record | None, Record | None]]:
    """Each record that is expected beside the one that agrees with it in most fields; then those that nobody expects."""
    left = list(found)
    for record in expected:
        best = max(
            range(len(left)),
            key=lambda place: sum(outcome(record.get(name), left[place].get(name)) == "right" for name in fields),
            default=None,
        )
        yield record, None if best is None else left.pop(best)
    yield from ((None, record) for record in left)


def outcome(expected: object, value: object) -> str:
    """What became of one value: one of `OUTCOMES`."""
    if expected is None or value is None:
        return "none" if expected is value else "missing" if value is None else "invented"
    return "right" if _plain(expected) == _plain(value) else "wrong"


def _plain(value: object) -> object:
    """A value in one form, however JSON or a query writes it."""
    if isinstance(value, bool):
        return value
    text = str(value)
    try:
        number = Decimal(text)
    except ArithmeticError:
        return _moment(text) or text.casefold()
    # NaN is not equal to itself; such a text is a word.
    return number if number.is_finite() else text.casefold()


def _moment(text: str) -> datetime | None:
    """A time with its day, UTC where it says no zone; None for any other text."""
    if "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
