"""`python -m review accept|access|compare`: what `make baseline`, `make check` and `make review` do."""

import argparse
import json
import os
import sys
from pathlib import Path

from medallion.manifest.configuration import environment_names
from medallion.manifest.errors import LakeError
from review.assembly import synthesize
from review.baseline import accept
from review.pull_request import review
from review.restricted import accept_review, against_review

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "review"


def main() -> int:
    """Runs one of them; 1 where restricted columns are not as they were reviewed, 2 where the application or a commit refuses."""
    parser = argparse.ArgumentParser(prog="python -m review", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("accept", help="make what is synthesized now the baseline of the lake")
    verbs.add_parser("access", help="hold restricted columns, and who sees them, against what was reviewed")
    against = verbs.add_parser("compare", help="print what this checkout changes, as Markdown")
    against.add_argument("--base", default="origin/main", help="a commit; default origin/main")
    arguments = parser.parse_args()
    lake = os.environ.get("LAKE") or json.loads((ROOT / "cdk.json").read_text())["context"]["default-lake"]
    try:
        if arguments.verb == "compare":
            sys.stdout.write(review(ROOT, lake, arguments.base, WORK))
        elif arguments.verb == "access":
            if told := against_review(ROOT / lake):
                print(told, file=sys.stderr)
                return 1
        else:
            _accept(ROOT / lake)
    except LakeError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _accept(lake: Path) -> None:
    for opening in accept_review(lake):
        print(f"access: {opening}")
    for name in environment_names(lake):
        accepted = accept(lake, name, synthesize(ROOT, name, lake, WORK / "accept" / name))
        for change in accepted:
            print(f"{name}: {change}")
        if not accepted:
            print(f"{name}: as it was reviewed")


if __name__ == "__main__":
    sys.exit(main())
