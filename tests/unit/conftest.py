"""What unit tests share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.aws import Clients


@pytest.fixture
def aws() -> "Iterator[Clients]":
    """Makes boto3 clients of an AWS that holds nothing yet."""
    # moto takes a second to import.
    from tests.unit.aws import empty_aws

    with empty_aws() as clients:
        yield clients
