"""Glue job: what is new at one JDBC source, into bronze."""

import sys

from medallion.arguments import given, run_of, run_parser
from medallion.ingest.source import ingest, source_of
from medallion.job import run_job

parser = run_parser(__doc__)
parser.add_argument("--source", required=True)
parser.add_argument("--secret", required=True)
parser.add_argument("--source_prefix", required=True)
parser.add_argument("--tls", type=lambda value: value == "true", default=True)
arguments = given(parser, sys.argv[1:])
run_job("ingest", lambda spark: ingest(spark, run_of(arguments), arguments.source or "", source_of(arguments)))
