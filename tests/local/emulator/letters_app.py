"""A CDK app with the gate of documents and what starts runs, over buckets of its own, and nothing else of a lake."""

import os
from pathlib import Path

import aws_cdk as cdk

from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import Names
from stacks.parts.delivery.function_code import build_functions
from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.logs.log_keeping import LogKeeping
from stacks.parts.sources.documents_gate import DocumentsGate
from stacks.parts.sources.run_trigger import RunTrigger
from stacks.parts.storage.private_bucket import PrivateBucket
from stacks.parts.storage.purpose_key import PurposeKey

names = Names(prefix="acme", account="111111111111", region="eu-west-1")
table = BronzeTable(
    product="post", name="inbox__notes", contract="notes.yaml", version="1", columns=(), source="inbox", object="notes", mode="documents"
)
app = cdk.App()
stack = cdk.Stack(app, "letters", env=cdk.Environment(account=names.account, region=names.region))
removal = cdk.RemovalPolicy.DESTROY
data = PurposeKey(stack, "DataKey", alias="acme/data", description="Data", removal=removal)
logs = PurposeKey(stack, "LogsKey", alias="acme/logs", description="Logs", removal=removal)
logs.grant_log_groups("/medallion/acme/")
for purpose in ("landing", "bronze", "ops"):
    PrivateBucket(
        stack,
        f"{purpose.capitalize()}Bucket",
        name=names.bucket(purpose),
        key=data,
        noncurrent_days=30,
        removal=cdk.RemovalPolicy.RETAIN,
        events=purpose == "landing",
    )
archives = build_functions(Path(__file__).parents[3])
functions = FunctionPlatform(names=names, archives=archives, logs=LogKeeping(key_arn=logs.key_arn, retention_days=7, removal=removal))
trigger = RunTrigger(stack, "Trigger", airflow=names.airflow, platform=functions)
source = DocumentSource(engine="documents", largest_bytes=100_000, batch_seconds=int(os.environ["BATCH_SECONDS"]))
DocumentsGate(stack, "Gate", sources={"inbox": (source, table)}, data_key_arn=data.key_arn, trigger=trigger.queue, platform=functions)
app.synth()
