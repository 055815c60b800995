"""Keys: the root's, those of sessions of roles, and the caller's."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from local.service import Json, ServiceError
from local.settings import Settings


class Roles:
    """Who acts with which key."""

    def __init__(self, settings: Settings, client: Callable[[str], Any]) -> None:
        from ministack.core import iam_evaluator, responses
        from ministack.services import sts

        self._iam = iam_evaluator
        self._responses = responses
        self._sts = sts
        self._settings = settings
        self._client = client
        self._check_root_like_others(settings.root_credentials())

    def client_environment(self, role_arn: str, service: str, session: str, hours: float = 12) -> dict[str, str]:
        """The variables that make an SDK act as a role which trusts a service, such as `glue.amazonaws.com`.

        Raises:
            ServiceError: There is no such role, or it does not trust the service.
        """
        name = role_arn.rpartition("/")[2]
        iam = self._client("iam")
        try:
            role = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            raise ServiceError("InvalidInputException", f"the role {role_arn} does not exist") from None
        if not _trusts(role["AssumeRolePolicyDocument"], service):
            raise ServiceError("InvalidInputException", f"the role {role_arn} does not trust {service}; add it to its trust policy")
        return {**self._settings.addresses(), **self.session(name, role["RoleId"], session, hours)}

    def caller_environment(self) -> dict[str, str]:
        """The variables that make an SDK act as the caller of the operation that is being handled, within its rights.

        Raises:
            ServiceError: The caller's credentials are no longer valid.
        """
        key = self._iam._verified_key.get()
        # A caller without a checked key is refused, never taken for root.
        if not key:
            raise ServiceError("AccessDeniedException", f"the credentials of {self._iam.caller_arn()} can't be told", 403)
        found = self._iam.resolve_credential(key, self._responses.get_account_id())
        if isinstance(found, self._iam.CredentialResolutionError):
            raise ServiceError(found.code, found.message, 403)
        return {
            **self._settings.addresses(),
            "AWS_ACCESS_KEY_ID": found.access_key_id,
            "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
            **({"AWS_SESSION_TOKEN": found.session_token} if found.session_token else {}),
        }

    def session(self, role: str, role_id: str, session: str, hours: float | None) -> dict[str, str]:
        """The key of a new session of a role, as environment variables; without hours it ends with the laptop."""
        key, secret, token = (f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(60))
        self._sts.register_session(
            key,
            {
                "Arn": f"arn:aws:sts::{self._settings.account}:assumed-role/{role}/{session[:64]}",
                "UserId": f"{role_id}:{session[:64]}",
                "SecretAccessKey": secret,
                "SessionToken": token,
                **({} if hours is None else {"Expiration": time.time() + hours * 3600}),
            },
        )
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    def _check_root_like_others(self, root: dict[str, str]) -> None:
        """Makes the laptop's root key one whose signature is checked, and no other key root."""
        self._iam.is_root_access_key = lambda key: False
        self._sts.register_session(
            root["AWS_ACCESS_KEY_ID"],
            {
                "Arn": f"arn:aws:iam::{self._settings.account}:root",
                "UserId": self._settings.account,
                "PrincipalType": "Root",
                "SecretAccessKey": root["AWS_SECRET_ACCESS_KEY"],
            },
        )


def _trusts(policy: Json, service: str) -> bool:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        services = statement.get("Principal", {}).get("Service", []) if isinstance(statement.get("Principal"), dict) else []
        if statement.get("Effect") == "Allow" and service in ([services] if isinstance(services, str) else services):
            return True
    return False
