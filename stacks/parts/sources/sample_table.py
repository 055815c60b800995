"""A DynamoDB table that plays a source."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_dynamodb import Attribute, AttributeType, BillingMode, PointInTimeRecoverySpecification, Table, TableEncryption
from aws_cdk.aws_kms import IKey
from constructs import Construct

from medallion.manifest.model import BronzeTable
from stacks.parts.logical_id import pin


class SampleTable(Construct):
    """An empty table with a contract's key, encrypted, paid by request and restorable, without which it could not be exported."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, contract: BronzeTable, key: IKey, protected: bool, removal: RemovalPolicy
    ) -> None:
        """Make the table.

        Args:
            scope: A stack.
            id: The logical id too.
            name: The table's name.
            contract: Gives the key: the partition key, and the sort key if there is one.
            key: Encrypts it.
            protected: Whether it refuses to be deleted.
            removal: Whether it outlives its stack.
        """
        super().__init__(scope, id)
        partition, *sort = (Attribute(name=column, type=attribute_type(contract.column(column).type)) for column in contract.key)
        table = Table(
            self,
            "Table",
            table_name=name,
            partition_key=partition,
            sort_key=sort[0] if sort else None,
            billing_mode=BillingMode.PAY_PER_REQUEST,
            encryption=TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            deletion_protection=protected,
            removal_policy=removal,
        )
        pin(table, id)


def attribute_type(type: str) -> AttributeType:
    """DynamoDB's type of a key column."""
    match type:
        case "string":
            return AttributeType.STRING
        case "binary":
            return AttributeType.BINARY
        case _:
            return AttributeType.NUMBER
