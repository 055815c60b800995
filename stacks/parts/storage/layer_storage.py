"""Where one layer's tables live, or those of what runs leave."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_glue import CfnDatabase
from aws_cdk.aws_kms import IKey
from constructs import Construct

from medallion.manifest.environment import Retention
from medallion.manifest.names import Database, Names
from stacks.parts.governance.new_tables import close_new_tables
from stacks.parts.storage.private_bucket import PrivateBucket


class LayerStorage(Construct):
    """One layer's bucket and Glue database.

    Attributes:
        bucket: Holds the tables under `tables/`.
        database: Its tables are made by jobs, never by CloudFormation, which would undo what they change.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layer: Database,
        names: Names,
        key: IKey,
        access_logs: PrivateBucket,
        retention: Retention,
        removal: RemovalPolicy,
        governed: bool,
    ) -> None:
        """Make bucket and database.

        Args:
            scope: A stack.
            id: Begins the logical ids, which are `<id>Bucket` and `<id>Database`.
            layer: Bronze, silver, gold or ops.
            names: What they are called.
            key: Encrypts the bucket.
            access_logs: Where the bucket's access logs go.
            retention: How long versions that are no longer current are kept.
            removal: Whether they outlive their stack. Deleting a database drops its tables.
            governed: Whether Lake Formation decides who sees the tables.
        """
        super().__init__(scope, id)
        self.bucket = PrivateBucket(
            self,
            f"{id}Bucket",
            name=names.bucket(layer),
            key=key,
            access_logs=access_logs,
            noncurrent_days=retention.noncurrent_versions,
            removal=removal,
        )
        self.database = CfnDatabase(
            self,
            f"{id}Database",
            catalog_id=names.account,
            database_input=CfnDatabase.DatabaseInputProperty(
                name=names.database(layer),
                description="What became of tables in runs" if layer == "ops" else f"The {layer} layer",
                location_uri=f"s3://{names.bucket(layer)}/tables",
            ),
        )
        self.database.override_logical_id(f"{id}Database")
        self.database.apply_removal_policy(removal)
        self.database.node.add_dependency(self.bucket)
        if governed:
            close_new_tables(self.database)
