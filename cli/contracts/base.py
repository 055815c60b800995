"""What a lake's contracts and personas were: at a commit, in a manifest, or in another folder."""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.model import Manifest


def manifest_of(base: str, lake: Path) -> "Manifest":
    """The contracts to compare with.

    Raises:
        Refused: The name is none of a folder, a file or a commit, or what it names can't be compiled.
    """
    from medallion.manifest.compiler import compile_lake
    from medallion.manifest.errors import Invalid
    from medallion.manifest.files import parse_manifest

    path = Path(base)
    if path.is_file():
        return parse_manifest(path.read_bytes())
    if (path / "contracts").is_dir():
        return compile_lake(path)
    archive = _committed(base, lake)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as files:
                files.extractall(folder, filter="data")
            root = Path(folder) / lake.name
            if not any((root / "contracts").glob("*/*/*.yaml")):
                return _nothing(lake)
            return compile_lake(root)
        except Invalid as error:
            told = str(error).replace(f"{folder}/", f"{base}:")
            raise Refused(
                f"the contracts of {base} can't be compiled by this release, so there is nothing to compare with:\n{told}"
            ) from error


def _committed(base: str, lake: Path) -> bytes:
    """The lake's contracts at a commit, as a tar whose paths begin with the lake's name; empty where it had none."""

    def git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)

    found = git(lake, "rev-parse", "--show-toplevel")
    if found.returncode != 0:
        raise Refused(f"{base!r} is neither a lake's folder nor a manifest.json, and {lake} is in no git repository")
    top = Path(found.stdout.decode().strip()).resolve()
    named = git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if named.returncode != 0:
        raise Refused(
            f"{base!r} is neither a lake's folder nor a manifest.json nor a commit that is here; `git fetch` brings commits of others"
        )
    commit = named.stdout.decode().strip()
    inside = lake.relative_to(top).as_posix()
    tree = commit if inside == "." else f"{commit}:{inside}"
    if git(top, "cat-file", "-e", f"{tree}{':' if inside == '.' else '/'}contracts").returncode != 0:
        return _empty_tar()
    # From the top: inside a folder git looks for that folder in the tree too.
    personas = "config/personas.yaml"
    # Contracts name personas.
    with_personas = git(top, "cat-file", "-e", f"{tree}{':' if inside == '.' else '/'}{personas}").returncode == 0
    made = git(top, "archive", "--format=tar", f"--prefix={lake.name}/", tree, "contracts", *([personas] if with_personas else ()))
    if made.returncode != 0:
        raise Refused(f"git could not read {base}: {made.stderr.decode().strip()}")
    return made.stdout


def _empty_tar() -> bytes:
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    return buffer.getvalue()


def _nothing(lake: Path) -> "Manifest":
    from medallion.manifest.model import Manifest

    return Manifest(lake=lake.name, products=())
