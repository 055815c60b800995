"""What a job may do with the tables of a layer."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk.aws_iam import Role

from medallion.manifest.names import Database, Names
from stacks.parts.permission import allow


class LayerTables:
    """The tables of one layer, those whose names begin alike, or some that are named, as something that is granted.

    Iceberg keeps a table's rows and history in S3 and only the place of its newest metadata in Glue, so reading and writing need both.
    """

    def __init__(
        self, *, layer: Database, names: Names, key_arn: str, name_prefix: str = "", tables: Sequence[str] = (), purpose: str = ""
    ) -> None:
        """Mean these tables.

        Args:
            layer: Bronze, silver, gold or ops.
            names: What database and bucket are called.
            key_arn: The key of the layer's bucket.
            name_prefix: How the tables' names begin; the default means all tables of the layer.
            tables: The tables by name, in place of a prefix.
            purpose: What the statements' ids begin with where a role is granted tables of one layer twice; default the layer.
        """
        self._purpose = purpose or layer.capitalize()
        self._key = key_arn
        catalog = f"arn:{Aws.PARTITION}:glue:{names.region}:{names.account}"
        database = names.database(layer)
        of_glue, of_s3 = tables or (f"{name_prefix}*",), [f"{table}/*" for table in tables] or [f"{name_prefix}*"]
        self._catalog = [
            f"{catalog}:catalog",
            f"{catalog}:database/{database}",
            *(f"{catalog}:table/{database}/{name}" for name in of_glue),
        ]
        self._bucket = f"arn:{Aws.PARTITION}:s3:::{names.bucket(layer)}"
        self._objects = [f"{self._bucket}/tables/{objects}" for objects in of_s3]

    def grant_read(self, role: Role) -> None:
        """Let a role query the tables."""
        self._allow(role, "Find", ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"], self._catalog)
        self._allow(role, "Bucket", ["s3:GetBucketLocation", "s3:ListBucket"], [self._bucket])
        self._allow(role, "Read", ["s3:GetObject"], self._objects)
        self._allow(role, "Decrypt", ["kms:Decrypt"], [self._key])

    def grant_write(self, role: Role) -> None:
        """Let a role query the tables and commit to them, but neither make nor drop any."""
        self.grant_read(role)
        self._allow(role, "Commit", ["glue:UpdateTable"], self._catalog)
        self._allow(role, "Write", ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], self._objects)
        self._allow(role, "Encrypt", ["kms:GenerateDataKey"], [self._key])

    def grant_define(self, role: Role) -> None:
        """Let a role make tables and change their columns."""
        self.grant_write(role)
        self._allow(role, "Define", ["glue:CreateTable"], self._catalog)

    def _allow(self, role: Role, what: str, actions: list[str], resources: list[str]) -> None:
        allow(
            role,
            f"{self._purpose}{what}",
            actions=actions,
            resources=resources,
            star="Tables come with contracts, after the role; these are all tables of one layer or one source, and what lies under them",
        )
