"""Where crawlers write what they find."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_glue import CfnDatabase
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.governance.new_tables import close_new_tables


class DiscoveredDatabase(CfnDatabase):
    """A Glue database of tables that only describe what sources have; it has no data and no place of its own.

    The construct's id is its logical id.
    """

    def __init__(self, scope: Construct, id: str, *, names: Names, removal: RemovalPolicy, governed: bool) -> None:
        """Make the database.

        Args:
            scope: A stack.
            id: The logical id too.
            names: What it is called.
            removal: Whether it outlives its stack. Deleting it drops what crawlers found, which they find again.
            governed: Whether Lake Formation decides who sees the tables.
        """
        super().__init__(
            scope,
            id,
            catalog_id=names.account,
            database_input=CfnDatabase.DatabaseInputProperty(name=names.discovered, description="What crawlers found at the sources"),
        )
        self.override_logical_id(id)
        self.apply_removal_policy(removal)
        if governed:
            close_new_tables(self)
