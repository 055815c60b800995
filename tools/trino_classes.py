"""Makes the AOT cache from which Trino's JVM maps its classes, linked and profiled, instead of reading and verifying them.

A Trino serves a folder of its own once, answers a few statements, and its JVM writes down what it loaded.
"""

import sys
import tempfile
from pathlib import Path

from local.services.athena.trino.files import OPERATOR
from local.services.athena.trino.pointing import Target
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.services.athena.trino.warming import warm_up

ROOT = Path(__file__).resolve().parent.parent
# The JVM works through all classes as it ends.
END_SECONDS = 600.0
START_SECONDS = 600.0
# Nobody is asked: the connector is made and loads its classes.
NOBODY = Target("http://127.0.0.1:1", "eu-west-1", "none", "none")


def train(server: Server, cache: Path) -> None:
    """Serves a folder until a few statements are answered, and leaves the classes in a cache."""
    server.train(cache)
    try:
        server.wait_ready(START_SECONDS)
        server.trino.run(NOBODY.statement(), user=OPERATOR)
        warm_up(server.trino)
    finally:
        server.stop(END_SECONDS)


def main() -> None:
    """Makes the cache unless this JVM and these jars have theirs."""
    runtime = TrinoRuntime(ROOT)
    cache = runtime.class_cache
    if cache.exists():
        return
    sys.stderr.write("[setup] .tools/trino-classes: Trino runs once, so that it starts in half the time\n")
    fresh = cache.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="trino-training-") as folder:
        train(Server(Path(folder), runtime), fresh)
    if not fresh.exists():
        raise SystemExit("setup stopped: Trino's JVM left no AOT cache as it ended")
    for old in cache.parent.glob("trino-classes-*.aot"):
        old.unlink()
    fresh.rename(cache)


if __name__ == "__main__":
    main()
