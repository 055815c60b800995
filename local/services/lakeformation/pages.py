"""Long answers in pages."""

from collections.abc import Sequence

from local.service import Json
from local.services.lakeformation.refusals import invalid

USUAL = 100


def page[Item](request: Json, items: Sequence[Item]) -> tuple[Sequence[Item], Json]:
    """The part of a list that a request asks for, and the token of the next one if there is one.

    Raises:
        ServiceError: The token is none that was given.
    """
    token = str(request.get("NextToken") or "0")
    if not token.isdecimal():
        raise invalid("NextToken is not one that was given")
    start, size = int(token), int(request.get("MaxResults") or USUAL)
    following = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], following
