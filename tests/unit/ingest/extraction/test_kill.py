"""A run that is killed anywhere: what was answered is not asked again, and the budget knows of every call."""

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from medallion.ingest.extraction.objects import S3Objects
from tests.gemini_server import GeminiServer
from tests.unit.ingest.extraction.asking import Asking
from tests.unit.ingest.extraction.bucket_over_http import BucketServer
from tests.unit.ingest.extraction.conftest import BUCKET
from tests.unit.ingest.extraction.run_to_kill import BUDGET, CONCURRENCY, documents

ROOT = Path(__file__).resolve().parents[4]
COUNT = 60
KILLS = 2


def started(gemini: GeminiServer, bucket: BucketServer, run: str) -> subprocess.Popen[str]:
    told = [gemini.url, bucket.url, BUCKET, str(COUNT), run]
    command = [sys.executable, "-m", "tests.unit.ingest.extraction.run_to_kill", *told]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_PROXY": "127.0.0.1"})


def test_after_each_kill_only_calls_that_were_on_their_way_are_made_again(gemini: GeminiServer, objects: S3Objects) -> None:
    chance = random.Random(1)
    gemini.latency = 0.02
    parts = sum(1 + (number % 7 == 3) for number in range(COUNT))
    with BucketServer().running() as bucket:
        for kill in range(KILLS):
            # Any request to either server may be the last one that is heard of.
            last = bucket.requests + len(gemini.seen) + chance.randint(1, 70)
            with started(gemini, bucket, f"run-{kill % 2}") as process:
                while bucket.requests + len(gemini.seen) < last and process.poll() is None:
                    time.sleep(0.001)
                process.send_signal(signal.SIGKILL)
            time.sleep(2 * gemini.latency)
            repeated = len(gemini.seen) - len(set(gemini.seen))
            assert repeated <= (kill + 1) * CONCURRENCY
        with started(gemini, bucket, "run-last") as process:
            calls = int(process.communicate(timeout=60)[0])
        assert process.returncode == 0
        with started(gemini, bucket, "run-more") as process:
            assert int(process.communicate(timeout=60)[0]) == 0
    assert calls <= parts
    assert len(set(gemini.seen)) == parts
    assert len(gemini.seen) - parts <= KILLS * CONCURRENCY
    asking = Asking(gemini.url, objects)
    rows = [asking.rows(one) for one in documents(COUNT)]
    assert all(row["_refused"] is None for of_one in rows for row in of_one)
    paid = sum((of_one[0]["_cost_usd"] for of_one in rows), Decimal(0))
    spending = asking.spending
    assert paid <= spending.spent + Decimal("1e-6")
    # What was on its way when a run was killed stays spent, and nothing else.
    assert spending.total <= BUDGET.month
    assert len(spending.reserved) <= KILLS * 4 * CONCURRENCY
