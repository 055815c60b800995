"""Clients by which the laptop's services use its AWS, with the rights of whom they work for."""

from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

# A session of its own for each run or query would read the models of the services again, which takes longer than what they are asked for.
_MODELS = create_loader()


class Clients:
    """Makes clients of one caller; not to be shared by threads, unlike the clients."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Makes none yet.

        Args:
            environment: The variables that make an SDK act as the caller: endpoint, region and keys.
        """
        self._endpoint = environment["AWS_ENDPOINT_URL"]
        self._made: dict[str, Any] = {}
        self._session = Session()
        self._session.register_component("data_loader", _MODELS)
        self._session.set_credentials(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment.get("AWS_SESSION_TOKEN")
        )
        self._session.set_config_variable("region", environment["AWS_REGION"])

    def of(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._made:
            config = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 2})
            self._made[service] = self._session.create_client(service, endpoint_url=self._endpoint, config=config)
        return self._made[service]
