"""`lake contracts new`: contracts drafted from what a source has."""

import shutil
import tempfile
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Context, of
from cli.failures import Refused
from cli.output import print_json

if TYPE_CHECKING:
    from medallion.manifest.drafting.draft import DraftedTable, Drafts
    from medallion.manifest.drafting.observed import ObservedTable
    from medallion.manifest.model import Manifest


def mount(app: typer.Typer) -> None:
    """Adds `new` to `lake contracts`."""
    app.command(epilog="Example: `lake contracts new shop orders` or `lake contracts new shop --all --product web`")(new)


def new(
    call: typer.Context,
    source: Annotated[str, typer.Argument(help="A logical source of the environment.")],
    tables: Annotated[list[str] | None, typer.Argument(help="Tables as the source calls them; views too.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every table of the source; views only where they are named.")] = False,
    product: Annotated[
        str | None, typer.Option(help="Whose contracts they are; else the product that reads this source, else its name.")
    ] = None,
) -> None:
    """Drafts bronze and silver contracts by looking at a source; never writes over a file."""
    context = of(call)
    drafts = drafted(context, source, tables or [], everything=all, product=product)
    if context.json:
        print_json(
            {
                "drafted": [
                    {
                        **table.model_dump(exclude={"files", "renamed"}),
                        "files": [path for path, _ in table.files],
                        "renamed": dict(table.renamed),
                    }
                    for table in drafts.tables
                ],
                "existing": [{"table": table, "contract": contract} for table, contract in drafts.existing],
                "left": [left.model_dump() for left in drafts.left],
            }
        )
    else:
        _tell(drafts)
    if drafts.left and not drafts.tables and not drafts.existing:
        raise typer.Exit(1)


def drafted(context: Context, source: str, tables: Sequence[str], *, everything: bool, product: str | None) -> "Drafts":
    """Looks at the source, and writes the contracts of the tables that have none.

    Raises:
        Refused: No table was named, or one that is not there.
    """
    from cli.source import configured, observed
    from medallion.manifest.drafting.draft import draft

    configured(context, source)
    manifest = _manifest(context.lake)
    found = observed(context, source)
    wanted = _selected(found, tables, source, everything=everything)
    drafts = draft(wanted, source=source, product=product or _product(source, manifest), lake=context.lake.name, manifest=manifest)
    _write(context.lake, [file for table in drafts.tables for file in table.files])
    return drafts


def _manifest(lake: Path) -> "Manifest | None":
    """The lake's contracts so far; Invalid if they are wrong, None where there are none."""
    from medallion.manifest.compiler import compile_lake

    return compile_lake(lake) if any((lake / "contracts").glob("*/*/*.yaml")) else None


def _product(source: str, manifest: "Manifest | None") -> str:
    readers = [product.name for product in manifest.products if source in product.sources] if manifest else []
    return readers[0] if len(readers) == 1 else source


def _selected(found: Sequence["ObservedTable"], names: Sequence[str], source: str, *, everything: bool) -> list["ObservedTable"]:
    from medallion.manifest.drafting.observed import VIEWS

    there = ", ".join(str(table.object) for table in found) or "nothing that the environment's prefix leads to"
    if everything and names:
        raise Refused("name tables, or give --all, not both")
    if everything:
        if not found:
            raise Refused(f"source {source} has {there}")
        return [table for table in found if table.kind not in VIEWS]
    if not names:
        raise Refused(f"name tables, or give --all; source {source} has {there}")
    selected: dict[str, ObservedTable] = {}
    for name in names:
        matches = [table for table in found if name in (table.object, table.full_name)]
        matches = matches or [table for table in found if name.lower() in (str(table.object).lower(), table.full_name.lower())]
        if len(matches) != 1:
            hint = get_close_matches(name, [str(table.object) for table in found], n=1)
            told = f"; did you mean {hint[0]!r}?" if hint else ""
            many = f"could be {' or '.join(repr(table.object) for table in matches)}" if matches else f"is not there{told}"
            raise Refused(f"source {source}: {name!r} {many}; it has {there}")
        selected[matches[0].full_name] = matches[0]
    return list(selected.values())


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


def _tell(drafts: "Drafts") -> None:
    for table in drafts.tables:
        _tell_table(table)
    for name, contract in drafts.existing:
        typer.echo(f"{name}: has a contract already, left as it is: {contract}")
    for left in drafts.left:
        typer.echo(f"{left.table}{f', column {left.column}' if left.column else ''}: left out: {left.reason}")
    if drafts.tables:
        typer.echo("Next: look through the drafts, above all at who may see what; then `lake contracts check` and `lake deploy`")
    elif drafts.existing:
        typer.echo("Nothing to draft. `lake contracts check --live` compares contracts with their source.")


def _tell_table(table: "DraftedTable") -> None:
    layers = " and ".join(Path(path).parent.name for path, _ in table.files)
    typer.echo(f"{table.table}: {layers} of {table.name}, {table.mode}, key {', '.join(table.key) or 'none'}")
    for path, _ in table.files:
        typer.echo(f"  {path}")
    if table.renamed:
        typer.echo(f"  called otherwise: {', '.join(f'{before} → {after}' for before, after in table.renamed)}")
    if table.restricted:
        typer.echo(f"  restricted: {', '.join(table.restricted)}")
    for note in table.notes:
        typer.echo(f"  {note}")


__all__ = ["drafted", "mount"]
