"""What is in the documents of a seed, kept beside the laptop's state for whoever measures a model by it; the lake is never told."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.context import Context
from cli.terminal.failures import Refused
from local.whole_file import write_whole
from medallion.manifest.names import bronze_table

type Known = dict[str, dict[str, list[dict[str, Any]]]]
"""The records that a document should have, by the bronze table of documents and the document's id."""


def keep(context: Context, told: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Adds what a seed tells of documents to what is kept: the lake still has those that were seeded before.

    Args:
        context: The environment.
        told: By source and table what the seed tells; `documents` is by the document's id.
    """
    new = {
        bronze_table(source, table): {id: document["records"] for id, document in about["documents"].items()}
        for source, tables in told.items()
        for table, about in tables.items()
        if "documents" in about
    }
    if not new:
        return
    known = kept(context)
    for table, documents in new.items():
        known[table] = known.get(table, {}) | documents
    file = _file(context)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(file, json.dumps(known, ensure_ascii=False).encode())


def kept(context: Context) -> Known:
    """What is kept of an environment; empty where its documents are nobody's seed.

    Raises:
        Refused: It can't be read.
    """
    file = _file(context)
    if not file.is_file():
        return {}
    try:
        found: Known = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{file} is not complete; remove it, and `{context.command} seed` writes it again") from error
    return found


def _file(context: Context) -> Path:
    return context.home / f"truth-{context.environment}.json"


__all__ = ["Known", "keep", "kept"]
