"""What Lambda calls: messages about batches that have closed."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from .runs import batch_of, start

logger, metrics = Logger(), Metrics()
tracer = Tracer(patch_modules=("botocore",))
ENVIRONMENT = os.environ["AIRFLOW_ENVIRONMENT"]
mwaa = boto3.client("mwaa")
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> Any:
    """Starts a run for each batch; messages whose run Airflow did not take come again."""
    return process_partial_response(event=event, record_handler=_start, processor=processor, context=context)


@tracer.capture_method(capture_response=False)
def _start(record: SQSRecord) -> None:
    batch = batch_of(record.json_body)
    started = start(mwaa, ENVIRONMENT, batch)
    logger.info("asked for a run", extra={"dag_id": batch.dag_id, "run_id": batch.run_id, "started": started})
    metrics.add_metric(name="Started" if started else "AlreadyThere", unit=MetricUnit.Count, value=1)
