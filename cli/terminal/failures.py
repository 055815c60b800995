"""What goes wrong on the way to an answer, and the exit code of each."""

import os
import traceback

from cli.terminal.output import say
from local.errors import LaptopError
from medallion.manifest.errors import Invalid, InvalidField, LakeError, Terminal, Transient

FAILED = 1
INVALID = 2
UNREACHABLE = 3
INTERRUPTED = 130


class Refused(Terminal):
    """The call itself is wrong: an option, an environment or an account that does not fit."""


class Unreachable(Transient):
    """The laptop's AWS or the account does not answer."""


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C; the message says how to go on."""


def exit_code(error: BaseException) -> int:
    """The exit code that docs/interfaces.md gives to an error."""
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case Unreachable() | LaptopError():
            return UNREACHABLE
        case Invalid() | InvalidField() | Refused():
            return INVALID
        case _ if is_connection_error(error):
            return UNREACHABLE
        case _:
            return FAILED


def message(error: BaseException) -> str:
    """One message for a person, without a stack trace."""
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "Interrupted. Nothing half-done stays: run the same command again."
    if isinstance(error, LakeError | LaptopError):
        return str(error)
    if is_connection_error(error):
        return f"{error}\nIs it up? `lake up` starts the laptop's AWS; for an account look at `aws sts get-caller-identity`."
    if type(error).__module__.startswith("botocore"):
        return str(error)
    return f"{type(error).__name__}: {error}\nThis is a defect of lake itself; LAKE_DEBUG=1 shows where."


def tell(error: BaseException) -> int:
    """Writes an error's message to stderr; returns its exit code."""
    if os.environ.get("LAKE_DEBUG") == "1":
        say("".join(traceback.format_exception(error)).rstrip(), err=True)
    say(message(error), err=True)
    return exit_code(error)


def is_connection_error(error: BaseException) -> bool:
    """Whether AWS could not be asked at all."""
    if not type(error).__module__.startswith("botocore"):
        return False
    from botocore import exceptions

    return isinstance(
        error,
        exceptions.ConnectionError
        | exceptions.HTTPClientError
        | exceptions.NoCredentialsError
        | exceptions.PartialCredentialsError
        | exceptions.CredentialRetrievalError,
    )
