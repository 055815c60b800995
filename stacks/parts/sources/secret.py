"""The secret that says how to reach a source."""

from aws_cdk import Aws, SecretValue
from aws_cdk.aws_iam import Role

from medallion.manifest.names import Names
from stacks.parts.permission import allow


class SourceSecret:
    """A Secrets Manager secret with `host`, `port`, `dbname`, `username` and `password`, known by its name.

    Attributes:
        name: The secret's name.
    """

    def __init__(self, name: str, *, names: Names) -> None:
        """Mean the secret of that name in the environment's account and region."""
        self.name = name
        # Secrets Manager adds a dash and six characters to the name.
        self._arn = f"arn:{Aws.PARTITION}:secretsmanager:{names.region}:{names.account}:secret:{name}-??????"
        self._keys = f"arn:{Aws.PARTITION}:kms:{names.region}:{names.account}:key/*"
        self._service = f"secretsmanager.{names.region}.{Aws.URL_SUFFIX}"

    def field(self, name: str) -> str:
        """A field's value, filled in by CloudFormation; not for the password.

        CloudFormation looks at the secret only when the resource that holds this is made or changed, so the connection keeps the old
        address when only the secret changes. The job doesn't mind: it reads the secret itself at each run.
        """
        return SecretValue.secrets_manager(self.name, json_field=name).unsafe_unwrap()

    def grant_read(self, role: Role) -> None:
        """Let a role read this secret, whichever key of the account encrypts it."""
        allow(role, "SourceSecret", actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], resources=[self._arn])
        allow(
            role,
            "SourceSecretDecrypt",
            actions=["kms:Decrypt"],
            resources=[self._keys],
            conditions={
                "StringEquals": {"kms:ViaService": self._service},
                "ArnLike": {"kms:EncryptionContext:SecretARN": self._arn},
            },
            star="The secret's owner chooses its key; the conditions allow decrypting this one secret, through Secrets Manager only",
        )
