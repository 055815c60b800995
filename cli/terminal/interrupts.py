"""SIGTERM and SIGHUP end a command as Ctrl-C does: with its clean-up."""

import signal
from types import FrameType

ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def become_interrupts() -> None:
    """Makes what ends this process raise KeyboardInterrupt once; what is ignored (`nohup`) stays ignored."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    # A terminal that closes and a service that is stopped send both: the second one must not cut the clean-up short.
    for each in ENDINGS:
        signal.signal(each, _nothing)
    raise KeyboardInterrupt


def _nothing(_: int, __: FrameType | None) -> None:
    """The clean-up has begun."""
