"""What all deliveries of an environment share."""

from dataclasses import dataclass

from medallion.manifest.names import Names
from stacks.parts.logs.log_keeping import LogKeeping


@dataclass(frozen=True)
class DeliveryPlatform:
    """Where files come from, and how the copying is logged.

    Attributes:
        names: What things are called.
        qualifier: Of `cdk bootstrap`, whose bucket holds files until they are copied.
        logs: How the log of the function that copies is kept.
    """

    names: Names
    qualifier: str
    logs: LogKeeping
