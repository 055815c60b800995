"""The sample's seed of DynamoDB: exactly its items, only what differs is written, and what DynamoDB leaves undone is asked for again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sample_seed import seed

PREFIX = "seeded-"
TYPES = {"household_id": "N", "redemption": "S"}


class Watched:
    """A client of DynamoDB that counts the requests in its batches; as a real one may, it leaves some undone at first."""

    def __init__(self, client: Any, *, leaves: int = 0) -> None:
        self._client, self._leaves = client, leaves
        self.puts = self.deletes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **asked: Any) -> dict[str, Any]:
        ((table, requests),) = asked["RequestItems"].items()
        assert 0 < len(requests) <= 25
        done, left = (requests[1:], requests[:1]) if self._leaves else (requests, [])
        self._leaves -= bool(left)
        self.puts += sum("PutRequest" in request for request in done)
        self.deletes += sum("DeleteRequest" in request for request in done)
        if done:
            self._client.batch_write_item(RequestItems={table: done})
        return {"UnprocessedItems": {table: left} if left else {}}


@pytest.fixture(scope="module")
def client(aws: Callable[[str], Any]) -> Iterator[Any]:
    """DynamoDB with the tables of the sample, empty."""
    made = aws("dynamodb")
    keys = seed("loyalty").KEYS
    for table, key in keys.items():
        made.create_table(
            TableName=PREFIX + table,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in zip(key, ("HASH", "RANGE"), strict=False)],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": TYPES[name]} for name in key],
            BillingMode="PAY_PER_REQUEST",
        )
    yield made
    for table in keys:
        made.delete_table(TableName=PREFIX + table)


def load(client: Any, rows: int) -> Any:
    return seed().load("loyalty", client, PREFIX, lambda table, done, total: None, rows)


def counts(client: Any) -> dict[str, int]:
    return {table: client.scan(TableName=PREFIX + table, Select="COUNT")["Count"] for table in seed("loyalty").KEYS}


def test_tables_hold_exactly_what_is_told(client: Any) -> None:
    watched = Watched(client, leaves=2)
    truth = load(watched, 60)
    assert {table: told["source_rows"] for table, told in truth.items()} == counts(client) == {"households": 65, "redemptions": 73}
    assert watched.puts == 138
    first = client.get_item(TableName=PREFIX + "households", Key={"household_id": {"N": "1"}})["Item"]
    assert {name: next(iter(value)) for name, value in first.items()} == {
        "household_id": "N",
        "contact": "M",
        "demographics": "M",
        "segments": "SS",
        "campaigns": "NS",
        "cardNumber": "N",
        "cardSeal": "B",
    }
    assert "M" in first["demographics"]["M"]["household"]
    assert (len(first["cardNumber"]["N"]), len(first["cardSeal"]["B"])) == (38, 32)


def test_a_second_time_writes_nothing(client: Any) -> None:
    load(client, 60)
    watched = Watched(client)
    load(watched, 60)
    assert (watched.puts, watched.deletes) == (0, 0)


def test_what_was_changed_is_put_right_and_nothing_else_is_written(client: Any) -> None:
    load(client, 60)
    client.update_item(TableName=PREFIX + "households", Key={"household_id": {"N": "1"}}, UpdateExpression="REMOVE cardSeal")
    client.put_item(TableName=PREFIX + "households", Item={"household_id": {"N": "5000"}})
    watched = Watched(client)
    load(watched, 60)
    assert (watched.puts, watched.deletes) == (1, 1)
    assert "cardSeal" in client.get_item(TableName=PREFIX + "households", Key={"household_id": {"N": "1"}})["Item"]
    load(client, 20)
    assert counts(client) == {"households": 25, "redemptions": 33}


def test_a_dynamodb_that_takes_nothing_more_is_told(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    # Of this module alone: a background thread that polls would never pause, and would fill the memory with what it asked for.
    monkeypatch.setattr(seed("dynamodb"), "sleep", waited.append)
    load(client, 20)
    with pytest.raises(TimeoutError, match=r"left \d+ writes undone 8 times; run `lake seed` again"):
        load(Watched(client, leaves=10**6), 60)
    assert waited == sorted(waited)
