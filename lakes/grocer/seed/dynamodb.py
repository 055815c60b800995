"""Puts items into the demo DynamoDB tables; only what differs is written, so that a second time leaves no trace."""

from collections.abc import Callable, Iterator, Mapping
from time import sleep
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from .rows import Filling

# DynamoDB's own limit.
BATCH = 25
TRIES = 8

type Item = dict[str, Any]
type Key = tuple[Any, ...]
type Progress = Callable[[str, int, int], None]


def fill(
    client: Any, prefix: str, tables: Mapping[str, Filling[list[Item]]], keys: Mapping[str, tuple[str, ...]], progress: Progress
) -> None:
    """Makes tables hold exactly these items. Not all at once, as DynamoDB can't: a fill that breaks off is made good by the next.

    Args:
        client: Of DynamoDB.
        prefix: What the tables' names begin with.
        tables: The items by table.
        keys: The key's attributes by table.
        progress: Called with a table, the items that are in and the items in all.

    Raises:
        ValueError: A table does not hold what was put there.
        TimeoutError: DynamoDB takes no more.
    """
    for name, filling in tables.items():
        table, key = prefix + name, keys[name]
        wanted = {_key(item, key): item for part in filling.parts for item in part}
        held = _held(client, table, key)
        serialize = TypeSerializer().serialize
        puts = [
            {"PutRequest": {"Item": {attribute: serialize(value) for attribute, value in item.items()}}}
            for place, item in wanted.items()
            if held.get(place) != item
        ]
        deletes = [
            {"DeleteRequest": {"Key": {attribute: serialize(value) for attribute, value in zip(key, place, strict=True)}}}
            for place in held.keys() - wanted.keys()
        ]
        done = len(wanted) - len(puts)
        for batch in _batches(puts + deletes):
            _write(client, table, batch)
            done += sum("PutRequest" in request for request in batch)
            progress(name, done, len(wanted))
        progress(name, len(wanted), len(wanted))
        if (puts or deletes) and _held(client, table, key) != wanted:
            raise ValueError(f"{table} does not hold the {len(wanted)} items that were put there; does something else write to it?")


def _key(item: Item, names: tuple[str, ...]) -> Key:
    return tuple(item[name] for name in names)


def _held(client: Any, table: str, key: tuple[str, ...]) -> dict[Key, Item]:
    deserialize = TypeDeserializer().deserialize
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = ({name: deserialize(value) for name, value in item.items()} for page in pages for item in page["Items"])
    return {_key(item, key): item for item in items}


def _batches(requests: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(requests), BATCH):
        yield requests[start : start + BATCH]


def _write(client: Any, table: str, requests: list[Item]) -> None:
    """Writes a batch; what DynamoDB leaves undone because of its load is asked for again, later and later."""
    for attempt in range(TRIES):
        answer = client.batch_write_item(RequestItems={table: requests})
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        if not requests:
            return
        sleep(0.1 * 2**attempt)
    raise TimeoutError(f"{table}: DynamoDB left {len(requests)} writes undone {TRIES} times; run `lake seed` again")
