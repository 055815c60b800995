"""The code of functions: each one's folder and the locked wheels beside it, in one archive that is the same on every machine."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from medallion.manifest.names import Function
from stacks.parts.delivery.archive import archive, unpack
from stacks.parts.delivery.wheelhouse import locked_wheels

LOCK = Path("requirements/function-wheels.txt")
WHEELS = Path(".tools/function-wheels")
FUNCTIONS: tuple[Function, ...] = ("gate", "trigger")


def build_functions(root: Path) -> Path:
    """Compile `build/functions/<function>.zip`; the same input gives the same bytes, and the network is not used.

    Args:
        root: The repository.

    Returns:
        The folder of the archives.

    Raises:
        WheelsMissing: `.tools/function-wheels` is not what the lock says.
    """
    brought = {
        name: content for wheel in locked_wheels(root, WHEELS, LOCK, "functions").values() for name, content in unpack(wheel).items()
    }
    folder = root / "build" / "functions"
    folder.mkdir(parents=True, exist_ok=True)
    for function in FUNCTIONS:
        own = {f"{function}/{path.name}": path.read_bytes() for path in sorted((root / "lambdas" / function).glob("*.py"))}
        _place(folder / f"{function}.zip", archive(dict(sorted({**brought, **own}.items()))))
    return folder


def _place(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    # Written aside and moved, so that another synthesis never sees half of it.
    with NamedTemporaryFile(dir=path.parent, prefix=".making-", delete=False) as aside:
        aside.write(content)
    Path(aside.name).chmod(0o644)
    Path(aside.name).replace(path)
