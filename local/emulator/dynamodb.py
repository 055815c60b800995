"""The emulator's tables of DynamoDB, read and watched while nothing else writes them."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from local.service import Json

type ItemWatcher = Callable[[Json, Json | None, Json | None], None]


class DynamoDb:
    """Tables and their items.

    Attributes:
        loop: The one on which requests are answered; known once the emulator starts.
    """

    loop: asyncio.AbstractEventLoop

    def table(self, name: str) -> Json | None:
        """The emulator's own record of a table, not to be changed."""
        from ministack.services import dynamodb

        record: Json | None = dynamodb._tables.get(name)
        return record

    def items[T](self, name: str, read: Callable[[list[Json]], T]) -> T:
        """What `read` makes of all items of a table while nothing writes it; the items must not be changed or kept."""
        from ministack.services import dynamodb

        async def between_requests() -> T:
            # Requests write on the event loop, and expiry under this lock.
            with dynamodb._lock:
                return read([item for items in dynamodb._tables[name]["items"].values() for item in items.values()])

        return asyncio.run_coroutine_threadsafe(between_requests(), self.loop).result()

    def watch_items(self, on_change: ItemWatcher) -> None:
        """Calls `on_change(table, old, new)` for every item that any operation writes or deletes, while nothing else writes.

        The images are None where there is none; they must not be changed or kept. What a transaction takes back is never told.
        """
        from ministack.services import dynamodb

        set_item, remove_item, transaction = dynamodb._set_item, dynamodb._remove_item, dynamodb._execute_transaction
        held = threading.local()

        def told(table: Json, place: tuple[Any, Any], old: Json | None, new: Json | None) -> None:
            if getattr(held, "changes", None) is not None:
                held.changes.append((table, place, old, new))
            else:
                on_change(table, old, new)

        def now(table: Json, place: tuple[Any, Any]) -> Json | None:
            item: Json | None = table["items"].get(place[0], {}).get(place[1])
            return item

        def watched_set(table: Json, pk: Any, sk: Any, item: Json) -> Any:
            old = now(table, (pk, sk))
            answer = set_item(table, pk, sk, item)
            told(table, (pk, sk), old, item)
            return answer

        def watched_remove(table: Json, pk: Any, sk: Any) -> Any:
            old = remove_item(table, pk, sk)
            if old is not None:
                told(table, (pk, sk), old, None)
            return old

        def watched_transaction(data: Json) -> Any:
            # It writes statement by statement, and puts all items back where one fails.
            held.changes = []
            try:
                return transaction(data)
            finally:
                changes, held.changes = held.changes, None
                for table, place, old, new in changes:
                    if now(table, place) == new:
                        on_change(table, old, new)

        dynamodb._set_item, dynamodb._remove_item, dynamodb._execute_transaction = watched_set, watched_remove, watched_transaction
