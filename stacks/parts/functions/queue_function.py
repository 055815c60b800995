"""A function that works off a queue under a role of its own."""

from collections.abc import Mapping

from aws_cdk import Aws, Duration
from aws_cdk.aws_iam import Role, ServicePrincipal
from aws_cdk.aws_lambda import Architecture, Code, EventSourceMapping, Runtime, Tracing
from aws_cdk.aws_lambda import Function as LambdaFunction
from constructs import Construct

from medallion.manifest.names import Function
from stacks.parts.alerts.dead_letter_alarm import DeadLetterAlarm
from stacks.parts.functions.message_queue import MessageQueue
from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.logical_id import pin
from stacks.parts.permission import allow
from stacks.parts.suppression import accept


class QueueFunction(Construct):
    """A Python function with its queue: traced, its log kept and encrypted, allowed nothing but its messages and what it is granted.

    A batch's messages that fail come again alone; those that are given up are told. What else the role may do, its user grants before `work`, so that no message comes
    before the permission is there.

    Attributes:
        role: Its role, which has the function's name.
        messages: Its queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: Function,
        description: str,
        platform: FunctionPlatform,
        timeout: Duration,
    ) -> None:
        """Make role, log group, queue and alarm.

        Args:
            scope: A construct.
            id: In this scope; begins the logical ids.
            function: Which of `lambdas/`.
            description: What it does.
            platform: What all functions share.
            timeout: The function's time limit.
        """
        super().__init__(scope, id)
        self._id, self._function, self._description, self._platform, self._timeout = id, function, description, platform, timeout
        names = platform.names
        name = names.function(function)
        self.messages = MessageQueue(
            self, id, name=name, dead_name=names.dead_letters(function), visibility=Duration.seconds(6 * int(timeout.to_seconds()))
        )
        DeadLetterAlarm(self, f"{id}DeadAlarm", function=function, names=names)
        self.role = Role(self, "Role", role_name=name, description=description, assumed_by=ServicePrincipal("lambda.amazonaws.com"))
        group = names.function_log_group(function)
        self._logs = platform.logs.group(self, f"{id}LogGroup", name=group)
        allow(
            self.role,
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:{group}:*"],
            star="Streams are named by Lambda; the group is this function's own",
        )
        allow(
            self.role,
            "Trace",
            actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            resources=["*"],
            star="X-Ray knows no resource for what a function tells of itself",
        )
        allow(
            self.role,
            "Messages",
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[self.messages.queue.queue_arn],
        )

    def work(
        self,
        *,
        memory_mib: int,
        environment: Mapping[str, str],
        batch: int,
        window: Duration | None = None,
        concurrency: int,
    ) -> None:
        """Make the function and give it the queue's messages.

        Args:
            memory_mib: Its memory.
            environment: Its settings.
            batch: How many messages it gets at a time.
            window: How long a batch is gathered; default not at all.
            concurrency: How many batches are worked off side by side, 2 or more.
        """
        function = LambdaFunction(
            self,
            "Function",
            function_name=self._platform.names.function(self._function),
            description=self._description,
            runtime=Runtime.PYTHON_3_13,
            architecture=Architecture.ARM_64,
            handler=f"{self._function}.handler.handle",
            code=Code.from_asset(str(self._platform.archives / f"{self._function}.zip")),
            # What it may do is said by those who grant it; the L2 would add wildcards.
            role=self.role.without_policy_updates(),
            timeout=self._timeout,
            memory_size=memory_mib,
            tracing=Tracing.ACTIVE,
            log_group=self._logs,
            environment={
                "POWERTOOLS_SERVICE_NAME": self._function,
                "POWERTOOLS_METRICS_NAMESPACE": f"Medallion/{self._platform.names.dashed}",
                **environment,
            },
        )
        accept(
            function,
            "AwsSolutions-L1",
            reason="Python 3.13 is what the wheels are locked for and what every test runs; Lambda supports it until 2029",
        )
        pin(function, f"{self._id}Function")
        function.node.add_dependency(self.role.node.find_child("DefaultPolicy"))
        mapping = EventSourceMapping(
            self,
            "Messages",
            target=function,
            event_source_arn=self.messages.queue.queue_arn,
            batch_size=batch,
            max_batching_window=window,
            max_concurrency=concurrency,
            report_batch_item_failures=True,
        )
        mapping.node.add_dependency(function)
