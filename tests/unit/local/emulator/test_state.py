"""When the state of which service is saved."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from local.emulator.state import SHARE, SHARE_OF_OTHERS, SNAPSHOT_SECONDS, Snapshots, StateOf


@dataclass
class Disk:
    """A clock, and a disk on which each service takes its time."""

    seconds: dict[str, float]
    now: float = 0
    saved: list[tuple[float, str]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def save(self, states: Mapping[str, StateOf]) -> None:
        for name in states:
            self.saved.append((self.now, name))
            self.now += self.seconds[name]


def run(disk: Disk, *, seconds: float, changes_until: float, asked: Collection[str] = ("glue", "lambda")) -> Snapshots:
    snapshots = Snapshots(disk.save)
    while disk.now < seconds:
        disk.now += SNAPSHOT_SECONDS
        if disk.now < changes_until:
            snapshots.want(dict.fromkeys(disk.seconds, dict), asked)
        snapshots.save(disk.clock)
    return snapshots


def test_what_is_quickly_saved_is_saved_each_time_and_what_takes_long_within_its_share() -> None:
    disk = Disk({"glue": 0.001, "lambda": 0.5})
    run(disk, seconds=600, changes_until=600)
    times = {name: [at for at, saved in disk.saved if saved == name] for name in disk.seconds}
    assert max(later - at for at, later in zip(times["glue"], times["glue"][1:], strict=False)) < 2 * SNAPSHOT_SECONDS
    assert len(times["lambda"]) * 0.5 <= 600 * SHARE + 0.5


def test_what_nobody_asked_to_change_is_saved_too_but_within_less_of_the_time() -> None:
    disk = Disk({"glue": 0.001, "lambda": 0.1, "sqs": 0.001})
    run(disk, seconds=3600, changes_until=3600, asked=("glue",))
    saved = [name for _, name in disk.saved]
    # What is small costs nothing.
    assert saved.count("sqs") == saved.count("glue") > 600
    assert 3600 * SHARE_OF_OTHERS * 0.9 <= saved.count("lambda") * 0.1 <= 3600 * SHARE_OF_OTHERS + 0.1


def test_what_had_to_wait_is_saved_though_nothing_changes_any_more() -> None:
    disk = Disk({"glue": 0.001, "lambda": 0.5})
    snapshots = run(disk, seconds=60, changes_until=11)
    assert snapshots.waiting == frozenset()
    assert [name for _, name in disk.saved].count("lambda") == 2


def test_a_change_while_a_state_is_saved_is_saved_by_the_next_one() -> None:
    saved: list[str] = []

    def save(states: Mapping[str, StateOf]) -> None:
        saved.extend(states)
        if len(saved) == 1:
            snapshots.want({"glue": dict}, {"glue"})

    snapshots = Snapshots(save)
    snapshots.want({"glue": dict}, {"glue"})
    snapshots.save(lambda: 0)
    assert snapshots.waiting == {"glue"}
    snapshots.save(lambda: 1)
    assert (saved, snapshots.waiting) == (["glue", "glue"], frozenset())
