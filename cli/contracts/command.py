"""`lake contracts`: from contracts to the manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import ROOT, of
from cli.contracts import diff, discover, new
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from rich.table import Table

    from medallion.manifest.model import BronzeTable, GoldTable, Manifest, SilverTable

app = typer.Typer(name="contracts", help="The lake's data contracts.", no_args_is_help=True)


def mount(parent: typer.Typer) -> None:
    """Adds `contracts` to the command."""
    parent.add_typer(app)


@app.command()
def check(
    call: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Hold bronze contracts against what the environment's sources have now, and what crawlers found.")
    ] = False,
) -> None:
    """Reads all contracts and saved queries, and every environment's sources, and tells all that is wrong with them."""
    context = of(call)
    manifest = _checked(context.lake)
    if live:
        from cli.contracts.live import check_live

        check_live(context, manifest)
        return
    tables = list(manifest.tables())
    if context.json:
        print_json([{"contract": table.contract, "version": table.version, "layer": table.layer, "table": table.name} for table in tables])
        return
    from cli.terminal.screen import stdout

    stdout().show(_overview(manifest))
    say(f"{len(tables)} contract{'' if len(tables) == 1 else 's'}, no problem")


@app.command()
def build(
    call: typer.Context,
    out: Annotated[Path, typer.Option(help="Where the manifest is written.")] = ROOT / "build" / "manifest.json",
) -> None:
    """Compiles all contracts to one manifest, the file that templates, jobs and DAGs are made from."""
    from medallion.manifest.compiler import compile_lake
    from medallion.manifest.files import manifest_bytes

    context = of(call)
    manifest = compile_lake(context.lake)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(manifest_bytes(manifest))
    if context.json:
        print_json({"manifest": str(out), "tables": len(list(manifest.tables()))})
    else:
        say(f"{out}: {len(list(manifest.tables()))} tables of {', '.join(product.name for product in manifest.products)}")


new.mount(app)
diff.mount(app)
discover.mount(app)


def _checked(lake: Path) -> "Manifest":
    """The manifest of contracts that fit every environment; Invalid tells what does not."""
    from medallion.manifest.compiler import compile_lake
    from medallion.manifest.compiler.saved_queries import saved_queries
    from medallion.manifest.configuration import check_sources, environment_names, load_environment
    from medallion.manifest.errors import Invalid, InvalidField

    manifest = compile_lake(lake)

    def check_queries(name: str) -> None:
        saved_queries(lake, load_environment(lake, name), manifest)

    def check_configuration(name: str) -> None:
        check_sources(load_environment(lake, name), manifest, lake)

    # What is wrong with a query is so in every environment, and told once.
    problems: dict[str, InvalidField] = {}
    for name in environment_names(lake):
        for check_one in (check_configuration, check_queries):
            try:
                check_one(name)
            except Invalid as invalid:
                problems.update({str(problem): problem for problem in invalid.problems})
    if problems:
        raise Invalid(list(problems.values()))
    return manifest


def _overview(manifest: "Manifest") -> "Table":
    from rich.box import SIMPLE
    from rich.table import Column, Table

    from cli.terminal.screen import cell
    from medallion.manifest.model import BronzeTable

    overview = Table(Column("table", no_wrap=True), "version", "columns", "rules", "made from", box=SIMPLE)
    for table in manifest.tables():
        rules = "" if isinstance(table, BronzeTable) else str(len(table.rules))
        overview.add_row(*map(cell, (f"{table.layer}.{table.name}", table.version, len(table.columns), rules, _origin(table))))
    return overview


def _origin(table: "BronzeTable | SilverTable | GoldTable") -> str:
    """What a table is made from."""
    if table.layer == "bronze":
        return f"{table.mode} of {table.source}"
    return table.input if table.layer == "silver" else ", ".join(table.inputs)


__all__ = ["app", "mount"]
