"""The model without a laptop: a request as JSON on each line of standard input, its answer on each line of standard output."""

import json
import sys

from local.services.model.answer import answer
from local.services.model.embedding import Likeness

if __name__ == "__main__":
    likeness = Likeness()
    for line in sys.stdin:
        print(json.dumps(answer(likeness, json.loads(line))), flush=True)
