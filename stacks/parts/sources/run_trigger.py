"""What starts a run for each batch of documents."""

from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from medallion.manifest.names import Names
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
        names: Names,
        archives: Path,
        logs_key_arn: str,
        retention_days: int,
        removal: RemovalPolicy,
    ) -> None:
        """Make queue and function.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            airflow: The MWAA environment's name.
            names: What things are called.
            archives: Where the functions' code is.
            logs_key_arn: Encrypts its log.
            retention_days: When log events are dropped.
            removal: Whether its log outlives the stack.
        """
        super().__init__(scope, id)
        trigger = QueueFunction(
            self,
            id,
            function="trigger",
            description="Starts a run for each batch of documents that has closed",
            names=names,
            logs_key_arn=logs_key_arn,
            retention_days=retention_days,
            removal=removal,
            timeout=Duration.minutes(1),
        )
        # "Accessing the Apache Airflow REST API" in MWAA's user guide: a caller acts in Airflow as the role that the resource names.
        allow(
            trigger.role,
            "StartRuns",
            actions=["airflow:InvokeRestApi"],
            resources=[f"arn:{Aws.PARTITION}:airflow:{names.region}:{names.account}:role/{airflow}/User"],
        )
        # All functions of the gate that work side by side ask for a batch's run once each: gathered, most of that is one call.
        trigger.work(
            archives=archives,
            memory_mib=256,
            batch=100,
            window=Duration.seconds(5),
            concurrency=2,
            environment={"AIRFLOW_ENVIRONMENT": airflow},
        )
        self.queue = trigger.messages.queue
