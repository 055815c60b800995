"""Who sees what, as a whole: each column of each table for each persona, and what differs between two of those."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from medallion.manifest.access.classes import STRICTEST
from medallion.manifest.access.evaluate import Answer, ColumnAccess, access_of, column_tags
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.permissions import State, Table
from medallion.manifest.environment import Environment
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Manifest
from medallion.manifest.names import CATALOG_LAYERS, Names

OPENNESS: tuple[Answer, ...] = ("no", "rows", "yes", "ungoverned")
# Names that no table and no column has.
OTHER_TABLES, ANY_COLUMN = "(other tables)", "(any column)"
_NOTHING = ColumnAccess(answer="no")


class MatrixRow(Frozen):
    """A column, and who sees it.

    Attributes:
        table: Layer and table, such as `silver.orders`.
        name: The column.
        classification: By its tag; restricted where it has none.
        access: By persona.
    """

    table: str
    name: str
    classification: str
    access: dict[str, ColumnAccess]

    @property
    def place(self) -> str:
        """Such as `silver.orders.total`."""
        return f"{self.table}.{self.name}"

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The personas that see it, in some rows or all, sorted."""
        return tuple(sorted(name for name, access in self.access.items() if access.seen))


class Difference(Frozen):
    """What changes for one persona and one column.

    Attributes:
        place: Such as `silver.orders.total`.
        persona: For whom.
        before: What it saw.
        after: What it sees.
        kind: `opens`, `closes`, or `rows` where it sees other rows than before, which may be more or fewer.
    """

    place: str
    persona: str
    before: str
    after: str
    kind: Literal["opens", "closes", "rows"]


def in_words(access: ColumnAccess) -> str:
    """Who sees a column, in a word or an expression."""
    return f"rows where {' or '.join(access.rows)}" if access.answer == "rows" else access.answer


def share(columns: Sequence[MatrixRow], persona: str) -> str:
    """How much of a table a persona sees, by its columns."""
    seen = [column.access[persona] for column in columns if column.access[persona].seen]
    much = "all" if len(seen) == len(columns) else f"{len(seen)} of {len(columns)}" if seen else "none"
    return much + (", some rows" if any(access.answer == "rows" for access in seen) else "")


def expected_matrix(environment: Environment, manifest: Manifest) -> tuple[MatrixRow, ...]:
    """What contracts and personas ask for; in each layer also of a column of a table that no contract names."""
    return matrix(environment, manifest, with_other_tables(expected_state(environment, manifest), environment.names))


def with_other_tables(state: State, names: Names) -> State:
    """The state with a table in each database that no contract names."""
    others = (Table(database=names.catalog_database(layer), name=OTHER_TABLES, columns=(ANY_COLUMN,)) for layer in CATALOG_LAYERS)
    return state.model_copy(update={"tables": (*state.tables, *others)})


def matrix(environment: Environment, manifest: Manifest, state: State) -> tuple[MatrixRow, ...]:
    """Who sees what in a state, by layer, table and the table's order of columns.

    Args:
        environment: Whose names tables and roles have.
        manifest: The lake's, whose personas are asked about.
        state: As it should be, or as an account has it; tables of other databases are left out.
    """
    names = environment.names
    layers = {names.catalog_database(layer): layer for layer in CATALOG_LAYERS}
    access = {persona.name: access_of(state, names.role_arn(names.persona(persona.name))) for persona in manifest.personas}
    tables = [table for table in state.tables if table.database in layers]
    return tuple(
        MatrixRow(
            table=f"{layers[table.database]}.{table.name}",
            name=name,
            classification=column_tags(state, table.database, table.name, name).get(names.class_tag, STRICTEST),
            access={persona: of[table.database, table.name].columns[name] for persona, of in access.items()},
        )
        for table in sorted(tables, key=lambda each: (CATALOG_LAYERS.index(layers[each.database]), each.name))
        for name in table.columns
    )


def differences(before: Iterable[MatrixRow], after: Iterable[MatrixRow]) -> tuple[Difference, ...]:
    """What opens, what closes and where rows are others, in this order; what is not there on a side is seen by nobody there."""
    return tuple(sorted(_differences(before, after), key=lambda each: (_KINDS.index(each.kind), each.place, each.persona)))


_TITLES = {"opens": "Opens:", "rows": "Shows other rows:", "closes": "Closes:"}
_KINDS = tuple(_TITLES)


def summary(changed: Iterable[Difference]) -> list[str]:
    """Differences for people: a line for the columns of a table for which the same changes."""
    lines: list[str] = []
    for kind, of_kind in groupby(changed, key=lambda each: each.kind):
        lines.append(_TITLES[kind])
        changes: dict[str, list[str]] = {}
        for each in of_kind:
            changes.setdefault(each.place, []).append(f"{each.persona} ({each.before} → {each.after})")
        alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for place, whom in changes.items():
            table, _, name = place.rpartition(".")
            alike.setdefault((table, tuple(whom)), []).append(name)
        lines += [f"  {table}: {', '.join(names)}: {', '.join(whom)}" for (table, whom), names in alike.items()]
    return lines


def _differences(before: Iterable[MatrixRow], after: Iterable[MatrixRow]) -> Iterator[Difference]:
    old, new = (
        {(column.place, persona): access for column in side for persona, access in column.access.items()} for side in (before, after)
    )
    for place, persona in sorted(old.keys() | new.keys()):
        was, is_ = old.get((place, persona), _NOTHING), new.get((place, persona), _NOTHING)
        if (was.answer, was.rows) == (is_.answer, is_.rows):
            continue
        more = OPENNESS.index(is_.answer) - OPENNESS.index(was.answer)
        yield Difference(
            place=place,
            persona=persona,
            before=in_words(was),
            after=in_words(is_),
            kind="opens" if more > 0 else "closes" if more < 0 else "rows",
        )


__all__ = ["Difference", "MatrixRow", "differences", "expected_matrix", "in_words", "matrix", "share", "summary", "with_other_tables"]
