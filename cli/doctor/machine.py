"""What this machine has, of what a deployment and a laptop's run need."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cli.context import ROOT
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict

OLDEST_NODE = 22
JAVAS = (17, 21)
GIGABYTE = 1_000_000_000
LITTLE, TOO_LITTLE = 5 * GIGABYTE, 1 * GIGABYTE


def node(_: Patient) -> Verdict:
    """The Node that the CDK runs on."""
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    return node_verdict(_version(shutil.which("node", path=path), "--version"))


def node_verdict(version: str | None) -> Verdict:
    """What a version of Node means."""
    major = _major(version)
    if major is None:
        return Verdict("fail", "no Node", "`make setup`")
    if major < OLDEST_NODE:
        return Verdict("fail", f"Node {version} is past its end of life for the CDK", "`make setup` brings a newer one")
    return Verdict("ok", f"Node {version}")


def cdk(_: Patient) -> Verdict:
    """The pinned CDK command line."""
    path = ROOT / "node_modules" / ".bin" / "cdk"
    return Verdict("ok", f"{path.relative_to(ROOT)}") if path.exists() else Verdict("fail", f"{path} is not there", "`make setup`")


def java(_: Patient) -> Verdict:
    """The Java that the laptop's Glue jobs run on."""
    path = ROOT / ".tools" / "java"
    return java_verdict(_version(str(path) if path.exists() else None, "-version"))


def java_verdict(version: str | None) -> Verdict:
    """What a version of Java means."""
    if version is None:
        return Verdict("fail", "no Java for the laptop's Glue jobs", "`make setup`")
    if _major(version) not in JAVAS:
        return Verdict("fail", f"Java {version}; Spark 4.1 runs on {' and '.join(map(str, JAVAS))}", "`make setup` finds or fetches one")
    return Verdict("ok", f"Java {version}")


def disk(patient: Patient) -> Verdict:
    """Space for synthesis and, on the laptop, for the lake itself."""
    place = next(folder for folder in (patient.context.home, *patient.context.home.parents) if folder.exists())
    return disk_verdict(shutil.disk_usage(place).free, str(place))


def disk_verdict(free: int, place: str) -> Verdict:
    """What so many free bytes mean."""
    found = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free >= LITTLE:
        return Verdict("ok", found)
    return Verdict("fail" if free < TOO_LITTLE else "warn", found, f"make room: {LITTLE // GIGABYTE} GB are comfortable")


def _version(program: str | None, option: str) -> str | None:
    if program is None:
        return None
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    # Java tells its version on stderr.
    match = re.search(r"(\d+)(\.\d+)*", done.stdout + done.stderr)
    return match.group() if match and done.returncode == 0 else None


def _major(version: str | None) -> int | None:
    return int(version.partition(".")[0]) if version else None
