"""Fills `.tools/trino` with the engine of the laptop's Athena, from the archives of `tools/trino.sha256`, byte for byte.

Java's own Ivy, which comes with Spark, fetches them: what it has whole is kept until all of it is unpacked.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import quoteattr

from tools.trust_store import java_options

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "trino.sha256"
TRINO = ROOT / ".tools" / "trino"
DOWNLOADS = ROOT / ".tools" / "trino-downloads"
GROUP = "io.trino"
CORE = "trino-server-core"
# Of a third of the size: a catalog and a cache that the laptop does not have.
LEFT_OUT = ("net.snowflake_snowflake-jdbc-", "org.rocksdb_rocksdbjni-")
# Spark's own variable for a mirror of Maven Central.
MIRROR = "DEFAULT_ARTIFACT_REPOSITORY"
_ARCHIVE = re.compile(r"(?P<name>[a-z-]+)-(?P<version>\d+)\.(?P<kind>tar\.gz|zip)")


def locked() -> dict[str, str]:
    """The SHA-256 of each archive by file name, as the repository says."""
    return {name: digest for digest, name in (line.split() for line in LOCK.read_text().splitlines())}


def ivy_module(archives: Mapping[str, str]) -> str:
    """What Ivy is asked for: the archives alone, and nothing that they were built of."""
    wanted = []
    for archive in archives:
        parts = _ARCHIVE.fullmatch(archive)
        if parts is None:
            raise SystemExit(f"{LOCK}: {archive}: expected NAME-VERSION.tar.gz or NAME-VERSION.zip")
        name, version, kind = parts["name"], parts["version"], parts["kind"]
        wanted.append(
            f'<dependency org="{GROUP}" name="{name}" rev="{version}" transitive="false">'
            f'<artifact name="{name}" type="{kind}" ext="{kind}"/></dependency>'
        )
    dependencies = "".join(wanted)
    return f'<ivy-module version="2.0"><info organisation="lake" module="trino"/><dependencies>{dependencies}</dependencies></ivy-module>'


def ivy_settings(mirror: str | None) -> str:
    """Where Ivy looks: Maven Central, or a mirror of it; without the POMs, which name hundreds of others."""
    root = "" if mirror is None else f" root={quoteattr(mirror)}"
    return (
        '<ivysettings><settings defaultResolver="central"/><resolvers>'
        f'<ibiblio name="central" m2compatible="true" usepoms="false"{root}/></resolvers></ivysettings>'
    )


def fetch(archives: Mapping[str, str], into: Path) -> None:
    """Downloads the archives into a folder, each whole or not at all."""
    found = sorted((ROOT / ".tools" / "glue").glob("lib/python3*/site-packages/pyspark/jars/ivy-*.jar"))
    if not found:
        raise SystemExit("setup stopped: Spark's Ivy is missing in .tools/glue; remove .tools/stamps/glue and run `make setup`")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / "ivy.xml").write_text(ivy_module(archives))
        (scratch / "settings.xml").write_text(ivy_settings(os.environ.get(MIRROR) or None))
        places = ["-settings", str(scratch / "settings.xml"), "-ivy", str(scratch / "ivy.xml"), "-cache", str(into / "cache")]
        trusted = java_options(os.environ, scratch / "trusted.jks")
        command = [str(ROOT / ".tools" / "java"), *trusted, "-cp", str(found[-1]), "org.apache.ivy.Main", *places, "-warn"]
        retrieve = ["-retrieve", str(into / "[artifact]-[revision].[ext]")]
        if subprocess.run([*command, *retrieve], check=False).returncode:
            raise SystemExit("setup stopped: Ivy could not fetch the archives of tools/trino.sha256; its reason is above")


def check(archives: Mapping[str, str], folder: Path) -> None:
    """Stops at an archive that is not the locked one, and removes it."""
    for name, expected in archives.items():
        with (folder / name).open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != expected:
            shutil.rmtree(folder)
            raise SystemExit(f"setup stopped: {name} has another SHA-256 than tools/trino.sha256 says; it was removed")


def unpack(archive: Path, into: Path) -> None:
    """Unpacks what the laptop needs of an archive: the core's class path, or a plugin."""
    if archive.name.startswith(CORE):
        with tarfile.open(archive) as tar:
            for member in tar:
                inside = PurePosixPath(member.name).parts[1:]
                if member.isreg() and inside[:1] == ("lib",):
                    member.name = "/".join(inside)
                    tar.extract(member, into, filter="data")
        return
    plugin = into / "plugin" / archive.name.removeprefix("trino-").partition("-")[0]
    plugin.mkdir(parents=True)
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            name = PurePosixPath(entry.filename).name
            if not entry.is_dir() and not name.startswith(LEFT_OUT):
                with packed.open(entry) as source, (plugin / name).open("wb") as target:
                    shutil.copyfileobj(source, target)


def install() -> None:
    """Makes `.tools/trino` what the lock says; a folder that is right already is left alone."""
    done = TRINO / LOCK.name
    if done.exists() and done.read_bytes() == LOCK.read_bytes():
        return
    archives = locked()
    sys.stderr.write(f"[setup] .tools/trino: {', '.join(archives)}\n")
    fresh = TRINO.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    fetch(archives, DOWNLOADS)
    check(archives, DOWNLOADS)
    for name in archives:
        unpack(DOWNLOADS / name, fresh)
    shutil.copyfile(LOCK, fresh / LOCK.name)
    shutil.rmtree(TRINO, ignore_errors=True)
    fresh.rename(TRINO)
    shutil.rmtree(DOWNLOADS)


if __name__ == "__main__":
    install()
