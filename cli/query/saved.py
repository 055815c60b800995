"""Queries that Athena keeps by name, as a lake's `queries/*.sql` were deployed or somebody has saved them since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from cli.context import Context
from cli.terminal.failures import Refused

# What BatchGetNamedQuery takes.
BATCH = 50


@dataclass(frozen=True)
class Saved:
    """A query that is kept.

    Attributes:
        name: What it is listed as; two workgroups may have it.
        database: That of tables that it names alone.
        sql: Its text.
    """

    name: str
    database: str
    sql: str


def saved_query(context: Context, name: str, persona: str | None) -> Saved:
    """The saved query of a name, in a persona's workgroup or, without one, in any persona's.

    Raises:
        Refused: There is none of that name, or no such persona, or the caller may not assume its role.
    """
    from cli.query.persona import client_of
    from medallion.manifest.access.personas import read_personas

    if not context.configuration.governed:
        raise Refused(f"--saved {name}: {context.environment} has no personas, as its lake_formation is off, and so no saved queries")
    personas = [each.name for each in read_personas(context.lake)] if persona is None else [persona]
    athena = client_of(context, persona, "athena")
    return one(list(kept(athena, [context.names.persona(each) for each in personas])), name, persona)


def kept(athena: Any, workgroups: Sequence[str]) -> Iterator[Saved]:
    """The saved queries of some workgroups."""
    for workgroup in workgroups:
        pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup, PaginationConfig={"PageSize": BATCH})
        for page in pages:
            if identifiers := page["NamedQueryIds"]:
                for query in athena.batch_get_named_query(NamedQueryIds=identifiers)["NamedQueries"]:
                    yield Saved(query["Name"], query["Database"], query["QueryString"])


def one(found: Sequence[Saved], name: str, persona: str | None) -> Saved:
    """The query of a name; where it was saved twice, the first.

    Raises:
        Refused: There is none.
    """
    for query in found:
        if query.name == name:
            return query
    names = sorted({query.name for query in found})
    if not names:
        whose = f"{persona} has" if persona else "there are"
        raise Refused(f"--saved {name}: {whose} no saved queries; a lake's are in queries/*.sql, and `lake deploy` saves them")
    hint = get_close_matches(name, names, n=1)
    told = ", ".join(map(repr, names))
    raise Refused(f"--saved {name}: is none of {told}" + (f"; did you mean {hint[0]!r}?" if hint else ""))


__all__ = ["Saved", "kept", "one", "saved_query"]
