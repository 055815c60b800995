"""`lake doctor`: looks before you deploy."""

from cli.doctor.command import mount

__all__ = ["mount"]
