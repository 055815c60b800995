"""Glue job: the documents that were accepted of one source, into bronze."""

import sys

from medallion.arguments import given, ingest_parser
from medallion.ingest.documents.source import ingest_documents
from medallion.job import run_step
from medallion.manifest.steps import INGEST

arguments = given(ingest_parser(__doc__), sys.argv[1:])
run_step(INGEST, arguments, lambda spark, run: ingest_documents(spark, run, arguments.source or ""))
