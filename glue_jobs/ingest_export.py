"""Glue job: what is new in one source's DynamoDB tables, into bronze."""

import sys

from medallion.arguments import given, run_of, run_parser
from medallion.ingest.export_source import ingest_exports
from medallion.job import run_job

parser = run_parser(__doc__)
parser.add_argument("--source", required=True)
parser.add_argument("--source_prefix", required=True)
parser.add_argument("--key")
arguments = given(parser, sys.argv[1:])
run_job("ingest", lambda spark: ingest_exports(spark, run_of(arguments), arguments))
