"""Pages of a list that is whole on our side."""

from typing import Any

from local.service import Json, ServiceError


def page_of[T](request: Json, items: list[T], usual: int) -> tuple[list[T], dict[str, Any]]:
    """The items that a request asks for, and the answer's `NextToken` where there are more.

    Args:
        request: With `NextToken` and `MaxResults`, or without.
        items: All of them.
        usual: How many a page has where the request says nothing.

    Raises:
        ServiceError: The token is none of ours.
    """
    given = str(request.get("NextToken") or "0")
    if not given.isdecimal():
        raise ServiceError("InvalidRequestException", f"Invalid NextToken {given}")
    start = int(given)
    end = start + int(request.get("MaxResults") or usual)
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}
