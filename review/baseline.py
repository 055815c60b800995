"""The outlines that were reviewed, beside the lake whose environments they are of."""

from pathlib import Path

from review.assembly import read_assembly
from review.change import Change
from review.compare import changes
from review.outline import Outline, outline, read_outlines, write_outlines


def folder(lake: Path, environment: str) -> Path:
    """Where an environment's baseline is: one YAML file a stack."""
    return lake / "baselines" / environment


def outlines(assembly: Path) -> tuple[Outline, ...]:
    """The outlines of a cloud assembly's stacks."""
    return tuple(outline(stack) for stack in read_assembly(assembly))


def against_baseline(lake: Path, environment: str, assembly: Path) -> tuple[Change, ...]:
    """What differs from what was reviewed."""
    return changes(read_outlines(folder(lake, environment)), outlines(assembly))


def accept(lake: Path, environment: str, assembly: Path) -> tuple[Change, ...]:
    """Makes an assembly the baseline; returns what is accepted by that."""
    accepted = against_baseline(lake, environment, assembly)
    write_outlines(folder(lake, environment), outlines(assembly))
    return accepted


def told(found: tuple[Change, ...], environment: str) -> str:
    """Differences as a failing test prints them, a line each, and what to do."""
    lines = "\n".join(f"- {change}" for change in found)
    return f"{environment} is not as it was reviewed:\n{lines}\nIf all of it is meant: `make baseline`, and commit the files for the next reviewer."
