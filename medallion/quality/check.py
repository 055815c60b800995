"""What a rule found in one run."""

from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Severity


class Check(Frozen):
    """One rule's result.

    Attributes:
        rule: Its name, as quarantine shows it.
        severity: Whether a row that breaks it is refused; of what is about the whole table, whether the table is.
        checked: Rows that were looked at; of columns that must be unique, values.
        failed: Rows that break it; values that are in more than one row; 1 for a number of the table that is not what it must be.
        measured: The number that was taken of the table; None for a rule about rows or values.
        expected: What that must be, such as `> 0`.
    """

    rule: str
    severity: Severity = "error"
    checked: int
    failed: int
    measured: float | None = None
    expected: str | None = None
