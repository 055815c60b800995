"""How a figure is taken: interleaved repeats, medians, and the ratio that is held against a bound."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

type Timed = Callable[[], float]
"""Does the work, raises if its result is wrong, and returns what it took."""


@dataclass(frozen=True)
class Figure:
    """What one benchmark found.

    Attributes:
        name: What was measured.
        unit: Of `ours` and `peer`, such as `s` or `GB`.
        ours: One value a repeat.
        peer: One value a repeat, taken in turn with ours; empty where a fixed limit stands in for a peer.
        peer_name: What `peer` is, or what the limit is.
        bound: The ratio that is to be reached: at most this.
        limit: The fixed limit in `unit`, where there is no peer.
        more: Whether more is better, as of a throughput: the ratio is to be at least `bound`.
    """

    name: str
    unit: str
    ours: tuple[float, ...]
    peer_name: str
    bound: float
    peer: tuple[float, ...] = ()
    limit: float | None = None
    more: bool = False

    @property
    def ratio(self) -> float:
        """The median of the ratios pair by pair, so that a machine that slows down slows both; or ours to the limit."""
        if self.limit is not None:
            return median(self.ours) / self.limit
        return median(mine / theirs for mine, theirs in zip(self.ours, self.peer, strict=True))

    @property
    def reached(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.ratio >= self.bound if self.more else self.ratio <= self.bound


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def against_peer(name: str, ours: Timed, peer: Timed, *, peer_name: str, bound: float, repeats: int, warm_up: int = 1) -> Figure:
    """Seconds of two actions taken in turn.

    Args:
        name: What is measured.
        ours: Our seconds.
        peer: The peer's seconds.
        peer_name: What the peer is.
        bound: The ratio to reach.
        repeats: Pairs that count.
        warm_up: Pairs before those.
    """
    for _ in range(warm_up):
        ours()
        peer()
    pairs = [(ours(), peer()) for _ in range(repeats)]
    return Figure(name, "s", tuple(mine for mine, _ in pairs), peer_name, bound, peer=tuple(theirs for _, theirs in pairs))


def within(name: str, values: Sequence[float], limit: float, unit: str = "s") -> Figure:
    """Values held against a fixed limit."""
    return Figure(name, unit, tuple(values), f"a limit of {limit:g} {unit}", 1.0, limit=limit)
