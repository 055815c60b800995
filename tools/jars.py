"""Fills `.tools/jars` through Spark's own Ivy and checks every file against `tools/jars.sha256`.

`python -m tools.jars` makes the folder hold exactly the listed jars; `python -m tools.jars --lock` writes the list anew from
`tools/jars.txt`.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.services.glue.spark.runtime import SparkRuntime
from tools.trust_store import java_options

ROOT = Path(__file__).resolve().parent.parent
COORDINATES = ROOT / "tools" / "jars.txt"
LOCK = ROOT / "tools" / "jars.sha256"
JARS = ROOT / ".tools" / "jars"
IVY = ROOT / ".tools" / "ivy"


def locked() -> dict[str, str]:
    """The SHA-256 of each jar by file name, as the repository says."""
    return {name: digest for digest, name in (line.split() for line in LOCK.read_text().splitlines())}


def found(folder: Path) -> dict[str, str]:
    """The SHA-256 of each jar by file name, as it lies in a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.jar"))}


def differences(folder: Path) -> list[str]:
    """One sentence for each jar that is missing, unknown or another than locked."""
    expected, actual = locked(), found(folder)
    return [
        *(f"{name} is missing" for name in sorted(expected.keys() - actual.keys())),
        *(f"{name} is not in {LOCK.relative_to(ROOT)}" for name in sorted(actual.keys() - expected.keys())),
        *(f"{name} has another SHA-256 than locked" for name in sorted(expected) if actual.get(name, expected[name]) != expected[name]),
    ]


def resolve(into: Path) -> None:
    """Downloads the jars of `tools/jars.txt` and all they need into an empty folder."""
    lines = [line for line in COORDINATES.read_text().splitlines() if line and not line.startswith("#")]
    packages = [line for line in lines if not line.startswith("-")]
    excluded = [line.removeprefix("-") for line in lines if line.startswith("-")]
    runtime = SparkRuntime(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        script = scratch / "nothing.py"
        script.write_text("")
        settings = {
            "spark.master": "local[1]",
            "spark.jars.packages": ",".join(packages),
            "spark.jars.excludes": ",".join(excluded),
            "spark.jars.ivy": str(IVY),
        }
        (scratch / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        java, *rest = runtime.command(script, (), scratch)
        done = subprocess.run(
            [java, *java_options(os.environ, scratch / "trusted.jks"), *rest],
            env={**os.environ, **runtime.environment(scratch)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nsetup stopped: Spark's Ivy could not fetch the jars of tools/jars.txt; its reason is above")
    for jar in (IVY / "jars").glob("*.jar"):
        shutil.copyfile(jar, into / jar.name)


def install() -> None:
    """Makes `.tools/jars` what the lock says; a folder that is right already is left alone."""
    if JARS.is_dir() and not differences(JARS):
        return
    sys.stderr.write(f"[setup] .tools/jars: {len(locked())} jars, through Spark's own Ivy\n")
    fresh = JARS.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    # Ivy's folder of jars keeps those of an earlier list; its cache keeps the downloads.
    shutil.rmtree(IVY / "jars", ignore_errors=True)
    fresh.mkdir(parents=True)
    resolve(fresh)
    if wrong := differences(fresh):
        raise SystemExit("setup stopped: " + "; ".join(wrong) + "; if tools/jars.txt was changed on purpose, run `make lock`")
    shutil.rmtree(JARS, ignore_errors=True)
    fresh.rename(JARS)


def lock() -> None:
    """Resolves `tools/jars.txt` anew and writes `tools/jars.sha256`."""
    shutil.rmtree(IVY / "jars", ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        resolve(Path(scratch))
        lines = [f"{digest}  {name}\n" for name, digest in found(Path(scratch)).items()]
    LOCK.write_text("".join(lines))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="write tools/jars.sha256 anew")
    if parser.parse_args().lock:
        lock()
    else:
        install()
