"""Chances that fall the same way on each machine and in each version of Python."""

from collections.abc import Sequence
from hashlib import sha256


class Chances:
    """What is drawn for one letter; each draw has a name, so that one more changes none of the others."""

    def __init__(self, letter: int) -> None:
        self._letter = letter

    def number(self, name: str, below: int) -> int:
        """A whole number from 0 on, below another."""
        return int.from_bytes(sha256(f"{self._letter} {name}".encode()).digest()[:8], "big") % below

    def one[T](self, name: str, values: Sequence[T]) -> T:
        """One of some values."""
        return values[self.number(name, len(values))]

    def happens(self, name: str, percent: int) -> bool:
        """Whether something happens that happens so often."""
        return self.number(name, 100) < percent


__all__ = ["Chances"]
