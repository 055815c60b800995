"""A gold table's own Python: loaded from the manifest, run in the driver, and told of in one line where it fails."""

import linecache
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

from pyspark.sql import DataFrame

from medallion.manifest.errors import LakeError, Terminal
from medallion.manifest.model import GoldTable
from medallion.manifest.widening import becomes

_FUNCTION = "transform"


class TransformFailed(Terminal):
    """A contract's Python raised, or gave what its contract does not say."""


def transformed(contract: GoldTable, inputs: Mapping[str, DataFrame]) -> DataFrame:
    """What `transform(inputs)` of the file beside a contract gives.

    Args:
        contract: The table; it has `python`.
        inputs: Its inputs, by plain name.

    Raises:
        TransformFailed: It raised, or gave other columns or types than the contract's.
    """
    with failures_told(contract):
        made = _loaded(contract)(dict(inputs))
    _check(contract, made)
    return made


@contextmanager
def failures_told(contract: GoldTable) -> Iterator[None]:
    """What goes wrong in the contract's Python, functions over rows that Spark calls later among them, with its line.

    Raises:
        TransformFailed: In place of any error that came from the file.
    """
    try:
        yield
    except LakeError:
        raise
    except Exception as error:
        line = _line(contract, error)
        if line is None:
            raise
        raise TransformFailed(f"{file_of(contract)}:{line}: {_said(error)}") from error


def file_of(contract: GoldTable) -> str:
    """The file beside the contract, relative to the lake."""
    return contract.contract.removesuffix(".yaml") + ".py"


def _loaded(contract: GoldTable) -> Callable[[dict[str, DataFrame]], DataFrame]:
    file = file_of(contract)
    # Not among Python's modules, so that Spark sends functions over rows by value: no worker could import them.
    module = ModuleType(f"{_FUNCTION}_{contract.name}")
    module.__file__ = file
    # A trace shows the line's text.
    linecache.cache[file] = (len(contract.python), None, contract.python.splitlines(keepends=True), file)
    # Code of the release, as this module is; it can do what the job's role may do, and no more.
    exec(compile(contract.python, file, "exec"), module.__dict__)  # noqa: S102
    function: Callable[[dict[str, DataFrame]], DataFrame] = module.__dict__[_FUNCTION]
    return function


def _check(contract: GoldTable, made: object) -> None:
    file = file_of(contract)
    if not isinstance(made, DataFrame):
        raise TransformFailed(f"{file}: {_FUNCTION} gave a {type(made).__name__} instead of a DataFrame")
    wanted = {column.name: column.type for column in contract.columns}
    problems = [f"makes no column {name!r}, which {contract.contract} promises" for name in wanted if name not in made.columns]
    problems += [f"makes a column {name!r} that {contract.contract} does not have" for name in made.columns if name not in wanted]
    problems += [f"makes the column {name!r} more than once" for name in sorted(set(made.columns)) if made.columns.count(name) > 1]
    problems += [
        f"makes the column {name!r} of type {is_}, and {contract.contract} says {wanted[name]}: cast it"
        for name, is_ in made.dtypes
        if name in wanted and not becomes(is_, wanted[name])
    ]
    if problems:
        raise TransformFailed(f"{file}: {'; '.join(problems)}")


def _line(contract: GoldTable, error: BaseException) -> int | None:
    """The last line of the file that an error came through; None where it came from elsewhere."""
    file = file_of(contract)
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    # What a worker process raised comes as the text of its trace.
    frames += [int(line) for line in re.findall(rf'File "{re.escape(file)}", line (\d+)', str(error))]
    return frames[-1] if frames else None


def _said(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    if any("Traceback (most recent call last)" in line for line in lines):
        # The last line of a worker's trace names the error; Java's own trace may follow.
        raised = [line.strip() for line in lines if re.match(r"^\s*[\w.]+(Error|Exception|Warning|Exit|Interrupt)\b", line)]
        return raised[-1] if raised else lines[0]
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
