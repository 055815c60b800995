"""What Athena is asked about a document."""

from collections.abc import Sequence
from typing import Any

from cli.documents.marked import Found
from medallion.manifest.model import BronzeTable, Extraction
from medallion.manifest.names import DELETED, EVIDENCE, INGESTED_AT, REFUSED, Names
from medallion.manifest.standard_sql import identifier, text


def documents_like(names: Names, table: str, wanted: str) -> str:
    """A query for documents by id, by the beginning of an id, or by name."""
    begins = f"substr(document_id, 1, {len(wanted)}) = {text(wanted)}"
    return (
        f"SELECT document_id, name, received_at, text FROM {names.database('bronze')}.{identifier(table)}"
        f" WHERE {begins} OR name = {text(wanted)} ORDER BY document_id LIMIT 3"
    )


def values_of(names: Names, table: BronzeTable, extraction: Extraction, document_id: str) -> str:
    """A query for what the last answer about a document gave, a row per record: number, refusal, then four columns for each field."""
    bronze = f"{names.database('bronze')}.{identifier(table.name)}"
    columns = ["record", REFUSED]
    for number, field in enumerate(extraction.fields):
        evidence = f"element_at({EVIDENCE}, {text(field.name)})"
        columns.append(f"{identifier(field.name)} AS v{number}")
        columns += [f'{evidence}."{part}" AS {part[0]}{number}' for part in ("words", "start", "end")]
    of_document = f"document_id = {text(document_id)}"
    return (
        f"SELECT {', '.join(columns)} FROM {bronze} WHERE {of_document} AND NOT {DELETED}"
        f" AND {INGESTED_AT} = (SELECT max({INGESTED_AT}) FROM {bronze} WHERE {of_document}) ORDER BY record"
    )


def found_in(extraction: Extraction, rows: Sequence[Sequence[Any]]) -> tuple[tuple[Found, ...], str | None]:
    """The values of the answer's rows, and why it was refused; None if it was not."""
    found: list[Found] = []
    for record, refused, *columns in rows:
        if refused is not None:
            return (), str(refused)
        for number, field in enumerate(extraction.fields):
            value, words, start, end = columns[4 * number : 4 * number + 4]
            found.append(Found(int(record), field.name, None if value is None else str(value), words, start, end))
    return tuple(found), None
