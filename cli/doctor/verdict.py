"""What a check says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail", "can't tell"]


@dataclass(frozen=True)
class Verdict:
    """The answer of one check.

    Attributes:
        level: `fail` would stop or break a deployment; `warn` is worth a thought; `can't tell` says why not in `found`.
        found: What is so.
        advice: What to do about it; empty where there is nothing to do.
    """

    level: Level
    found: str
    advice: str = ""
