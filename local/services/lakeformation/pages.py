"""Long answers in pages."""

from collections.abc import Sequence

from local.paging import WrongToken, page_of
from local.service import Json
from local.services.lakeformation.refusals import invalid

USUAL = 100


def page[Item](request: Json, items: Sequence[Item]) -> tuple[list[Item], Json]:
    """The part of a list that a request asks for, and the token of the next one if there is one.

    Raises:
        ServiceError: The token is none that was given.
    """
    try:
        return page_of(request, items, USUAL)
    except WrongToken as error:
        raise invalid("NextToken is not one that was given") from error
