"""A release: everything that jobs and DAGs run, in one directory named by its content."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from medallion.manifest.files import manifest_bytes
from medallion.manifest.model import BronzeTable, Manifest
from medallion.manifest.names import Names
from medallion.manifest.schedule import dag_file, plans
from stacks.parts.delivery.function_code import build_functions
from stacks.parts.delivery.release_files import EXTRACTION_WHEELS, WHEELS
from stacks.parts.delivery.wheelhouse import extraction_wheels, wheelhouse


@dataclass(frozen=True)
class Release:
    """What is deployed at once.

    Attributes:
        release: The first 16 hexadecimal digits of a hash over the content; the same in every environment.
        directory: `manifest.json`, `medallion.gluewheels.zip`, `scripts/` and `dags/`; where something is extracted from documents also
            `extraction.gluewheels.zip`.
        functions: The archives of functions, `<function>.zip`; each is deployed by its own content.
    """

    release: str
    directory: Path
    functions: Path


def build_release(root: Path, manifest: Manifest, names: Names, *, governed: bool) -> Release:
    """Compile a release into `build/releases/<prefix>/<release>/`; the same input gives the same bytes, and the network is not used.

    Args:
        root: The repository.
        manifest: The lake's contracts.
        names: What the DAGs of this environment call jobs and buckets.
        governed: Whether the DAGs of this environment tell Lake Formation who sees what.

    Raises:
        WheelsMissing: The wheels that jobs need are not there.
    """
    factory = (root / "mwaa_dags" / "factory.py").read_text()
    content = {
        "manifest.json": manifest_bytes(manifest),
        WHEELS: wheelhouse(root),
        # Which environment asks a model outside the account, a release does not know.
        **({EXTRACTION_WHEELS: extraction_wheels(root)} if any(table.extraction for table in _bronze(manifest)) else {}),
        **{f"scripts/{path.name}": path.read_bytes() for path in sorted((root / "glue_jobs").glob("*.py")) if path.name != "__init__.py"},
    }
    release = _digest({**content, "factory.py": factory.encode()})
    dags = {f"dags/{plan.product}.py": dag_file(factory, plan).encode() for plan in plans(manifest, names, release, governed=governed)}
    directory = root / "build" / "releases" / names.dashed / release
    place(directory, {**content, **dags})
    return Release(release=release, directory=directory, functions=build_functions(root))


def _bronze(manifest: Manifest) -> Iterator[BronzeTable]:
    return (table for product in manifest.products for table in product.bronze)


def _digest(files: Mapping[str, bytes]) -> str:
    whole = sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:16]


def place(directory: Path, files: Mapping[str, bytes]) -> None:
    """Make a directory hold these files, by their paths in it, and no other; left alone where it does."""
    present = {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    if present == files:
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and moved, so that a build that was interrupted leaves no half release.
    made = Path(mkdtemp(prefix=".making-", dir=directory.parent))
    for name, content in files.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    made.chmod(0o755)
    shutil.rmtree(directory, ignore_errors=True)
    made.rename(directory)
