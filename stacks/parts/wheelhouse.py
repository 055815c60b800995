"""The Python code of Glue jobs: our wheel and all that it needs, in one archive that is the same on every machine."""

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from medallion.manifest.errors import Terminal
from stacks.parts.archive import archive, unpack

LOCK = Path("requirements/glue-wheels.txt")
WHEELS = Path(".tools/wheels")
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
    wheels = {path.name: path.read_bytes() for path in sorted((root / WHEELS).glob("*.whl"))}
    if not wheels:
        raise WheelsMissing(f"{WHEELS}: there is no wheel for Glue jobs; run `make setup`, which fetches those of {LOCK}")
    lock = root / LOCK
    if lock.exists():
        locked = set(HASH.findall(lock.read_text()))
        strangers = [name for name, content in wheels.items() if sha256(content).hexdigest() not in locked]
        if strangers:
            raise WheelsMissing(f"{WHEELS}: {', '.join(strangers)} is not locked in {LOCK}; delete the folder and run `make setup`")
    name, content = own_wheel(root)
    return archive(dict(sorted({**wheels, name: content}.items())))


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
