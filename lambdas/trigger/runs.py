"""A DAG run for a batch, asked for once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

# Airflow says so where a run of this id exists.
ALREADY_THERE = 409


class NotStarted(Exception):
    """Airflow did not take the run; the message stays in its queue and comes again."""


@dataclass(frozen=True)
class Batch:
    """What a message says.

    Attributes:
        dag_id: The DAG.
        closes_at: When the batch closed, UTC: `2026-01-31T18:00:00Z`.
    """

    dag_id: str
    closes_at: str

    @property
    def run_id(self) -> str:
        """The same for all letters of the batch."""
        return f"letters__{self.closes_at}"


def batch_of(message: Mapping[str, Any]) -> Batch:
    """The batch of a message; KeyError where it is none."""
    return Batch(dag_id=str(message["dag_id"]), closes_at=str(message["closes_at"]))


def start(client: Any, environment: str, batch: Batch) -> bool:
    """Starts the batch's run by MWAA's API.

    Args:
        client: boto3's, of MWAA.
        environment: The MWAA environment's name.
        batch: The batch.

    Returns:
        Whether it was started now; False where it was there already.

    Raises:
        NotStarted: Airflow refused it.
    """
    try:
        client.invoke_rest_api(
            Name=environment,
            Method="POST",
            Path=f"/dags/{batch.dag_id}/dagRuns",
            Body={"dag_run_id": batch.run_id, "logical_date": None},
        )
    except ClientError as error:
        answer: Mapping[str, Any] = error.response
        status = answer.get("RestApiStatusCode")
        if status == ALREADY_THERE:
            return False
        if status is None:
            raise
        raise NotStarted(
            f"{batch.dag_id}: {batch.run_id}: Airflow answered {status}: {json.dumps(answer.get('RestApiResponse'))}"
        ) from error
    return True
