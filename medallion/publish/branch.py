"""What the branches of a table are called: the attempt of a run, and what its audit refused."""

import re
from collections.abc import Iterable
from hashlib import sha256

ATTEMPT = "run_"
REFUSED = "refused_"
_READABLE = 40


def attempt_branch(run_id: str) -> str:
    """The branch that a run writes to; the same for each attempt of the run, a valid SQL identifier."""
    readable = re.sub(r"[^a-z0-9]+", "_", run_id.lower()).strip("_")[:_READABLE]
    return f"{ATTEMPT}{readable}_{sha256(run_id.encode()).hexdigest()[:8]}"


def refused_branch(attempt: str) -> str:
    """Where an attempt's rows stay to be looked at when the audit refuses them."""
    return REFUSED + attempt.removeprefix(ATTEMPT)


def refused(branches: Iterable[str]) -> tuple[str, ...]:
    """The branches that hold what audits refused."""
    return tuple(sorted(branch for branch in branches if branch.startswith(REFUSED)))


def abandoned(branches: Iterable[str]) -> tuple[str, ...]:
    """The branches that killed attempts left: a table has one writer, so whatever is there when a run begins is no one's."""
    return tuple(sorted(branch for branch in branches if branch.startswith(ATTEMPT)))
