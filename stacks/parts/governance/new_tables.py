"""What a table is granted as it is made."""

from aws_cdk.aws_glue import CfnDatabase


def close_new_tables(database: CfnDatabase) -> None:
    """Grant nobody anything on the tables that a database will have.

    What an account grants on new tables by default goes to every principal of IAM, and CloudFormation can't clear that in the account's
    settings; a database's own word goes before it.
    """
    database.add_property_override("DatabaseInput.CreateTableDefaultPermissions", [])
