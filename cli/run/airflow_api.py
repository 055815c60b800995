"""The REST API of an environment's Airflow, as MWAA passes it on."""

from collections.abc import Mapping
from typing import Any

from medallion.manifest.errors import LakeError


class EnvironmentUnfit(LakeError):
    """The environment can't run the DAG."""


class Airflow:
    """The REST API of an environment's Airflow.

    Attributes:
        name: The environment's name.
    """

    def __init__(self, mwaa: Any, name: str) -> None:
        """Talks through MWAA.

        Args:
            mwaa: A boto3 client of MWAA.
            name: The environment's name.
        """
        self._mwaa = mwaa
        self.name = name

    def status(self) -> str:
        """What MWAA says of the environment, such as `AVAILABLE`.

        Raises:
            EnvironmentUnfit: There is none of that name.
        """
        try:
            return str(self._mwaa.get_environment(Name=self.name)["Environment"]["Status"])
        except self._mwaa.exceptions.ResourceNotFoundException as error:
            raise EnvironmentUnfit(
                f"there is no MWAA environment {self.name}; the configuration asks for one, so deploy it: `lake deploy`"
            ) from error

    def get(self, path: str, **query: object) -> Any:
        """What Airflow has at a path; None where there is nothing."""
        try:
            return self._call("GET", path, QueryParameters=query) if query else self._call("GET", path)
        except self._mwaa.exceptions.RestApiClientException as error:
            if error.response["RestApiStatusCode"] == 404:
                return None
            raise _told(error, f"GET {path}") from error

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Any:
        """Asks for a change.

        Raises:
            EnvironmentUnfit: Airflow refused it, in its own words.
        """
        try:
            return self._call(method, path, Body=dict(body))
        except self._mwaa.exceptions.RestApiClientException as error:
            raise _told(error, f"{method} {path}") from error

    def _call(self, method: str, path: str, **given: object) -> Any:
        return self._mwaa.invoke_rest_api(Name=self.name, Method=method, Path=path, **given)["RestApiResponse"]


def _told(error: Any, what: str) -> EnvironmentUnfit:
    answer = error.response["RestApiResponse"]
    detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
    return EnvironmentUnfit(f"Airflow refuses {what}: {error.response['RestApiStatusCode']} {detail}")
