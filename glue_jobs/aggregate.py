"""Glue job: a product's gold tables, from its silver ones."""

import sys

from medallion.aggregate.product import aggregate
from medallion.arguments import given, run_of, run_parser
from medallion.job import run_job

arguments = given(run_parser(__doc__), sys.argv[1:])
run_job("aggregate", lambda spark: aggregate(spark, run_of(arguments)))
