"""Glue job: what is new in one source's DynamoDB tables, into bronze."""

import sys

from medallion.arguments import given, ingest_parser
from medallion.ingest.export.source import ingest_exports
from medallion.job import run_step
from medallion.manifest.steps import INGEST

parser = ingest_parser(__doc__)
parser.add_argument("--key")
arguments = given(parser, sys.argv[1:])
run_step(INGEST, arguments, lambda spark, run: ingest_exports(spark, run, arguments))
