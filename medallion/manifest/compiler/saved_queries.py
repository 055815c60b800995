"""Reads `queries/*.sql`: queries that Athena keeps by name, for the personas that see all that they read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medallion.manifest.access.matrix import ANY_COLUMN, MatrixRow, expected_matrix
from medallion.manifest.compiler.athena_sql import Read, query
from medallion.manifest.document import shown
from medallion.manifest.environment import Environment
from medallion.manifest.errors import Invalid, InvalidField, Location, UnknownValue
from medallion.manifest.frozen import Frozen
from medallion.manifest.identifier import IDENTIFIER, LONGEST_NAME
from medallion.manifest.model import Manifest
from medallion.manifest.names import DATABASES, Database

FOLDER = "queries"
FIELDS = ("name", "description", "database", "personas")
# What AWS::Athena::NamedQuery takes.
LONGEST = {"name": 128, "description": 1024}
LONGEST_SQL = 262_144
# Of the columns that a persona does not see, in one message.
TOLD = 3

_FIELD = re.compile(r"-- ?(?P<field>\w+): *(?P<value>.*?) *")
_MORE = re.compile(r"--\s{2,}(?P<value>\S.*?) *")


class SavedQuery(Frozen):
    """A query that Athena keeps by name.

    Attributes:
        key: The file's name without `.sql`.
        name: What tools list it as.
        description: What it answers.
        database: The layer of the tables that it names alone.
        sql: The statement, with the databases of an environment.
        personas: In whose workgroups it is.
    """

    key: str
    name: str
    description: str
    database: Database
    sql: str
    personas: tuple[str, ...]


@dataclass(frozen=True)
class _Head:
    """The fields of a file's comment head, and the lines that they begin in."""

    where: Location
    fields: dict[str, str]
    lines: dict[str, int]

    def at(self, field: str) -> Location:
        """The place of a field; the file's where it has none."""
        return Location(self.where.file, f"line {self.lines[field]}: {field}") if field in self.lines else self.where


class _Seen:
    """Who sees what of the tables that contracts name."""

    def __init__(self, matrix: Iterable[MatrixRow], personas: Sequence[str]) -> None:
        self.personas = personas
        self.tables: dict[Database, dict[str, dict[str, MatrixRow]]] = {layer: {} for layer in DATABASES}
        for row in matrix:
            for layer in DATABASES:
                if row.table.startswith(f"{layer}.") and row.name != ANY_COLUMN:
                    self.tables[layer].setdefault(row.table.partition(".")[2], {})[row.name] = row

    def hidden(self, reads: Sequence[Read], persona: str) -> str:
        """What a persona does not see of what a query reads, in words; empty if nothing."""
        places = list(self._hidden(reads, persona))
        more = len(places) - TOLD
        return ", ".join(places[:TOLD]) + (f" and {more} more" if more > 0 else "")

    def _hidden(self, reads: Sequence[Read], persona: str) -> Iterable[str]:
        for read in reads:
            columns = self.tables[read.layer][read.table]
            if read.column is None:
                if not any(row.access[persona].seen for row in columns.values()):
                    yield f"{read.layer}.{read.table}"
            elif not columns[read.column].access[persona].seen:
                yield f"{read.layer}.{read.table}.{read.column} ({columns[read.column].classification})"


def saved_queries(root: Path, environment: Environment, manifest: Manifest) -> tuple[SavedQuery, ...]:
    """The saved queries of a lake, sorted by file; none where it has no such folder.

    Args:
        root: The lake's folder.
        environment: Gives the databases' names.
        manifest: The lake's, which says what tables there are and who sees what of them.

    Raises:
        Invalid: All that is wrong with them, told together.
    """
    files = sorted((root / FOLDER).glob("*.sql"))
    if not files:
        return ()
    if not manifest.personas:
        raise Invalid([InvalidField(Location(shown(root / FOLDER)), "is for personas, and the lake has none; write config/personas.yaml")])
    problems: list[InvalidField] = []
    seen = _Seen(expected_matrix(environment, manifest), [persona.name for persona in manifest.personas])
    found: dict[str, SavedQuery] = {}
    for file in files:
        try:
            read = _read(file, environment, seen)
        except Invalid as invalid:
            problems.extend(invalid.problems)
            continue
        if read.name in found:
            problems.append(InvalidField(Location(shown(file), "name"), f"{read.name!r} is the name of {found[read.name].key}.sql already"))
        found.setdefault(read.name, read)
    if problems:
        raise Invalid(problems)
    return tuple(found.values())


def _read(file: Path, environment: Environment, seen: _Seen) -> SavedQuery:
    """A file's query.

    Raises:
        Invalid: All that is wrong with it, as far as it can be read.
    """
    problems: list[InvalidField] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([InvalidField(Location(shown(file)), f"can't be read: {error}")]) from error
    length = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head = _head(lines[:length], Location(shown(file)), problems)
    if not re.fullmatch(IDENTIFIER, file.stem) or len(file.stem) > LONGEST_NAME:
        problems.append(InvalidField(head.where, "is named with lower-case letters, digits and single underscores, at most 31"))
    layer = head.fields.get("database", "")
    database = next((each for each in DATABASES if each == layer), None)
    if layer and database is None:
        problems.append(UnknownValue(head.at("database"), layer, DATABASES))
    named = _named(head, seen.personas, problems)
    if problems or database is None:
        raise Invalid(problems)
    # Lines of errors are those of the file.
    text = "\n" * length + "\n".join(lines[length:]).rstrip().removesuffix(";")
    sql, reads = query(text, database, environment.names, seen.tables, head.where, problems)
    if len(sql) > LONGEST_SQL:
        problems.append(InvalidField(head.where, f"has at most {LONGEST_SQL} characters"))
    personas = _readers(reads, seen, named, head.at("personas"), problems) if not problems else ()
    if problems:
        raise Invalid(problems)
    return SavedQuery(
        key=file.stem,
        name=head.fields["name"],
        description=head.fields["description"],
        database=database,
        sql=sql,
        personas=personas,
    )


def _head(lines: Sequence[str], where: Location, problems: list[InvalidField]) -> _Head:
    """The fields of a comment head; a line that is indented goes on with the field before it."""
    fields: dict[str, str] = {}
    begun: dict[str, int] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        place = where.at(f"line {number}")
        if (more := _MORE.fullmatch(line)) is not None and last:
            fields[last] = f"{fields[last]} {more['value']}".strip()
        elif (field := _FIELD.fullmatch(line)) is None:
            problems.append(InvalidField(place, f"the head holds lines `-- field: text`; fields are {', '.join(FIELDS)}"))
        elif field["field"] not in FIELDS:
            problems.append(UnknownValue(place, field["field"], FIELDS))
        elif field["field"] in fields:
            problems.append(InvalidField(place, f"the field {field['field']!r} appears twice"))
        else:
            last = field["field"]
            fields[last], begun[last] = field["value"], number
    head = _Head(where=where, fields=fields, lines=begun)
    for name in FIELDS[:3]:
        if not fields.get(name):
            problems.append(InvalidField(where, f"{name} is missing; the file begins with lines such as `-- {name}: …`"))
    for name, longest in LONGEST.items():
        if len(fields.get(name, "")) > longest:
            problems.append(InvalidField(head.at(name), f"has at most {longest} characters"))
    return head


def _named(head: _Head, personas: Sequence[str], problems: list[InvalidField]) -> tuple[str, ...] | None:
    """Those whom the head names, sorted; None where it leaves that to what they see."""
    if "personas" not in head.fields:
        return None
    named = sorted({word.strip() for word in head.fields["personas"].split(",")})
    problems.extend(UnknownValue(head.at("personas"), name, personas) for name in named if name not in personas)
    return tuple(named)


def _readers(
    reads: Sequence[Read], seen: _Seen, named: Sequence[str] | None, where: Location, problems: list[InvalidField]
) -> tuple[str, ...]:
    """The personas that get a query: those who are named, else all who see what it reads."""
    asked = seen.personas if named is None else named
    told = {persona: f"{persona} does not see {hidden}" for persona in asked if (hidden := seen.hidden(reads, persona))}
    if named is not None:
        problems.extend(InvalidField(where, sentence) for sentence in told.values())
    elif len(told) == len(asked):
        problems.append(InvalidField(where, f"no persona sees all that it reads: {'; '.join(told.values())}"))
    return tuple(persona for persona in asked if persona not in told)


__all__ = ["FOLDER", "SavedQuery", "saved_queries"]
