"""What all functions of an environment share."""

from dataclasses import dataclass
from pathlib import Path

from medallion.manifest.names import Names
from stacks.parts.logs.log_keeping import LogKeeping


@dataclass(frozen=True)
class FunctionPlatform:
    """What functions run, and how they log.

    Attributes:
        names: What things are called.
        archives: Where the functions' code is, `<function>.zip`.
        logs: How their logs are kept.
    """

    names: Names
    archives: Path
    logs: LogKeeping
