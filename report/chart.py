"""Small pictures as SVG, drawn in the page's own colours; what they say is in their labels too."""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from report.markup import Html, element, join
from report.words import count, day, short

WIDTH, HEIGHT = 440, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 14, 26
ROW = 24
DAYS = 120
NAMES = 150


def over_time(values: Sequence[tuple[date, float]], what: str, *, highest: float = 0.0) -> Html:
    """Values of days as a line, a day without one as a gap in time but not in the line.

    Args:
        values: At least one, by day.
        what: The measure in words.
        highest: What there is room for at least, so that pictures side by side have one scale.
    """
    first, last = values[0][0], values[-1][0]
    days = max((last - first).days, 1)
    ticks = scale(min(0.0, *(value for _, value in values)), max(highest, *(value for _, value in values)))

    def x(at: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - first).days / days

    y = _vertical(ticks)
    line = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in values)
    ground = y(0)
    # Over many days the days of a week are noise around what a reader looks for.
    smooth = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in weekly(values)) if len(values) > DAYS else ""
    marks = [
        element(
            "rect", element("title", f"{day(at)}: {_exact(value)}"), x=x(at) - 3, y=TOP, width=6, height=HEIGHT - TOP - BOTTOM, class_="hit"
        )
        for at, value in values
    ]
    high = max(values, key=lambda one: one[1])
    peak = element("circle", element("title", f"{day(high[0])}: {_exact(high[1])}"), cx=x(high[0]), cy=y(high[1]), r=3, class_="dot")
    return element(
        "svg",
        _grid(ticks, y),
        element("polygon", points=f"{x(first):.1f},{ground:.1f} {line} {x(last):.1f},{ground:.1f}", class_="area"),
        element("polyline", points=line, class_="days" if smooth else "line") if len(values) > 1 else None,
        element("polyline", points=smooth, class_="line") if smooth else None,
        *marks,
        peak,
        *_days(first, last, x),
        viewbox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        class_="chart",
        aria_label=f"{what}, {plural_days(values)}, highest {_exact(high[1])} on {day(high[0])}, last {_exact(values[-1][1])} on {day(last)}",
    )


def bars(values: Sequence[tuple[str, float]], what: str) -> Html:
    """Named values as bars, one under the other."""
    greatest = max((abs(value) for _, value in values), default=0) or 1
    room = WIDTH - NAMES - 64
    rows = []
    for place, (name, value) in enumerate(values):
        middle, long = place * ROW + ROW / 2, room * abs(value) / greatest
        rows.append(
            element(
                "g",
                element("title", f"{name}: {_exact(value)}"),
                element("text", _cut(name), x=NAMES - 8, y=middle, class_="name"),
                element("rect", x=NAMES, y=middle - 8, width=max(long, 1), height=16, rx=2, class_="bar bad" if value < 0 else "bar"),
                element("text", short(value), x=NAMES + long + 6, y=middle, class_="value"),
            )
        )
    told = "; ".join(f"{name} {_exact(value)}" for name, value in values)
    return element("svg", *rows, viewbox=f"0 0 {WIDTH} {len(values) * ROW}", role="img", class_="chart", aria_label=f"{what}: {told}")


def spread(values: Sequence[tuple[float, float]], what: str) -> Html:
    """How many rows have which value, as bars side by side; the last bar holds all that is greater, too."""
    ticks = scale(0, max(rows for _, rows in values))
    y = _vertical(ticks)
    wide = (WIDTH - LEFT - RIGHT) / len(values)
    drawn = [
        element(
            "rect",
            element("title", f"from {short(begin)}: {count(int(rows))} rows"),
            x=LEFT + place * wide + 0.5,
            y=y(rows),
            width=wide - 1,
            height=max(y(0) - y(rows), 0),
            class_="bar",
        )
        for place, (begin, rows) in enumerate(values)
    ]
    labels = [
        element(
            "text",
            short(values[place][0]) + (" +" if place == len(values) - 1 else ""),
            x=LEFT + place * wide,
            y=HEIGHT - 8,
            class_=f"tick {side}",
        )
        for place, side in ((0, "start"), (len(values) - 1, "end"))[: len(values)]
    ]
    told = f"{what}: from {short(values[0][0])} to {short(values[-1][0])} and more, {count(int(sum(rows for _, rows in values)))} rows"
    return element("svg", _grid(ticks, y), *drawn, *labels, viewbox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="chart", aria_label=told)


def spark(values: Sequence[float], what: str, *, bad: bool = False) -> Html | None:
    """Values of runs, the newest at the right, as a line of a word's height; None where there is nothing to compare."""
    if len(values) < 2:
        return None
    greatest = max(values) or 1
    points = " ".join(f"{2 + 76 * place / (len(values) - 1):.1f},{18 - 16 * value / greatest:.1f}" for place, value in enumerate(values))
    x, y = points.rsplit(" ", 1)[1].split(",")
    return element(
        "svg",
        element("polyline", points=points, class_="line"),
        element("circle", cx=x, cy=y, r=2, class_="dot"),
        viewbox="0 0 80 20",
        class_="spark bad" if bad else "spark",
        role="img",
        aria_label=f"{what} over the last {len(values)} runs: {', '.join(short(value) for value in values)}",
    )


def scale(low: float, high: float) -> tuple[float, ...]:
    """Three to six round values that hold a range; ascending."""
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        return (0.0, 1.0) if not math.isfinite(low) or low <= 0 else (0.0, low)
    rough = (high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough * 0.999)
    first = math.floor(low / step)
    return tuple(round(step * number, 12) for number in range(first, math.ceil(high / step - 1e-9) + 1))


def weekly(values: Sequence[tuple[date, float]]) -> list[tuple[date, float]]:
    """The mean of each day, the three before and the three after it, for the days that have all of them."""
    return [(values[place][0], sum(value for _, value in values[place - 3 : place + 4]) / 7) for place in range(3, len(values) - 3)]


def plural_days(values: Sequence[tuple[date, float]]) -> str:
    """The days that values cover."""
    return f"{day(values[0][0])} to {day(values[-1][0])}"


def _vertical(ticks: Sequence[float]) -> Callable[[float], float]:
    span = (ticks[-1] - ticks[0]) or 1
    return lambda value: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - ticks[0]) / span


def _grid(ticks: Sequence[float], y: Callable[[float], float]) -> Html:
    return join(
        *(
            join(
                element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick), class_="zero" if tick == 0 else "grid"),
                element("text", short(tick), x=LEFT - 6, y=y(tick) + 4, class_="tick end"),
            )
            for tick in ticks
        )
    )


def _days(first: date, last: date, x: Callable[[date], float]) -> list[Html]:
    middle = first + timedelta(days=(last - first).days // 2)
    places = [(first, "start")] if first == last else [(first, "start"), (middle, "middle"), (last, "end")]
    return [element("text", f"{at.day} {at:%b %Y}", x=x(at), y=HEIGHT - 8, class_=f"tick {side}") for at, side in places]


def _cut(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:21]}…"


def _exact(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.3g}"
