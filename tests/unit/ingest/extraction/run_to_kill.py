"""A run in a process of its own: `python -m tests.unit.ingest.extraction.run_to_kill GEMINI S3 BUCKET DOCUMENTS RUN`."""

import sys
from decimal import Decimal

import boto3
from botocore.config import Config

from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.objects import S3Objects
from medallion.manifest.engines.extraction.settings import Budget
from tests.unit.ingest.extraction.asking import Asking
from tests.unit.ingest.extraction.feedback import letter

CONCURRENCY = 4
BUDGET = Budget(run=Decimal(10), month=Decimal(10))
_FILLER = "Nothing happened in this sentence of ours. " * 300


def documents(count: int) -> list[Document]:
    """So many documents, each seventh of which has two parts."""
    texts = [f"- The price of item {number} is too high.\n" for number in range(count)]
    return [letter(text + (_FILLER + text.replace("price", "staff") if number % 7 == 3 else "")) for number, text in enumerate(texts)]


def main() -> None:
    """Runs."""
    gemini, s3, bucket, count, run = sys.argv[1:]
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required", retries={"total_max_attempts": 1}),
    )
    objects = S3Objects(client, bucket, threads=8)
    print(Asking(gemini, objects, concurrency=CONCURRENCY, budget=BUDGET).run(documents(int(count)), run).calls)
    objects.close()


if __name__ == "__main__":
    main()
