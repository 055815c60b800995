"""Telling people that a message was given up."""

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import Alarm, ComparisonOperator, Metric, Stats, TreatMissingData
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_sns import Topic
from constructs import Construct

from medallion.manifest.names import Function, Names
from stacks.parts.alerts.topic import topic_arn
from stacks.parts.logical_id import pin


class DeadLetterAlarm(Alarm):
    """Tells the environment's topic when a function's dead-letter queue is not empty, and when it is again. The construct's id is its logical id."""

    def __init__(self, scope: Construct, id: str, *, function: Function, names: Names) -> None:
        """Make the alarm.

        Args:
            scope: A construct.
            id: The logical id too.
            function: Whose messages.
            names: What queue, alarm and topic are called; the topic must let alarms publish.
        """
        queue = names.dead_letters(function)
        super().__init__(
            scope,
            id,
            alarm_name=queue,
            alarm_description=f"Messages that {names.function(function)} failed with five times wait in {queue} for a person, for 14 days",
            metric=Metric(
                namespace="AWS/SQS",
                metric_name="ApproximateNumberOfMessagesVisible",
                dimensions_map={"QueueName": queue},
                statistic=Stats.MAXIMUM,
                period=Duration.minutes(5),
            ),
            comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
            threshold=0,
            evaluation_periods=1,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        )
        pin(self, id)
        told = SnsAction(Topic.from_topic_arn(self, "Alerts", topic_arn(names)))
        self.add_alarm_action(told)
        self.add_ok_action(told)
