"""The Python code of Glue jobs: our wheel and all that it needs, in one archive that is the same on every machine."""

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from medallion.manifest.errors import Terminal
from stacks.parts.delivery.archive import archive, unpack

LOCK = Path("requirements/glue-wheels.txt")
WHEELS = Path(".tools/wheels")
EXTRACTION_LOCK = Path("requirements/extraction-wheels.txt")
EXTRACTION_WHEELS = Path(".tools/extraction-wheels")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# 1980-01-01, the earliest moment that a zip knows, in seconds.
MOMENT = "315532800"


class WheelsMissing(Terminal):
    """The locked wheels are not on this machine, or are others than the lock says."""


def wheelhouse(root: Path) -> bytes:
    """The archive that a job gets as `--additional-python-modules`; needs no network.

    Args:
        root: The repository.

    Raises:
        WheelsMissing: `.tools/wheels` is not what the lock says.
    """
    name, content = own_wheel(root)
    return archive(dict(sorted({**locked_wheels(root, WHEELS, LOCK, "Glue jobs"), name: content}.items())))


def extraction_wheels(root: Path) -> bytes:
    """The archive that the job of an extraction by a model outside the account gets as well; needs no network.

    Args:
        root: The repository.

    Raises:
        WheelsMissing: `.tools/extraction-wheels` is not what the lock says.
    """
    return archive(locked_wheels(root, EXTRACTION_WHEELS, EXTRACTION_LOCK, "the job of an extraction"))


def locked_wheels(root: Path, folder: Path, lock: Path, purpose: str) -> dict[str, bytes]:
    """The wheels of a folder by file name, all of them as their lock says.

    Args:
        root: The repository.
        folder: Where they are, in the repository.
        lock: The lock, in the repository.
        purpose: What they are for.

    Raises:
        WheelsMissing: There are none, or others.
    """
    wheels = {path.name: path.read_bytes() for path in sorted((root / folder).glob("*.whl"))}
    if not wheels:
        raise WheelsMissing(f"{folder}: there is no wheel for {purpose}; run `make setup`, which fetches those of {lock}")
    if (root / lock).exists():
        locked = set(HASH.findall((root / lock).read_text()))
        strangers = [name for name, content in wheels.items() if sha256(content).hexdigest() not in locked]
        if strangers:
            raise WheelsMissing(f"{folder}: {', '.join(strangers)} is not locked in {lock}; delete the folder and run `make setup`")
    return wheels


def own_wheel(root: Path) -> tuple[str, bytes]:
    """The wheel of `medallion` as hatchling builds it, with its entries uncompressed: name and bytes.

    Raises:
        subprocess.CalledProcessError: The package can't be built.
    """
    with TemporaryDirectory(prefix="medallion-wheel-") as directory:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory],
            cwd=root,
            env={**os.environ, "SOURCE_DATE_EPOCH": MOMENT},
            check=True,
            capture_output=True,
        )
        (path,) = Path(directory).glob("*.whl")
        return path.name, archive(unpack(path.read_bytes()))
