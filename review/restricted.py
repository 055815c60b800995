"""Restricted columns and who sees them, as it was reviewed; and what a change opens of them.

The file beside the baselines holds every column that is restricted, and every one that was when it was last reviewed: classing a column
otherwise opens it as much as a grant does. It also holds columns that are more open than a confidential or restricted one that they are made
from: that a count, a hash or a model's answer tells less than what it is made from, a contract only claims. Those of a quarantine and of
histories follow their tables. What no contract names any more stays in the file, as it stays in its table.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from medallion.manifest.access.classes import STRICTEST
from medallion.manifest.access.matrix import MatrixRow, expected_matrix, in_words
from medallion.manifest.compiler import compile_lake
from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.configuration import environment_names, load_environment
from medallion.manifest.document import read_document, shown
from medallion.manifest.environment import Environment
from medallion.manifest.errors import Invalid, InvalidField, Location
from medallion.manifest.frozen import Frozen
from medallion.manifest.lineage import Lineage
from medallion.manifest.model import CLASSIFICATIONS, Classification

_HEAD = """\
# Restricted columns, those that were when they were last reviewed, those that are more open than what they are made from, and who sees
# them; written by `make baseline`.
# A line that is new here, or that names one more persona, opens something: that is what to look at.
"""


# Whose values nobody should meet in a more open column unawares.
_GUARDED: tuple[Classification, ...] = ("confidential", "restricted")


class Reviewed(Frozen):
    """A column that is restricted, or was, or is made from a stricter one.

    Attributes:
        classification: What it is now.
        made_from: The class of the strictest column that it is made from, where that is stricter than its own; empty otherwise.
        seen_by: What each persona sees of it that sees anything: all rows, or which.
    """

    classification: str
    made_from: str = ""
    seen_by: dict[str, str] = {}


# By layer, table and column, such as `silver.orders.total`.
type Review = dict[str, Reviewed]


class Opening(Frozen):
    """Something that a change opens.

    Attributes:
        place: The column.
        persona: For whom.
        before: What it saw when it was last reviewed.
        after: What it sees.
        classification: What the column is now.
        was: What it was when it was last reviewed; empty where it was not.
        made_from: As `Reviewed` has it.
    """

    place: str
    persona: str
    before: str
    after: str
    classification: str
    was: str = ""
    made_from: str = ""

    def __str__(self) -> str:
        now = "" if self.classification == STRICTEST else f", which is {self.classification}"
        if now and self.was == STRICTEST:
            now += " now in all its rows and snapshots"
        if self.made_from:
            now += f" and made from what is {self.made_from}"
        return f"opens {self.place}{now}: {self.persona} ({self.before} → {self.after})"


def access_file(lake: Path) -> Path:
    """Where the review of a lake's restricted columns is."""
    return lake / "baselines" / "access.yaml"


def matrix_of(lake: Path) -> tuple[MatrixRow, ...]:
    """Who sees what of a lake; nothing where no environment leaves that to Lake Formation. It is the same in every one that does."""
    governed = _governed(lake)
    return expected_matrix(governed, compile_lake(lake)) if governed is not None else ()


def _governed(lake: Path) -> Environment | None:
    environments = (load_environment(lake, name) for name in environment_names(lake))
    return next((environment for environment in environments if environment.governed), None)


def stricter_origins(matrix: Iterable[MatrixRow], made: Lineage) -> dict[str, str]:
    """The columns that are more open than a confidential or restricted one that they are made from, each with the strictest class of those.

    One step counts: what is made from a column that was reviewed as open is as open.
    """
    classes = {column.place: column.classification for column in matrix}
    stricter: dict[str, str] = {}
    for origin, place in made.steps():
        before, after = (classes.get(str(each).lower(), "") for each in (origin, place))
        if (
            before in _GUARDED
            and after
            and _strictness(before) > max(_strictness(after), _strictness(stricter.get(str(place).lower(), "")))
        ):
            stricter[str(place).lower()] = before
    return stricter


def _strictness(class_: str) -> int:
    """The stricter, the more; no class is less than any."""
    return list(CLASSIFICATIONS).index(class_) if class_ in CLASSIFICATIONS else -1


def read_review(lake: Path) -> Review:
    """What was reviewed; nothing where there is no file.

    Raises:
        Invalid: The file does not hold what `make baseline` writes.
    """
    file = access_file(lake)
    if not file.exists():
        return {}
    found: Review = {}
    for table, columns in read_document(file).items():
        for name, fields in columns.items() if isinstance(columns, dict) else ():
            where = Location(shown(file)).at(str(table), str(name))
            try:
                found[f"{table}.{name}"] = Reviewed(
                    classification=fields["class"], made_from=fields.get("made_from", ""), seen_by=fields["seen_by"]
                )
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise Invalid([InvalidField(where, "must hold class and seen_by; write the file with `make baseline`")]) from error
    return found


def reviewed(matrix: Iterable[MatrixRow], before: Review, stricter: Mapping[str, str]) -> Review:
    """What is to be reviewed of a matrix, where something was reviewed before; with its `stricter_origins`."""
    now = {
        column.place: Reviewed(
            classification=column.classification,
            made_from=stricter.get(column.place, ""),
            seen_by={persona: _seen(column, persona) for persona in column.seen_by},
        )
        for column in matrix
        if column.classification == STRICTEST or column.place in before or column.place in stricter
    }
    return dict(sorted((before | now).items()))


def _seen(column: MatrixRow, persona: str) -> str:
    access = column.access[persona]
    # A bare yes is true in YAML.
    return "all rows" if access.answer == "yes" else in_words(access)


def openings(before: Review, after: Review) -> tuple[Opening, ...]:
    """What is open after a change that was not when it was last reviewed."""
    return tuple(
        Opening(
            place=place,
            persona=persona,
            before=(before[place].seen_by.get(persona, "nothing") if place in before else "nothing"),
            after=seen,
            classification=column.classification,
            was=before[place].classification if place in before else "",
            made_from=column.made_from,
        )
        for place, column in after.items()
        for persona, seen in column.seen_by.items()
        if place not in before
        or before[place].seen_by.get(persona) != seen
        or _strictness(before[place].made_from) < _strictness(column.made_from)
    )


def write_review(lake: Path, review: Review) -> None:
    """Writes the file; takes it away where there is nothing to review."""
    file = access_file(lake)
    if not review:
        file.unlink(missing_ok=True)
        return
    tables: dict[str, dict[str, object]] = {}
    for place, column in review.items():
        table, _, name = place.rpartition(".")
        made_from = {"made_from": column.made_from} if column.made_from else {}
        tables.setdefault(table, {})[name] = {
            "class": column.classification,
            **made_from,
            "seen_by": dict(sorted(column.seen_by.items())),
        }
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [_HEAD]
    for table, columns in tables.items():
        lines.append(f"{table}:\n")
        lines += [
            f"  {name}: {yaml.safe_dump(fields, default_flow_style=True, width=1000, sort_keys=False)}" for name, fields in columns.items()
        ]
    file.write_text("".join(lines), encoding="utf-8")


def against_review(lake: Path) -> str:
    """Why a lake's restricted columns are not as they were reviewed, for people; empty where they are."""
    before = read_review(lake)
    after = _as_it_is(lake, before)
    if after == before:
        return ""
    found = [f"- {opening}" for opening in openings(before, after)]
    rest = (
        "Restricted columns that nobody sees more of are not as they were reviewed."
        if not found
        else "What is restricted, or made from it, is opened:"
    )
    advice = f"If all of it is meant: `make baseline`, and commit {shown(access_file(lake))} for the next reviewer."
    return "\n".join([rest, *found, advice])


def _as_it_is(lake: Path, before: Review) -> Review:
    governed = _governed(lake)
    if governed is None:
        return reviewed((), before, {})
    manifest = compile_lake(lake)
    matrix = expected_matrix(governed, manifest)
    return reviewed(matrix, before, stricter_origins(matrix, lineage(manifest)))


def accept_review(lake: Path) -> tuple[Opening, ...]:
    """Makes what is seen now what was reviewed; returns what is opened by that."""
    before = read_review(lake)
    after = _as_it_is(lake, before)
    write_review(lake, after)
    return openings(before, after)


__all__ = [
    "Opening",
    "Review",
    "Reviewed",
    "accept_review",
    "access_file",
    "against_review",
    "openings",
    "read_review",
    "reviewed",
    "stricter_origins",
    "write_review",
]
