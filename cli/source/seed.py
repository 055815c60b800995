"""`lake seed`: the sample data of a lake, put into its demo sources."""

import importlib.util
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.context import Context, of
from cli.source.engines.source import Progress
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

type Truth = dict[str, dict[str, dict[str, Any]]]
"""By source and table what the lake's seed tells: `rows`, `money`, which holds a sum a column as text to the cent, and what docs/interfaces.md
says of the sample's dirt."""

PACKAGE = "lake_seed"


def mount(app: typer.Typer) -> None:
    """Adds the command of this noun."""
    app.command(rich_help_panel="Data", epilog="Example: `lake seed --rows 1000` for a first look")(seed)


def seed(
    call: typer.Context,
    rows: Annotated[int | None, typer.Option(min=1, help="Only so many rows of each table.")] = None,
) -> None:
    """Puts the lake's sample data into its demo sources; safe to repeat."""
    context = of(call)
    truth = fill(context, rows)
    if context.json:
        print_json(truth)
        return
    for source, tables in truth.items():
        for table, told in tables.items():
            money = "".join(f", {column} {amount}" for column, amount in told["money"].items())
            dirt = "".join(f", {kind}: {count}" for kind, count in told.get("dirt", {}).items())
            say(f"{source}.{table}: {told['rows']:,} rows{money}" + (f"; and as dirt{dirt[1:]}" if dirt else ""))
    say("Next: lake run")


def fill(context: Context, rows: int | None = None) -> Truth:
    """Runs the lake's `seed/load.py` for each of its demo sources; returns what they then hold.

    Raises:
        Refused: The lake has no seed, the environment no demo source, or a demo source was not deployed or lets nobody in.
        Unreachable: A source's database does not answer.
    """
    script = context.lake / "seed" / "load.py"
    if not script.is_file():
        raise Refused(f"{context.lake} has no sample data (seed/load.py); put your own rows into its sources and go on with `lake run`")
    demos = [name for name, source in context.configuration.sources.items() if source.demo]
    if not demos:
        raise Refused(f"no source of {context.lake}/config/{context.environment}.yaml has `demo: true`; only such sources are seeded")
    from cli.source.engines.registry import source_of

    load = _loader(script)
    with ExitStack() as stack:
        progress = _progress(stack)
        truth: Truth = {name: source_of(context, name).fill(load, progress, rows) for name in demos}
    from cli.source.truth import keep

    keep(context, truth)
    return truth


def _loader(script: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    # As a package, so that it can have more files beside it and import them by `from .name`.
    specification = importlib.util.spec_from_file_location(PACKAGE, script, submodule_search_locations=[str(script.parent)])
    if specification is None or specification.loader is None:
        raise Refused(f"{script} can't be read as Python")
    module = importlib.util.module_from_spec(specification)
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        # Of another lake.
        del sys.modules[name]
    sys.modules[PACKAGE] = module
    specification.loader.exec_module(module)
    load = getattr(module, "load", None)
    if load is None:
        raise Refused(f"{script}: a seed needs `load(source, connection, schema, progress, rows)`")
    return load  # type: ignore[no-any-return]


def _progress(stack: ExitStack) -> Progress:
    from cli.terminal.bars import running_line
    from cli.terminal.screen import Activity, stderr

    loaded: dict[str, tuple[int, int]] = {}
    began = time.monotonic()
    stack.enter_context(
        Activity(
            stderr(),
            lambda: [
                running_line(table, done=done, total=total, what="rows", seconds=time.monotonic() - began)
                for table, (done, total) in list(loaded.items())
                if done < total
            ],
        )
    )

    def show(table: str, done: int, total: int) -> None:
        loaded[table] = (done, total)

    return show
