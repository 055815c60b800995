"""Glue job: the tables of the lake become what the contracts say."""

import sys

from medallion.apply_contracts import apply_contracts
from medallion.arguments import given, lake_parser, read_manifest
from medallion.job import run_job
from medallion.manifest.steps import APPLY_CONTRACTS

arguments = given(lake_parser(__doc__), sys.argv[1:])
run_job(
    APPLY_CONTRACTS.name,
    lambda spark: apply_contracts(spark, read_manifest(arguments.manifest), arguments.names, arguments.release),
)
