"""How often the laptop's model is right about a lake's sample: `python -m bench.model_accuracy [--lake FOLDER] [--rows N]`.

The seed tells what is in its documents; the model runs in the emulator's environment, without a laptop.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.stage import ROOT
from medallion.manifest.compiler import compile_lake
from medallion.manifest.engines.extraction.request import instructions, response_schema
from medallion.manifest.model import BronzeTable, Extraction

type Record = Mapping[str, Any]
OUTCOMES = ("right", "wrong", "missing", "invented", "none")


class Uploads:
    """Stands in for S3 while a seed sends its documents."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def put_object(self, *, Body: bytes, **_: object) -> None:  # noqa: N803 - boto3's
        """Keeps a document by its hash."""
        import hashlib

        self.texts[hashlib.sha256(Body).hexdigest()] = Body.decode()


def main() -> int:
    """Prints for each field how many values are right, wrong, missing and invented, in all languages and in each."""
    parser = argparse.ArgumentParser(prog="python -m bench.model_accuracy", description=__doc__)
    parser.add_argument("--lake", type=Path, default=ROOT / "lakes" / "grocer", help="a lake with a seed")
    parser.add_argument("--rows", type=int, help="as in `lake seed --rows`")
    arguments = parser.parse_args()
    for table in compile_lake(arguments.lake).tables("bronze"):
        if isinstance(table, BronzeTable) and table.extraction is not None:
            _measure(arguments.lake, arguments.rows, table.extraction)
    return 0


def _measure(lake: Path, rows: int | None, extraction: Extraction) -> None:
    texts, truth = _documents(lake, extraction.documents.partition("__")[0], rows)
    began = time.monotonic()
    answers = list(_answers(extraction, list(texts.values())))
    seconds = time.monotonic() - began
    names = [field.name for field in extraction.fields]
    counts: dict[tuple[str, str], Counter[str]] = {}
    records: dict[str, Counter[str]] = {}
    for document, answer in zip(texts, answers, strict=True):
        told = truth[document]
        for language in ("all", told["language"]):
            found = records.setdefault(language, Counter())
            found[told["kind"]] += 1
            found[f"{told['kind']}, as many records"] += len(told["records"]) == len(answer)
            for expected, record in paired(told["records"], answer, names):
                found["found" if expected is not None and record is not None else "extra" if expected is None else "lost"] += 1
                if expected is not None and record is not None:
                    for name in names:
                        counts.setdefault((language, name), Counter())[outcome(expected.get(name), (record[name] or {}).get("value"))] += 1
    for language, found in records.items():
        print(f"\n{language}: {dict(sorted(found.items()))}\n{'field':14}" + "".join(f"{name:>10}" for name in OUTCOMES))
        for name in names:
            print(f"{name:14}" + "".join(f"{counts.get((language, name), Counter())[kind]:>10}" for kind in OUTCOMES))
    print(f"\n{len(texts)} documents, {1000 * seconds / len(texts):.0f} ms each, the model's start included")


def paired(expected: Sequence[Record], records: Sequence[Record], names: Sequence[str]) -> Iterator[tuple[Record | None, Record | None]]:
    """Each record that is expected beside the one that agrees with it in most fields; then those that nobody expects."""
    left = list(records)
    for record in expected:
        best = max(
            left,
            key=lambda other: sum(outcome(record.get(name), (other[name] or {}).get("value")) == "right" for name in names),
            default=None,
        )
        if best is not None:
            left.remove(best)
        yield record, best
    yield from ((None, record) for record in left)


def outcome(expected: object, value: object) -> str:
    """What became of one value: `right`, `wrong`, `missing`, `invented`, or `none` where there is none and none was found."""
    if expected is None or value is None:
        return "none" if expected is value else "missing" if value is None else "invented"
    return "right" if _plain(expected) == _plain(value) else "wrong"


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return str(value).casefold()


def _documents(lake: Path, source: str, rows: int | None) -> tuple[dict[str, str], dict[str, Any]]:
    script = lake / "seed" / "load.py"
    specification = importlib.util.spec_from_file_location("bench_seed", script, submodule_search_locations=[str(script.parent)])
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["bench_seed"] = module
    specification.loader.exec_module(module)
    uploads = Uploads()
    (told,) = module.load(source, uploads, f"bucket/{source}/", lambda *_: None, rows).values()
    return uploads.texts, told["documents"]


def _answers(extraction: Extraction, texts: Sequence[str]) -> Iterator[list[Record]]:
    """The records of each text."""
    fields = [field.model_dump(mode="json") for field in extraction.fields]
    asked = {
        "instructions": instructions(extraction),
        "schema": response_schema(extraction),
        "fields": fields,
        "irrelevant": extraction.irrelevant,
    }
    lines = "".join(json.dumps({**asked, "text": text}) + "\n" for text in texts)
    program = [str(ROOT / ".tools" / "emulator" / "bin" / "python"), "-m", "local.services.model"]
    done = subprocess.run(program, cwd=ROOT, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return (json.loads(line)["records"] for line in done.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
