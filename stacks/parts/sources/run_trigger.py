"""What starts a run for each batch of documents."""

from aws_cdk import Aws, Duration
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.functions.queue_function import QueueFunction
from stacks.parts.permission import allow


class RunTrigger(Construct):
    """A queue whose messages wait until their batch has closed, and the function that starts the batch's run by MWAA's API.

    Attributes:
        queue: Where runs are asked for.
    """

    queue: IQueue

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        airflow: str,
        platform: FunctionPlatform,
    ) -> None:
        """Make queue and function.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            airflow: The MWAA environment's name.
            platform: What all functions share.
        """
        super().__init__(scope, id)
        trigger = QueueFunction(
            self,
            id,
            function="trigger",
            description="Starts a run for each batch of documents that has closed",
            platform=platform,
            timeout=Duration.minutes(1),
        )
        names = platform.names
        # "Accessing the Apache Airflow REST API" in MWAA's user guide: a caller acts in Airflow as the role that the resource names.
        allow(
            trigger.role,
            "StartRuns",
            actions=["airflow:InvokeRestApi"],
            resources=[f"arn:{Aws.PARTITION}:airflow:{names.region}:{names.account}:role/{airflow}/User"],
        )
        # All functions of the gate that work side by side ask for a batch's run once each: gathered, most of that is one call.
        trigger.work(
            memory_mib=256,
            batch=100,
            window=Duration.seconds(5),
            concurrency=2,
            environment={"AIRFLOW_ENVIRONMENT": airflow},
        )
        self.queue = trigger.messages.queue
