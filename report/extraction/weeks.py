"""The values of a table's leading field over time: a picture for each, all of one scale."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from medallion.manifest.model import BronzeTable, Extraction
from report.chart import over_time
from report.extraction.facts import WeekOfValue
from report.extraction.questions import leading_field, open_fields, time_field
from report.facts import Facts
from report.markup import Html, element, join
from report.words import plural

# Two years: more are noise in pictures of this size.
SHOWN_WEEKS = 104
PICTURES = 12
_WEEK = timedelta(weeks=1)


@dataclass
class Window:
    """The weeks that are drawn.

    Attributes:
        weeks: Their Mondays, without a gap; empty where no record tells a time.
        values: The records of these weeks, by value and week.
        elsewhere: Records of other weeks.
        timeless: Records that tell no time.
    """

    weeks: tuple[date, ...] = ()
    values: dict[str, Counter[date]] = field(default_factory=dict)
    elsewhere: int = 0
    timeless: int = 0

    @property
    def order(self) -> list[str]:
        """The values, the most frequent first."""
        return sorted(self.values, key=lambda value: (-self.values[value].total(), value))


def window(records: Sequence[WeekOfValue], today: date) -> Window:
    """The newest weeks that have begun, as a day in a text may be any; where none has, the newest ones."""
    known = [one.week for one in records if one.week is not None]
    found = Window(timeless=sum(one.records for one in records if one.week is None))
    if not known:
        return found
    last = max((week for week in known if week <= today), default=max(known))
    first = min(week for week in known if week <= last and (last - week) < SHOWN_WEEKS * _WEEK)
    found.weeks = tuple(first + number * _WEEK for number in range((last - first) // _WEEK + 1))
    for one in records:
        if one.week is None:
            continue
        if first <= one.week <= last:
            found.values.setdefault(one.value or "no value", Counter())[one.week] += one.records
        else:
            found.elsewhere += one.records
    return found


def over_weeks(facts: Facts, contract: BronzeTable, extraction: Extraction, records: Sequence[WeekOfValue]) -> Html:
    """The pictures, or why there are none."""
    fields = open_fields(facts.manifest, contract, extraction)
    leading, time = leading_field(extraction), time_field(fields)
    if leading is None:
        return element("p", "No field with choices is required, so that there is none to draw over time.", class_="intro")
    if leading not in fields:
        return element("p", f"{leading.name} is not public or internal, so that it is not drawn over time.", class_="intro")
    if not records:
        return element("p", "There is no record yet.", class_="intro")
    drawn = window(records, facts.written_at.date())
    by = f"by {time.name}" if time is not None else "by the time of the answer, as no field is a day or a time"
    told = [
        f"{leading.name} over time: records by week, {by}; a week is named by its Monday.",
        f"{plural(drawn.timeless, 'record')} without {time.name}: not drawn." if time is not None and drawn.timeless else "",
        f"{plural(drawn.elsewhere, 'record')} of other weeks: not drawn." if drawn.elsewhere else "",
    ]
    if rest := drawn.order[PICTURES:]:
        told.append(f"Less frequent, and not drawn: {', '.join(rest)}.")
    if absent := [choice.value for choice in leading.choices if choice.value not in drawn.values]:
        told.append(f"No record in these weeks: {', '.join(absent)}.")
    intro = element("p", " ".join(part for part in told if part), class_="intro")
    return join(intro, element("div", *_pictures(f"{contract.name}: {leading.name}", drawn), class_="weeks"))


def _pictures(what: str, drawn: Window) -> list[Html]:
    highest = max((max(counted.values()) for counted in drawn.values.values()), default=0)
    pictures = []
    for value in drawn.order[:PICTURES]:
        counted = drawn.values[value]
        picture = over_time([(week, float(counted[week])) for week in drawn.weeks], f"{what} {value}, records by week", highest=highest)
        caption = element("figcaption", element("span", value), element("span", plural(counted.total(), "record"), class_="count"))
        pictures.append(element("figure", caption, picture))
    return pictures
