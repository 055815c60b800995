"""What looks at every upload to the landing bucket."""

import json
from collections.abc import Mapping

from aws_cdk import Aws, Duration
from aws_cdk.aws_events import EventPattern, Rule
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.environment import Environment
from medallion.manifest.model import BronzeTable, Manifest
from medallion.manifest.names import Names, documents_prefix
from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.functions.queue_function import QueueFunction
from stacks.parts.permission import allow

NAMED_BY_CONTENT = "Documents, quarantine and records are named by what arrives; these are the gate's own folders"
NAMED_BY_SENDERS = "Uploads are named by those who send them; the bucket is the gate's own"


def documents_read(environment: Environment, manifest: Manifest) -> dict[str, tuple[DocumentSource, BronzeTable]]:
    """The sources of documents that contracts read: what each is here, and its table."""
    return {
        name: (settings, table) for name, settings in environment.sources_of(DocumentSource).items() for table in manifest.read_from(name)
    }


class DocumentsGate(Construct):
    """S3's events of the landing bucket, a queue for them, and the function that decides: into bronze, or into quarantine with the reason.

    Every object is looked at, under the prefix of a source or not, so that none stays there without a word.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sources: Mapping[str, tuple[DocumentSource, BronzeTable]],
        data_key_arn: str,
        platform: FunctionPlatform,
        trigger: IQueue | None,
    ) -> None:
        """Make rule, queue and function.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            sources: By name what each source is here, and its table.
            data_key_arn: The key of landing, bronze and ops.
            platform: What all functions share.
            trigger: Where it asks for runs; None where nothing starts them.
        """
        super().__init__(scope, id)
        names = platform.names
        gate = QueueFunction(
            self,
            id,
            function="gate",
            description="Decides about every upload to the landing bucket",
            platform=platform,
            # A batch may have objects of gigabytes, which S3 copies into quarantine part by part.
            timeout=Duration.minutes(5),
        )
        self._grant_buckets(gate, names, data_key_arn)
        if trigger is not None:
            allow(gate.role, "AskForRuns", actions=["sqs:SendMessage"], resources=[trigger.queue_arn])
        gate.work(
            memory_mib=512,
            batch=10,
            concurrency=10,
            environment={
                "SOURCES": json.dumps({name: _settings(*source, names) for name, source in sorted(sources.items())}, separators=(",", ":")),
                "BRONZE_BUCKET": names.bucket("bronze"),
                "OPS_BUCKET": names.bucket("ops"),
                **({"TRIGGER_QUEUE": trigger.queue_url} if trigger is not None else {}),
            },
        )
        rule = Rule(
            self,
            "Uploads",
            description="Every object that is made in the landing bucket",
            event_pattern=EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [names.bucket("landing")]}},
            ),
        )
        rule.add_target(SqsQueue(gate.messages.queue, dead_letter_queue=gate.messages.dead))

    def _grant_buckets(self, gate: QueueFunction, names: Names, data_key_arn: str) -> None:
        landing, bronze, ops = (f"arn:{Aws.PARTITION}:s3:::{names.bucket(purpose)}" for purpose in ("landing", "bronze", "ops"))
        allow(
            gate.role,
            "Landing",
            actions=["s3:DeleteObjectVersion", "s3:GetObjectVersion"],
            resources=[f"{landing}/*"],
            star=NAMED_BY_SENDERS,
        )
        # Without it S3 answers 403 instead of 404 for what is not there.
        allow(gate.role, "Buckets", actions=["s3:ListBucket"], resources=[landing, ops])
        allow(
            gate.role,
            "Documents",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bronze}/{documents_prefix('')}*"],
            star=NAMED_BY_CONTENT,
        )
        allow(
            gate.role,
            "Reasons",
            # Newer releases of boto3 tag a copy that was made in parts by its version, older ones as it is begun.
            actions=["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
            resources=[f"{bronze}/{documents_prefix('quarantine')}/*"],
            star=NAMED_BY_CONTENT,
        )
        allow(gate.role, "Records", actions=["s3:GetObject", "s3:PutObject"], resources=[f"{ops}/uploads/*"], star=NAMED_BY_CONTENT)
        allow(gate.role, "Key", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[data_key_arn])


def _settings(source: DocumentSource, table: BronzeTable, names: Names) -> dict[str, object]:
    """A source as the function reads it."""
    return {
        "prefix": documents_prefix(table.name),
        "largest_bytes": source.largest_bytes,
        "suffixes": list(source.suffixes),
        "dag_id": names.dag(table.product),
        "batch_seconds": source.batch_seconds,
    }
