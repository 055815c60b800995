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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.stage import ROOT
from medallion.manifest.compiler import compile_lake
from medallion.manifest.engines.extraction.request import instructions, response_schema
from medallion.manifest.model import BronzeTable, Extraction
from report.extraction.agreement import OUTCOMES, Record, agreement


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
    kinds: dict[str, Counter[str]] = {}
    pairs: dict[str, list[tuple[Sequence[Record], Sequence[Record]]]] = {}
    for document, answer in zip(texts, answers, strict=True):
        told = truth[document]
        for language in ("all", told["language"]):
            kind = kinds.setdefault(language, Counter())
            kind[told["kind"]] += 1
            kind[f"{told['kind']}, as many records"] += len(told["records"]) == len(answer)
            pairs.setdefault(language, []).append((told["records"], answer))
    for language, compared in pairs.items():
        agreed = agreement(compared, names)
        records = dict(sorted(kinds[language].items())) | {"found": agreed.found, "lost": agreed.lost, "extra": agreed.extra}
        print(f"\n{language}: {records}\n{'field':14}" + "".join(f"{name:>10}" for name in OUTCOMES))
        for name in names:
            print(f"{name:14}" + "".join(f"{agreed.fields[name][kind]:>10}" for kind in OUTCOMES))
    print(f"\n{len(texts)} documents, {1000 * seconds / len(texts):.0f} ms each, the model's start included")


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
    for line in done.stdout.splitlines():
        yield [{name: (told or {}).get("value") for name, told in record.items()} for record in json.loads(line)["records"]]


if __name__ == "__main__":
    sys.exit(main())
