"""How a Glue job's Spark is started on the laptop: java directly, with the classes of earlier starts mapped from an archive."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# What Spark's own launcher passes to a JVM of 17 or 21 (org.apache.spark.launcher.JavaModuleOptions of 4.1.1).
_MODULES = (
    *(
        f"--add-opens={package}=ALL-UNNAMED"
        for package in (
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.net",
            "java.base/java.nio",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.ref",
            "java.base/sun.nio.ch",
            "java.base/sun.nio.cs",
            "java.base/sun.security.action",
            "java.base/sun.util.calendar",
            "java.security.jgss/sun.security.krb5",
        )
    ),
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    "--enable-native-access=ALL-UNNAMED",
)


@dataclass(frozen=True)
class SparkRuntime:
    """The Spark of Glue's version in `.tools`, as `make setup` leaves it.

    Attributes:
        root: The repository.
        quick: Stops at the JVM's first compiler, and collects garbage in one thread. Measured: first query after 2.7 s instead of 4.1 s, a
            job of 40 s of CPU takes no longer, one of 76 s takes 105 s; a run of small tables takes 44 s of CPU instead of 54 s. So True
            fits a laptop's jobs, and False those that compute for minutes.
    """

    root: Path
    quick: bool = True

    @property
    def tools(self) -> Path:
        """Where `make setup` leaves it. An archive of classes is only good for the paths that it was made with: links are followed."""
        return (self.root / ".tools").resolve()

    @property
    def python(self) -> Path:
        """The interpreter of a job: what Glue brings and nothing else."""
        return self.tools / "glue" / "bin" / "python"

    @property
    def java(self) -> Path:
        """The java that runs Spark, 17 or 21."""
        return self.tools / "java"

    @cached_property
    def jars(self) -> tuple[Path, ...]:
        """The class path: Spark's own jars, then those that Glue adds, each sorted so that an archive stays valid."""
        spark = self.tools / "glue" / "lib" / "python3.13" / "site-packages" / "pyspark" / "jars"
        return (*sorted(spark.glob("*.jar")), *sorted((self.tools / "jars").glob("*.jar")))

    @cached_property
    def class_archive(self) -> Path:
        """Where the class-data archive of this JVM and these jars is, if it was made; a start without it is only slower."""
        jvm = self.java.resolve()
        parts = [str(jvm), *(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in (jvm, *self.jars))]
        return self.tools / f"spark-classes-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}.jsa"

    @property
    def _sharing(self) -> tuple[str, ...]:
        return (f"-XX:SharedArchiveFile={self.class_archive}",) if self.class_archive.exists() else ()

    def command(self, script: Path, arguments: Sequence[str], conf_dir: Path, driver_memory: str = "2g") -> list[str]:
        """The command line that runs a Python job as `spark-submit` would.

        Args:
            script: The job's script.
            arguments: The job's own arguments.
            conf_dir: A folder with `spark-defaults.conf` and, if it has one, `log4j2.properties`.
            driver_memory: The JVM's largest heap, as java writes it.

        Returns:
            Arguments to start in the environment that `environment` gives.
        """
        return self._java(self._sharing, script, arguments, conf_dir, driver_memory)

    def waiting_command(self, conf_dir: Path, driver_memory: str) -> list[str]:
        """The command line of a JVM that waits for Python to use its Spark, as pyspark itself starts one.

        It writes where it listens to the file that `_PYSPARK_DRIVER_CONN_INFO_PATH` names, and ends when its stdin does.
        """
        return self._java(self._sharing, Path("pyspark-shell"), (), conf_dir, driver_memory)

    def training_command(self, script: Path, archive: Path, conf_dir: Path) -> list[str]:
        """The command line that runs a script and writes the classes that it loaded into an archive as it ends."""
        return self._java((f"-XX:ArchiveClassesAtExit={archive}",), script, (), conf_dir, "2g")

    def environment(self, conf_dir: Path) -> dict[str, str]:
        """The variables that the command needs, to be laid over those of the caller."""
        return {
            "PYSPARK_PYTHON": str(self.python),
            "PYSPARK_DRIVER_PYTHON": str(self.python),
            "SPARK_CONF_DIR": str(conf_dir),
            "SPARK_ENV_LOADED": "1",
            # A folder without Spark's zipped Python: the job imports the installed pyspark, which is compiled already.
            "SPARK_HOME": str(self.tools / "glue"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            # A JVM takes the letters of file names from the locale, and finds no jar below a folder with others than its own.
            "LC_ALL": "C.UTF-8",
        }

    def _java(self, sharing: tuple[str, ...], script: Path, arguments: Sequence[str], conf_dir: Path, driver_memory: str) -> list[str]:
        log4j = conf_dir / "log4j2.properties"
        return [
            str(self.java),
            *sharing,
            # A JVM that can't use the archive says so on stdout, where a job prints its outcomes.
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            # With one compiler the JVM sets 48 MB aside for compiled code, and a job that fills them dies of it.
            *(("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=256m", "-XX:+UseSerialGC") if self.quick else ()),
            f"-Xmx{driver_memory}",
            *_MODULES,
            # The class path may hold no folder, or no archive can be made; so what lies in the folder is named.
            *((f"-Dlog4j2.configurationFile={log4j.as_uri()}",) if log4j.exists() else ()),
            "-cp",
            os.pathsep.join(str(jar) for jar in self.jars),
            "org.apache.spark.deploy.SparkSubmit",
            str(script),
            *arguments,
        ]
