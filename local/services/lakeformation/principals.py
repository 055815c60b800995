"""Callers, as Lake Formation knows them."""

from collections.abc import Callable

_ASSUMED = ":assumed-role/"


class Principals:
    """The roles of an account.

    Args:
        account: Twelve digits.
        role_arn: The ARN of a role by its name, None if there is none.
    """

    def __init__(self, account: str, role_arn: Callable[[str], str | None]) -> None:
        self._account = account
        self._role_arn = role_arn

    def of(self, caller: str) -> str:
        """The principal of a caller: of a session the role, whatever the session is called."""
        if _ASSUMED not in caller:
            return caller
        name = caller.partition(_ASSUMED)[2].partition("/")[0]
        # A session's ARN leaves the role's path out.
        return self._role_arn(name) or f"arn:aws:iam::{self._account}:role/{name}"

    def is_root(self, principal: str) -> bool:
        """Whether this is the laptop's root."""
        return principal == f"arn:aws:iam::{self._account}:root"
