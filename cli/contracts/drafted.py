"""Contracts drafted from what a source has, and written beside those that there are."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import Context
from cli.source.engines.source import Request
from cli.source.sample import SAMPLE
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.drafting.drafts import Drafts
    from medallion.manifest.model import Manifest


def drafted(
    context: Context, source: str, tables: Sequence[str], *, everything: bool, product: str | None, sample: int = SAMPLE
) -> "Drafts":
    """Looks at the source, and writes the contracts of the tables that have none.

    Args:
        context: The environment.
        source: The logical source.
        tables: As the source calls them.
        everything: Whether all tables are meant.
        product: Whose contracts they are; None for the product that reads the source.
        sample: How many items of a table are looked at, at most, where that is how its columns are known.

    Raises:
        Refused: No table was named, or one that is not there.
    """
    from cli.source.engines.registry import source_of

    manifest = _manifest(context.lake)
    request = Request(
        choice=lambda there: _selected(there, tables, source, everything=everything),
        named=not everything or bool(tables),
        product=product or _product(source, manifest),
        lake=context.lake.name,
        manifest=manifest,
        sample=sample,
    )
    drafts = source_of(context, source).draft(request)
    _write(context.lake, [file for table in drafts.tables for file in table.files])
    return drafts


def _manifest(lake: Path) -> "Manifest | None":
    """The lake's contracts so far; Invalid if they are wrong, None where there are none."""
    from medallion.manifest.compiler import compile_lake

    return compile_lake(lake) if any((lake / "contracts").glob("*/*/*.yaml")) else None


def _product(source: str, manifest: "Manifest | None") -> str:
    readers = [product.name for product in manifest.products if source in product.sources] if manifest else []
    return readers[0] if len(readers) == 1 else source


def _selected(there: Mapping[str, tuple[str, str]], names: Sequence[str], source: str, *, everything: bool) -> list[str]:
    """The tables that are meant, by their names without the environment's prefix.

    Args:
        there: All that may be meant, each with what it may be called.
        names: As the call has them.
        source: The logical source.
        everything: Whether all are meant.
    """
    told = ", ".join(there) or "nothing that the environment's prefix leads to"
    if everything and names:
        raise Refused("name tables, or give --all, not both")
    if everything:
        if not there:
            raise Refused(f"source {source} has {told}")
        return list(there)
    if not names:
        raise Refused(f"name tables, or give --all; source {source} has {told}")
    selected: list[str] = []
    for name in names:
        matches = [table for table, called in there.items() if name in called]
        matches = matches or [table for table, called in there.items() if name.lower() in (one.lower() for one in called)]
        if len(matches) != 1:
            near = get_close_matches(name, there, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            many = f"could be {' or '.join(map(repr, matches))}" if matches else f"is not there{hint}"
            raise Refused(f"source {source}: {name!r} {many}; it has {told}")
        if matches[0] not in selected:
            selected.append(matches[0])
    return selected


def _write(lake: Path, files: Sequence[tuple[str, str]]) -> None:
    """Writes all files or none, and none that the compiler refuses."""
    from medallion.manifest.compiler import compile_lake

    if not files:
        return
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / lake.name
        if (lake / "contracts").is_dir():
            shutil.copytree(lake / "contracts", trial / "contracts")
        _create(trial, files)
        compile_lake(trial)
    _create(lake, files)


def _create(lake: Path, files: Sequence[tuple[str, str]]) -> None:
    written: list[Path] = []
    try:
        for name, text in files:
            path = lake / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except BaseException as error:
        for path in written:
            path.unlink()
        if isinstance(error, FileExistsError):
            raise Refused(f"{error.filename} is there already, and is not written over; nothing was written") from error
        raise
