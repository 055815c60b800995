"""Glue job: Lake Formation is told what the contracts of the deployed release say of who sees what."""

import sys
from typing import get_args

from medallion.arguments import Phase, given, lake_parser
from medallion.govern.access import apply_access
from medallion.job import run_plain

parser = lake_parser(__doc__)
parser.add_argument("--phase", choices=get_args(Phase), default="tighten")
arguments = given(parser, sys.argv[1:])
run_plain(f"apply-access {arguments.phase}", lambda: apply_access(arguments.names, arguments.phase, arguments.release))
