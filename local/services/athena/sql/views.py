"""The definition of a view, and what it reads by its own text: a plan may leave out what the view reads for somebody else."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.services.athena.errors import Malformed, QueryFailed
from local.services.athena.sql import parsing, reads
from local.services.athena.sql.reads import Table
from local.services.athena.sql.relations import CATALOG
from local.services.athena.sql.statements import Query

_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


def definition(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that an entry of Glue holds, with `originalSql` at least.

    Raises:
        QueryFailed: It is no view of Athena; a materialized view is none.
    """
    match = _VIEW.fullmatch(str(table.get("ViewOriginalText", "")).strip())
    try:
        found = json.loads(base64.b64decode(match[1], validate=True).decode(), object_pairs_hook=_unambiguous) if match else {}
    except (binascii.Error, ValueError) as error:
        raise QueryFailed("INVALID_VIEW", f"the definition of {table['Name']} is not one of Athena's") from error
    if not isinstance(found, dict) or not isinstance(found.get("originalSql"), str):
        raise QueryFailed("NOT_SUPPORTED", f"{table['Name']} is not a view of Athena")
    return found


def reads_of(table: Mapping[str, Any]) -> frozenset[Table]:
    """What a view reads.

    Raises:
        QueryFailed: As `definition`; or nobody could say what it reads.
    """
    found = definition(table)
    if str(found.get("catalog") or CATALOG) != CATALOG:
        raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{found['catalog']}' does not exist")
    try:
        query = parsing.parse(found["originalSql"])
    except Malformed as error:
        raise QueryFailed("INVALID_VIEW", f"the query of {table['Name']}: {error}") from error
    if not isinstance(query, Query):
        raise QueryFailed("INVALID_VIEW", f"the definition of {table['Name']} is no query")
    schema = found.get("schema")
    if not schema and any(relation.database is None for relation in query.relations):
        raise QueryFailed("INVALID_VIEW", f"{table['Name']} names tables without a database")
    return reads.named(query, schema)


def _unambiguous(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in pairs:
        # Which of two counts, Trino's reader may see otherwise.
        if name in known:
            raise ValueError("a name is there twice")
        known[name] = value
    return known
