"""Runs a job's script in the job's own Python, with the Spark of a JVM that waits for it: `python script_runner.py SCRIPT ARGUMENT…`.

Started by `local.services.glue.spark.process`, which sets these variables:

- `PYSPARK_GATEWAY_PORT` and `PYSPARK_GATEWAY_SECRET`: the JVM, as pyspark itself expects them.
- `LAKE_SPARK_PROPERTIES`: a file with the run's Spark properties, as JSON.
- `LAKE_RELEASED`: the line that the JVM prints once nothing of the run is left in it.

A script that is killed, or that leaves by `os._exit`, never gets to that line; its JVM must not be used again.
"""

import json
import os
import runpy
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

# The JVM's own environment is as old as the JVM: what differs from run to run reaches Java and Python workers as properties.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "aws.accessKeyId",
    "AWS_SECRET_ACCESS_KEY": "aws.secretAccessKey",
    "AWS_SESSION_TOKEN": "aws.sessionToken",
}
FOR_WORKERS = (*CREDENTIALS, "PYTHONPATH")


def properties_of_run(environment: MutableMapping[str, str]) -> dict[str, str]:
    """The JVM's system properties while the run has it."""
    spark: dict[str, str] = json.loads(Path(environment.pop("LAKE_SPARK_PROPERTIES")).read_text(encoding="utf-8"))
    workers = {f"spark.executorEnv.{name}": environment[name] for name in FOR_WORKERS if environment.get(name)}
    return {**spark, **workers, **{name: environment[variable] for variable, name in CREDENTIALS.items()}}


def take(system: Any, properties: dict[str, str]) -> dict[str, str | None]:
    """Sets the run's properties; returns what they were before."""
    return {name: system.setProperty(name, value) for name, value in properties.items()}


def release(jvm: Any, before: dict[str, str | None], released: str) -> None:
    """Takes all of the run out of the JVM, and makes it say so."""
    if SparkSession._instantiatedSession is not None:  # noqa: SLF001 - a script may have left it open
        SparkSession._instantiatedSession.stop()  # noqa: SLF001
    if SparkContext._active_spark_context is not None:  # noqa: SLF001
        SparkContext._active_spark_context.stop()  # noqa: SLF001
    # Each file system keeps the credentials that it was made with.
    jvm.org.apache.hadoop.fs.FileSystem.closeAll()
    for name, value in before.items():
        if value is None:
            jvm.java.lang.System.clearProperty(name)
        else:
            jvm.java.lang.System.setProperty(name, value)
    # A script may have set another level.
    jvm.org.apache.logging.log4j.core.config.Configurator.reconfigure()
    jvm.java.lang.System.err.println(released)


def run_script(script: str) -> int:
    """Runs a script as Python runs its main program; returns the exit code."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001 - Python's own last resort, without the lines of this file
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != script:
            frames = frames.tb_next
        traceback.print_exception(error.with_traceback(frames or error.__traceback__))
        return 1
    return 0


def main(arguments: list[str]) -> int:
    """Runs a script in the JVM that waits for it, and gives the JVM back."""
    released = os.environ.pop("LAKE_RELEASED")
    properties = properties_of_run(os.environ)
    gateway = launch_gateway()  # type: ignore[no-untyped-call]
    SparkContext._ensure_initialized(gateway=gateway)  # noqa: SLF001
    before = take(gateway.jvm.java.lang.System, properties)
    sys.argv = arguments
    sys.path[0] = str(Path(arguments[0]).parent)
    code = run_script(arguments[0])
    release(gateway.jvm, before, released)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
