"""What a rule found in one run."""

from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Severity


class Check(Frozen):
    """One rule's result.

    Attributes:
        rule: Its name, as quarantine shows it.
        severity: Whether a row that breaks it is refused.
        checked: Rows that were looked at.
        failed: Rows that break it.
    """

    rule: str
    severity: Severity = "error"
    checked: int
    failed: int
