"""The parameters of SSM by which deployments and jobs tell each other of releases."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.names import Names


class Parameters:
    """The SSM parameters that say which release is deployed, and which is applied."""

    def __init__(self, names: Names) -> None:
        """Mean those of an environment.

        Args:
            names: Its region.
        """
        self._client = boto3.client("ssm", region_name=names.region)

    def get(self, name: str) -> str | None:
        """Its value; None where it is not there.

        Raises:
            Terminal: The job's role may not read it.
            Transient: SSM can't be reached.
        """
        try:
            return str(self._client.get_parameter(Name=name)["Parameter"]["Value"])
        except self._client.exceptions.ParameterNotFound:
            return None
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise Terminal(f"parameter {name}: {code}; the job's role needs ssm:GetParameter on it") from error
        except BotoCoreError as error:
            raise Transient(f"parameter {name}: SSM can't be reached: {type(error).__name__}") from error

    def put(self, name: str, value: str) -> None:
        """Sets it.

        Raises:
            Terminal: The job's role may not write it.
            Transient: SSM can't be reached.
        """
        try:
            self._client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise Terminal(f"parameter {name}: {code}; the job's role needs ssm:PutParameter on it") from error
        except BotoCoreError as error:
            raise Transient(f"parameter {name}: SSM can't be reached: {type(error).__name__}") from error


__all__ = ["Parameters"]
