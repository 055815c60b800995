"""Glue job: what is new in bronze, into a product's silver tables."""

import sys

from medallion.arguments import given, run_of, run_parser
from medallion.job import run_job
from medallion.refine.product import refine

arguments = given(run_parser(__doc__), sys.argv[1:])
run_job("refine", lambda spark: refine(spark, run_of(arguments)))
