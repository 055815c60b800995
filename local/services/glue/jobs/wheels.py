"""The Python modules that a job brings: wheels in a zip, installed without an index into a folder of their own."""

import hashlib
import platform
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

from local.errors import LaptopError

# One at a time: two runs that start together want the same folder.
_installing = threading.Lock()


def matches_glue() -> bool:
    """Whether wheels for Glue's platform run here."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


class Wheelhouse:
    """Installed zips of wheels, by the hash of the zip."""

    def __init__(self, cache: Path, python: Path) -> None:
        self._cache = cache
        self._python = python

    def install(self, archive: bytes) -> Path:
        """The folder with the installed wheels of a zip, for PYTHONPATH; made once for each content.

        Raises:
            LaptopError: The zip holds no wheels, or they can't be installed.
        """
        target = self._cache / hashlib.sha256(archive).hexdigest()[:24]
        with _installing:
            if not target.exists():
                self._make(archive, target)
        return target

    def _make(self, archive: bytes, target: Path) -> None:
        work = target.with_suffix(".work")
        shutil.rmtree(work, ignore_errors=True)
        wheels_folder = work / "wheels"
        wheels_folder.mkdir(parents=True)
        zipped = work / "archive.zip"
        zipped.write_bytes(archive)
        with zipfile.ZipFile(zipped) as content:
            content.extractall(wheels_folder)
        # Elsewhere the compiled dependencies come from .tools/glue, as those in the zip are for Glue's own platform.
        wheels = sorted(wheels_folder.rglob("*.whl" if matches_glue() else "*-none-any.whl"))
        if not wheels:
            raise LaptopError("the zip of --additional-python-modules holds no wheels")
        self._pip(wheels, work / "site")
        (work / "site").replace(target)
        shutil.rmtree(work)

    def _pip(self, wheels: list[Path], target: Path) -> None:
        find = "import ensurepip, pathlib; print(next((pathlib.Path(ensurepip.__file__).parent / '_bundled').glob('pip-*.whl')))"
        pip = subprocess.run([str(self._python), "-c", find], capture_output=True, text=True, check=True).stdout.strip()
        command = [str(self._python), f"{pip}/pip", "--isolated", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        # What a job imports is compiled when it does; compiling all would take longer than the rest.
        options = ["--no-index", "--no-deps", "--no-compile", "--no-cache-dir", "--root-user-action=ignore", "--target", str(target)]
        result = subprocess.run([*command, *options, *map(str, wheels)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise LaptopError(f"the wheels of --additional-python-modules can't be installed: {' '.join(result.stderr.split())}")
