"""Pages of a list that is whole on our side."""

from collections.abc import Sequence

from local.service import Json


class WrongToken(ValueError):
    """A token that no answer gave."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


def page_of[T](request: Json, items: Sequence[T], usual: int) -> tuple[list[T], Json]:
    """The items that a request asks for, and the answer's `NextToken` where there are more.

    Args:
        request: With `NextToken` and `MaxResults`, or without.
        items: All of them.
        usual: How many a page has where the request says nothing.

    Raises:
        WrongToken: The token is none of ours.
    """
    token = str(request.get("NextToken") or "0")
    if not token.isdecimal():
        raise WrongToken(token)
    start = int(token)
    end = start + int(request.get("MaxResults") or usual)
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


__all__ = ["WrongToken", "page_of"]
