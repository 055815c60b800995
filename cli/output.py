"""What a program reads on stdout."""

import json
import sys
from typing import Any


def print_json(document: Any) -> None:
    """Prints one JSON document; dates and decimals as text."""
    json.dump(document, sys.stdout, default=str, ensure_ascii=False)
    sys.stdout.write("\n")
    sys.stdout.flush()
