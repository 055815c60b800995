"""`lake contracts diff`: what a change of contracts means for tables and readers."""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import of
from cli.terminal.failures import FAILED, Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.compatibility import Change, Comparison
    from medallion.manifest.model import Manifest


def mount(app: typer.Typer) -> None:
    """Adds `diff` to `lake contracts`."""
    app.command(epilog="Example: `lake contracts diff origin/main`")(diff)


def diff(
    call: typer.Context,
    base: Annotated[str, typer.Argument(help="What to compare with: a git ref, a manifest.json, or the folder of a lake.")],
    allow_breaking: Annotated[bool, typer.Option("--allow-breaking", help="Exit 0 in spite of breaking changes.")] = False,
) -> None:
    """Tells compatible from breaking changes, who may see more or less, and what is hit downstream."""
    from medallion.manifest.compatibility import compare
    from medallion.manifest.compiler import compile_lake

    context = of(call)
    before, after = manifest_of(base, context.lake), compile_lake(context.lake)
    comparison = compare(before, after)
    hits = downstream(comparison, before, after)
    if context.json:
        print_json(
            {
                "breaking": bool(comparison.breaking),
                "changes": [{**change.model_dump(), "hits": hits[change]} for change in comparison.changes],
                "access": [change.model_dump() for change in comparison.access],
            }
        )
    else:
        _tell(comparison, hits, base)
    if comparison.breaking and not allow_breaking:
        raise typer.Exit(FAILED)


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


def downstream(comparison: "Comparison", before: "Manifest", after: "Manifest") -> "dict[Change, list[str]]":
    """What each change hits beyond its own column, by lineage; nothing for what is only new."""
    from medallion.manifest.compiler.lineage import lineage
    from medallion.manifest.lineage import Place

    # What is gone was used by what there was; everything else is used by what there will be.
    was, will_be = lineage(before), lineage(after)
    columns = {f"{table.layer}.{table.name}": [column.name for column in table.columns] for table in before.tables()}
    hits: dict[Change, list[str]] = {}
    for change in comparison.changes:
        if change.kind == "added":
            hits[change] = []
            continue
        origins = [Place(change.table, change.column)]
        if change.column is None:
            origins += [
                Place(change.table, column) for column in columns.get(change.table, ()) if change.kind in ("dropped", "origin", "values")
            ]
        graph = was if change.kind == "dropped" else will_be
        hits[change] = [str(place) for place in graph.made_from(*origins)]
    return hits


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


def _tell(comparison: "Comparison", hits: "dict[Change, list[str]]", base: str) -> None:
    for title, changes in (
        ("Breaking", comparison.breaking),
        ("Compatible", [change for change in comparison.changes if not change.breaking]),
    ):
        if changes:
            say(f"{title}:")
        for change in changes:
            column = f".{change.column}" if change.column else ""
            say(f"  {change.table}{column}: {change.kind}: {change.detail}")
            if hits[change]:
                say(f"    hits {', '.join(hits[change])}")
    if comparison.access:
        say("Who may see it:")
    for access in comparison.access:
        told: Any = f"{access.before or 'new'} → {access.after}"
        say(f"  {access.table}.{access.column}: {'opened' if access.opened else 'closed'}: {told}")
    if not comparison.changes and not comparison.access:
        say(f"The contracts mean the same as those of {base}.")
    elif comparison.breaking:
        say("Make a breaking change in a new table beside the old one (TABLE_v2), and let readers move; --allow-breaking lets it pass.")


__all__ = ["downstream", "manifest_of", "mount"]
