"""How fast a model may be asked: tokens per minute, and how long to wait before it is asked again."""

import asyncio
import random
from dataclasses import dataclass

# So much of a minute's tokens may be asked at once after a rest.
_BURST_SECONDS = 10


@dataclass(frozen=True)
class Backoff:
    """Waits that grow, with full jitter, so that those who failed together do not come back together.

    Attributes:
        first_seconds: The longest wait after the first failure; it doubles each time.
        longest_seconds: The longest of all.
        tries: How often a call is made at most.
        patience_seconds: The longest wait that a provider may ask for; above it, the document is left to the next run.
    """

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    tries: int = 8
    patience_seconds: float = 300.0

    def seconds(self, attempt: int, asked_for: float | None = None) -> float:
        """The wait after an attempt, counted from 0: never shorter than the provider asks for."""
        jitter = random.uniform(0, min(self.longest_seconds, self.first_seconds * 2 ** min(attempt, 30)))
        return jitter if asked_for is None else asked_for + jitter

    async def sleep(self, attempt: int) -> None:
        """Waits."""
        await asyncio.sleep(self.seconds(attempt))


class Rate:
    """Tokens per minute of one model: a bucket that fills evenly. All who ask it share its pauses."""

    def __init__(self, tokens_per_minute: int | None) -> None:
        self._each_second = tokens_per_minute / 60 if tokens_per_minute is not None else None
        self._tokens = self._full = _BURST_SECONDS * self._each_second if self._each_second is not None else 0.0
        self._filled_at: float | None = None
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def take(self, tokens: int) -> None:
        """Waits until a question of so many tokens may be asked; a long one takes from those after it."""
        # In turn: else short questions would always pass a long one.
        async with self._turn:
            while (wait := self._wait()) > 0:  # noqa: ASYNC110 — it is time that is waited for
                await asyncio.sleep(wait)
            self._tokens -= tokens

    def correct(self, tokens: int) -> None:
        """Gives back what was taken too much, or takes what was not enough (negative)."""
        self._tokens += tokens

    def pause(self, seconds: float) -> None:
        """Nobody asks before so many seconds have passed: the provider told one of us, and means all."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    def _wait(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._each_second is None:
            return self._paused_until - now
        since = self._filled_at if self._filled_at is not None else now
        self._filled_at = now
        self._tokens = min(self._full, self._tokens + (now - since) * self._each_second)
        return max(self._paused_until - now, -self._tokens / self._each_second)
