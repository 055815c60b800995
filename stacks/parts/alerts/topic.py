"""Where people are told of what they must look at."""

from aws_cdk import Aws
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.logical_id import pin


def topic_arn(names: Names) -> str:
    """The ARN of an environment's topic, for stacks that did not make it."""
    return f"arn:{Aws.PARTITION}:sns:{names.region}:{names.account}:{names.alerts_topic}"


class AlertsTopic(Topic):
    """An encrypted SNS topic that takes TLS only, and what alarms of this account tell. The construct's id is its logical id."""

    def __init__(self, scope: Construct, id: str, *, names: Names, key: IKey, address: str | None) -> None:
        """Make the topic.

        Args:
            scope: A stack.
            id: The logical id too.
            names: What it is called.
            key: Encrypts messages; those who publish need it as well.
            address: Who is mailed, once they have confirmed that they want it; None for nobody.
        """
        super().__init__(scope, id, topic_name=names.alerts_topic, display_name=f"{names.dashed} alerts", master_key=key, enforce_ssl=True)
        pin(self, id)
        if address:
            self.add_subscription(EmailSubscription(address))
        self._let_alarms_publish(key)

    def _let_alarms_publish(self, key: IKey) -> None:
        """Lets CloudWatch's alarms of this account publish; IAM governs no alarm, so topic and key must say it."""
        alarms, here = ServicePrincipal("cloudwatch.amazonaws.com"), {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        self.add_to_resource_policy(
            PolicyStatement(sid="Alarms", principals=[alarms], actions=["sns:Publish"], resources=[self.topic_arn], conditions=here)
        )
        # In a key's own policy a star means this key.
        key.add_to_resource_policy(
            PolicyStatement(
                sid="Alarms", principals=[alarms], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"], conditions=here
            )
        )
