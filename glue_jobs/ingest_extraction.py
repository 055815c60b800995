"""Glue job: what a language model extracts from the documents of a product, into bronze."""

import sys

from medallion.arguments import given, ingest_parser
from medallion.ingest.extraction.source import ingest_extraction
from medallion.job import run_step
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.steps import INGEST

parser = ingest_parser(__doc__)
parser.add_argument("--settings")
arguments = given(parser, sys.argv[1:])
settings = ExtractionSource.model_validate_json(arguments.settings or "")
run_step(INGEST, arguments, lambda spark, run: ingest_extraction(spark, run, arguments.source or "", settings))
