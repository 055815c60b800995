"""How a figure is taken: interleaved repeats, medians, and the ratio that is held against a bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Action = Callable[[], None]


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
    """

    name: str
    unit: str
    ours: tuple[float, ...]
    peer_name: str
    bound: float
    peer: tuple[float, ...] = ()
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the ratios pair by pair, so that a machine that slows down slows both; or ours to the limit."""
        if self.limit is not None:
            return median(self.ours) / self.limit
        return median(mine / theirs for mine, theirs in zip(self.ours, self.peer, strict=True))

    @property
    def reached(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.ratio <= self.bound


def seconds(action: Action) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def against_peer(name: str, ours: Action, peer: Action, *, peer_name: str, bound: float, repeats: int, warm_up: int = 1) -> Figure:
    """Wall-clock seconds of two actions taken in turn: ours, peer, ours, peer, …

    Args:
        name: What is measured.
        ours: Does the work and raises if its result is wrong.
        peer: Does the peer's work and raises if its result is wrong.
        peer_name: What the peer is.
        bound: The ratio to reach.
        repeats: Pairs that count.
        warm_up: Pairs before those.
    """
    for _ in range(warm_up):
        ours()
        peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(repeats)]
    return Figure(name, "s", tuple(p[0] for p in pairs), peer_name, bound, peer=tuple(p[1] for p in pairs))


def against_limit(name: str, ours: Action, *, limit_seconds: float, repeats: int, warm_up: int = 0) -> Figure:
    """Wall-clock seconds of an action held against a fixed limit."""
    for _ in range(warm_up):
        ours()
    taken = tuple(seconds(ours) for _ in range(repeats))
    return Figure(name, "s", taken, f"limit {limit_seconds:g} s", 1.0, limit=limit_seconds)
