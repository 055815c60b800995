"""How a batch's run is asked for."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lambdas.trigger.runs import Batch, NotStarted, batch_of, start

BATCH = Batch(dag_id="acme_post", closes_at="2026-01-31T18:00:00Z")
ASKED = {
    "Name": "acme-airflow",
    "Method": "POST",
    "Path": "/dags/acme_post/dagRuns",
    "Body": {"dag_run_id": "letters__2026-01-31T18:00:00Z", "logical_date": None},
}


@pytest.fixture
def mwaa() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "mwaa", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b", config=Config(inject_host_prefix=False)
    )
    with Stubber(client) as stubber:
        yield client, stubber


def refused(stubber: Stubber, status: int) -> None:
    stubber.add_client_error(
        "invoke_rest_api",
        "RestApiClientException",
        modeled_fields={"RestApiStatusCode": status, "RestApiResponse": {"detail": "no"}},
        http_status_code=400,
        expected_params=ASKED,
    )


def test_a_run_is_called_after_its_batch(mwaa: tuple[Any, Stubber]) -> None:
    mwaa[1].add_response("invoke_rest_api", {"RestApiStatusCode": 200}, ASKED)
    assert start(mwaa[0], "acme-airflow", BATCH) is True


def test_a_run_that_is_there_already_is_no_failure(mwaa: tuple[Any, Stubber]) -> None:
    refused(mwaa[1], 409)
    assert start(mwaa[0], "acme-airflow", BATCH) is False


@pytest.mark.parametrize("status", [400, 404, 500])
def test_whatever_else_airflow_says_leaves_the_message(mwaa: tuple[Any, Stubber], status: int) -> None:
    refused(mwaa[1], status)
    with pytest.raises(NotStarted, match=f"acme_post.*Airflow answered {status}"):
        start(mwaa[0], "acme-airflow", BATCH)


def test_a_missing_permission_stays_what_it_is(mwaa: tuple[Any, Stubber]) -> None:
    mwaa[1].add_client_error("invoke_rest_api", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        start(mwaa[0], "acme-airflow", BATCH)


def test_a_message_is_a_batch() -> None:
    assert batch_of({"dag_id": "acme_post", "closes_at": "2026-01-31T18:00:00Z"}) == BATCH
