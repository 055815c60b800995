"""What a deployment does about who sees what: nothing before there are tables, and nothing twice."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli.deployment.access import is_due, make_default_database
from cli.terminal.failures import Refused

SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1")
RELEASE, ACCESS = "/medallion/dev/applied-release", "/medallion/dev/applied-access"


def stubbed(client: Any, answer: Callable[[Stubber], None]) -> Any:
    stubber = Stubber(client)
    answer(stubber)
    stubber.activate()
    return client


def glue() -> Any:
    return SESSION.client("glue")


@pytest.mark.parametrize(
    ("values", "due"),
    [
        pytest.param({}, False, id="no table yet"),
        pytest.param({RELEASE: "r1"}, True, id="tables, and Lake Formation knows nothing"),
        pytest.param({RELEASE: "r1", ACCESS: "r1"}, True, id="another release"),
        pytest.param({RELEASE: "r2", ACCESS: "r2"}, False, id="done"),
    ],
)
def test_access_is_applied_where_there_are_tables_and_only_once_a_release(values: dict[str, str], due: bool) -> None:
    found = {"Parameters": [{"Name": name, "Value": value} for name, value in values.items()]}
    ssm = stubbed(SESSION.client("ssm"), lambda stub: stub.add_response("get_parameters", found, {"Names": [RELEASE, ACCESS]}))
    assert is_due(ssm, RELEASE, ACCESS, "r2") is due


def test_the_database_default_is_made_where_it_is_missing_and_left_alone_where_it_is_not() -> None:
    def missing(stub: Stubber) -> None:
        stub.add_client_error("get_database", "EntityNotFoundException")
        stub.add_response("create_database", {}, {"DatabaseInput": {"Name": "default", "Description": "Clients of Athena look here first"}})

    make_default_database(stubbed(glue(), missing))
    make_default_database(stubbed(glue(), lambda stub: stub.add_response("get_database", {"Database": {"Name": "default"}})))


def test_who_may_not_make_it_is_told_who_has_to() -> None:
    def refused(stub: Stubber) -> None:
        stub.add_client_error("get_database", "EntityNotFoundException")
        stub.add_client_error("create_database", "AccessDeniedException")

    with pytest.raises(Refused, match="let a data lake administrator run"):
        make_default_database(stubbed(glue(), refused))
