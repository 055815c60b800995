"""`lake contracts new`: contracts drafted from what a source has."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import of
from cli.contracts.drafted import drafted
from cli.source.sample import SAMPLE, told
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.drafting.drafts import DraftedTable, Drafts


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
    sample: Annotated[
        int, typer.Option(min=0, help="DynamoDB: how many items of a table are looked at, at most; each costs read units.")
    ] = SAMPLE,
) -> None:
    """Drafts bronze and silver contracts by looking at a source; never writes over a file."""
    context = of(call)
    drafts = drafted(context, source, tables or [], everything=all, product=product, sample=sample)
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
                "sampled": [one.model_dump() for one in drafts.sampled],
            }
        )
    else:
        _tell(drafts)
    if drafts.left and not drafts.tables and not drafts.existing:
        raise typer.Exit(1)


def _tell(drafts: "Drafts") -> None:
    for table in drafts.tables:
        _tell_table(table)
    for name, contract in drafts.existing:
        say(f"{name}: has a contract already, left as it is: {contract}")
    for sampled in drafts.sampled:
        say(told(sampled.table, sampled.items, sampled.read_units, whole=sampled.whole))
    for left in drafts.left:
        say(f"{left.table}{f', column {left.column}' if left.column else ''}: left out: {left.reason}")
    if drafts.tables:
        say("Next: look through the drafts, above all at who may see what; then `lake contracts check` and `lake deploy`")
    elif drafts.existing:
        say("Nothing to draft. `lake contracts check --live` compares contracts with their source.")


def _tell_table(table: "DraftedTable") -> None:
    layers = " and ".join(Path(path).parent.name for path, _ in table.files)
    say(f"{table.table}: {layers} of {table.name}, {table.mode}, key {', '.join(table.key) or 'none'}")
    for path, _ in table.files:
        say(f"  {path}")
    if table.renamed:
        say(f"  called otherwise: {', '.join(f'{before} → {after}' for before, after in table.renamed)}")
    if table.restricted:
        say(f"  restricted: {', '.join(table.restricted)}")
    for note in table.notes:
        say(f"  {note}")


__all__ = ["mount"]
