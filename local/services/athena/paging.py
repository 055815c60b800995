"""Long answers in pages."""

from collections.abc import Sequence

from local import paging
from local.service import Json, ServiceError


def page_of[T](request: Json, items: Sequence[T], usual: int) -> tuple[list[T], Json]:
    """The items that a request asks for, and the answer's `NextToken` where there are more.

    Args:
        request: With `NextToken` and `MaxResults`, or without.
        items: All of them.
        usual: How many a page has where the request says nothing.

    Raises:
        ServiceError: The token is none of ours.
    """
    try:
        return paging.page_of(request, items, usual)
    except paging.WrongToken as error:
        raise ServiceError("InvalidRequestException", f"Invalid NextToken {error.token}") from error
