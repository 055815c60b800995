"""Glue job: what is new at one JDBC source, into bronze."""

import sys

from medallion.arguments import given, ingest_parser
from medallion.ingest.jdbc.source import ingest, source_of
from medallion.job import run_step
from medallion.manifest.steps import INGEST

parser = ingest_parser(__doc__)
parser.add_argument("--secret", required=True)
parser.add_argument("--tls", type=lambda value: value == "true", default=True)
arguments = given(parser, sys.argv[1:])
run_step(INGEST, arguments, lambda spark, run: ingest(spark, run, arguments.source or "", source_of(arguments)))
