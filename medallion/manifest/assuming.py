"""What an environment's configuration says of a persona: who may assume it there."""

from typing import Annotated

from pydantic import Field, StringConstraints

from medallion.manifest.frozen import Frozen

PrincipalArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|(user|role|assumed-role)/[\w+=,.@/-]+)$")]
SamlProvider = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:saml-provider/[\w._-]{1,128}$")]
PermissionSet = Annotated[str, StringConstraints(pattern=r"^[\w+=,.@-]{1,32}$")]


class PersonaSettings(Frozen):
    """A persona in one environment.

    Where Lake Formation governs the lake, somebody has to be named; `root` of an account leaves it to the policies of its principals.

    Attributes:
        assumed_by: The ARNs of users and roles, or an account's `root`, that may assume its role.
        saml: The ARN of the SAML provider whose users may assume it; None for none.
        identity_center: The permission set of IAM Identity Center whose users may assume it; None for none.
        scan_limit_bytes: What one query may read here, at least 10,000,000; None for the persona's own limit.
    """

    assumed_by: tuple[PrincipalArn, ...] = ()
    saml: SamlProvider | None = None
    identity_center: PermissionSet | None = None
    scan_limit_bytes: Annotated[int, Field(ge=10_000_000)] | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether somebody may assume its role."""
        return bool(self.assumed_by or self.saml or self.identity_center)


__all__ = ["PersonaSettings"]
