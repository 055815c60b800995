"""What Lambda calls: a batch of the queue's messages, each one upload."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from .admission import Gate, Source
from .buckets import Buckets
from .checks import Limits
from .closing import closing, delay_seconds, text_of
from .outcome import Outcome
from .upload import Upload, upload_of

logger, metrics = Logger(), Metrics()
tracer = Tracer(patch_modules=("botocore",))


def sources_of(text: str) -> dict[str, Source]:
    """The sources of the function's configuration, as the stack writes them."""
    return {
        name: Source(
            prefix=one["prefix"],
            limits=Limits(largest_bytes=one["largest_bytes"], suffixes=tuple(one["suffixes"])),
            dag_id=one["dag_id"],
            batch_seconds=one["batch_seconds"],
        )
        for name, one in json.loads(text).items()
    }


SOURCES = sources_of(os.environ["SOURCES"])
QUEUE = os.environ.get("TRIGGER_QUEUE")
gate = Gate(
    sources=SOURCES,
    storage=Buckets(boto3.client("s3"), bronze=os.environ["BRONZE_BUCKET"], ops=os.environ["OPS_BUCKET"]),
    now=lambda: datetime.now(UTC),
)
sqs = boto3.client("sqs")
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> Any:
    """Decides about the uploads of a batch; those that could not be decided come again.

    The messages about batches are sent before an upload is removed, so that no accepted letter stays without a run.
    """
    return process_partial_response(event=event, record_handler=_decide, processor=processor, context=context)


@tracer.capture_method(capture_response=False)
def _decide(record: SQSRecord) -> None:
    upload = upload_of(record.json_body)
    outcome = gate.admit(upload)
    if outcome.decision == "accepted":
        _ask_for_run(SOURCES[outcome.source])
    gate.finish(upload)
    _tell(upload, outcome)


# By DAG the last closing that a message was sent for: one that was sent is delivered, however often its batch is asked for.
_asked: dict[str, datetime] = {}


def _ask_for_run(source: Source) -> None:
    if QUEUE is None:
        return
    # The clock is read once the letter can be found: a run that begins at the closing sees it.
    now = datetime.now(UTC)
    closes_at = closing(now, source.batch_seconds)
    if _asked.get(source.dag_id) == closes_at:
        return
    message = json.dumps({"dag_id": source.dag_id, "closes_at": text_of(closes_at)})
    sqs.send_message(QueueUrl=QUEUE, MessageBody=message, DelaySeconds=delay_seconds(now, closes_at))
    _asked[source.dag_id] = closes_at


def _tell(upload: Upload, outcome: Outcome) -> None:
    # Names of documents may be people's, so a log has the upload's id alone.
    logger.info(
        "decided",
        extra={
            "upload": upload.id,
            "source": outcome.source,
            "decision": outcome.decision,
            "reason": outcome.reason,
            "size_bytes": upload.size_bytes,
        },
    )
    metrics.add_metric(name=outcome.decision.capitalize(), unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Bytes", unit=MetricUnit.Bytes, value=upload.size_bytes)
