"""A queue whose messages are tried a few times and then kept for a person to look at."""

from aws_cdk import Duration
from aws_cdk.aws_sqs import DeadLetterQueue, Queue, QueueEncryption
from constructs import Construct

from stacks.parts.logical_id import pin

TRIES = 5
KEPT_DAYS = 14
# A message's age counts from when it was sent, in the dead-letter queue, too.
TRIED_DAYS = 4


class MessageQueue(Construct):
    """An encrypted queue that takes TLS only, and its dead-letter queue. The construct's id begins both logical ids.

    Attributes:
        queue: The queue.
        dead: Where messages are that failed five times, for 14 days.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, dead_name: str, visibility: Duration) -> None:
        """Make both queues.

        Args:
            scope: A stack or construct.
            id: In this scope; begins the logical ids.
            name: The queue's name.
            dead_name: The dead-letter queue's name.
            visibility: How long a message that was received is seen by no other; six times a function's time limit, as Lambda advises.
        """
        super().__init__(scope, id)
        self.dead = Queue(
            self,
            "Dead",
            queue_name=dead_name,
            encryption=QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(KEPT_DAYS),
        )
        self.queue = Queue(
            self,
            "Queue",
            queue_name=name,
            # SQS's own key: EventBridge can't be told to use another without a policy on that key.
            encryption=QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(TRIED_DAYS),
            visibility_timeout=visibility,
            dead_letter_queue=DeadLetterQueue(queue=self.dead, max_receive_count=TRIES),
        )
        pin(self.dead, f"{id}DeadQueue")
        pin(self.queue, f"{id}Queue")
