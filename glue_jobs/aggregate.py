"""Glue job: a product's gold tables, from its silver ones."""

import sys

from medallion.aggregate.product import aggregate
from medallion.arguments import given, run_parser
from medallion.job import run_step
from medallion.manifest.steps import AGGREGATE

run_step(AGGREGATE, given(run_parser(__doc__), sys.argv[1:]), aggregate)
