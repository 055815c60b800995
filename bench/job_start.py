"""How long a job needs until its first Iceberg query is answered."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Figure, Timed, against_peer, seconds
from bench.stage import ROOT, Stage
from local.services.glue.spark.configuration import DRIVER_MEMORY, spark_properties, write_configuration
from local.services.glue.spark.runtime import SparkRuntime

# 8 s where a plain spark-submit takes 18 s.
BOUND = 8 / 18


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """The laptop's own start against `spark-submit` with the same jars and settings."""
    runtime = SparkRuntime(ROOT)
    script = ROOT / "bench" / "first_query.py"
    table = f"glue_catalog.{stage.environment.names.database('bronze')}.{stage.largest.name}"
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "conf"
        write_configuration(conf, spark_properties(stage.laptop.settings, Path(folder)))
        base = {**stage.laptop.client_environment(), "PYTHONPATH": str(ROOT), "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1"}
        jars = ",".join(str(jar) for jar in sorted((ROOT / ".tools" / "jars").glob("*.jar")))
        submit = [
            str(ROOT / ".tools" / "glue" / "bin" / "spark-submit"),
            *("--jars", jars, "--driver-memory", DRIVER_MEMORY, str(script), table),
        ]
        plain = {**base, "PYSPARK_PYTHON": str(runtime.python), "PATH": f"{runtime.java.resolve().parent}{os.pathsep}{base['PATH']}"}
        ours = _asks(runtime.command(script, [table], conf, DRIVER_MEMORY), {**base, **runtime.environment(conf)}, stage.rows)
        peer = _asks(submit, plain, stage.rows)
        name = "Job start to first Iceberg query"
        return [against_peer(name, ours, peer, peer_name="plain spark-submit", bound=BOUND, repeats=repeats)]


def _asks(command: Sequence[str], environment: dict[str, str], rows: int) -> Timed:
    def ask() -> None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.stdout.strip().endswith(str(rows)), f"answered {done.stdout!r} instead of {rows}\n{done.stderr[-2000:]}"

    return lambda: seconds(ask)
