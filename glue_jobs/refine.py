"""Glue job: what is new in bronze, into a product's silver tables."""

import sys

from medallion.arguments import given, run_parser
from medallion.job import run_step
from medallion.manifest.steps import REFINE
from medallion.refine.product import refine

run_step(REFINE, given(run_parser(__doc__), sys.argv[1:]), refine)
