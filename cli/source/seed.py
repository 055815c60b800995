"""`lake seed`: the sample data of a lake, put into its demo sources."""

import importlib.util
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.context import Context, of
from cli.source.database import connect, credentials_of, secret_of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

type Truth = dict[str, dict[str, dict[str, Any]]]
"""By source and table what the lake's seed tells: `rows`, `money`, which holds a sum a column as text to the cent, and what docs/interfaces.md
says of the sample's dirt."""
type Progress = Callable[[str, int, int], None]

PACKAGE = "lake_seed"
DECIDED_SECONDS = 120


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
    demos = {name: source for name, source in context.configuration.sources.items() if source.demo}
    if not demos:
        raise Refused(f"no source of {context.lake}/config/{context.environment}.yaml has `demo: true`; only such sources are seeded")
    from medallion.manifest.engines.documents.settings import DocumentSource
    from medallion.manifest.engines.postgres.settings import PostgresSource

    load = _loader(script)
    with ExitStack() as stack:
        progress = _progress(stack)
        truth: Truth = {}
        for name, source in demos.items():
            if isinstance(source, PostgresSource):
                connection = stack.enter_context(connect(credentials_of(context, name, source), source, secret_of(context, name, source)))
                truth[name] = load(name, connection, source.prefix.rstrip(".") or "public", progress, rows)
            elif isinstance(source, DocumentSource):
                truth[name] = _upload(context, name, partial(load, name), progress, rows)
            else:
                truth[name] = _fill_tables(context, name, partial(load, name), progress, rows)
    return truth


def _upload(context: Context, source: str, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
    """A source of documents is given to the seed as a client and the source's prefix in the landing bucket; waits until the gate has decided.

    Raises:
        Refused: There is no landing bucket, or the gate does not decide.
    """
    client, bucket, place = context.client("s3"), context.names.bucket("landing"), f"{source}/"
    try:
        truth = load(client, f"{bucket}/{place}", progress, rows)
    except client.exceptions.NoSuchBucket as error:
        raise Refused(f"the bucket {bucket} does not exist; `lake deploy` makes it") from error
    end = time.monotonic() + DECIDED_SECONDS
    # What a run reads is what the gate has decided about, which removes it from where it landed.
    while client.list_objects_v2(Bucket=bucket, Prefix=place, MaxKeys=1)["KeyCount"]:
        if time.monotonic() > end:
            gate = context.names.function("gate")
            raise Refused(
                f"s3://{bucket}/{place} has documents that were not decided about within {DECIDED_SECONDS} s; "
                f"the function {gate} logs to {context.names.function_log_group('gate')}, and what failed waits in the queue {context.names.dead_letters('gate')}"
            )
        time.sleep(0.5)
    return truth


def _fill_tables(context: Context, source: str, load: Callable[..., Any], progress: Progress, rows: int | None) -> Any:
    """A DynamoDB source is given to the seed as a client and what its tables' names begin with."""
    client, prefix = context.client("dynamodb"), context.names.demo_table_prefix(source)
    try:
        return load(client, prefix, progress, rows)
    except client.exceptions.ResourceNotFoundException as error:
        raise Refused(f"a table {prefix}… does not exist; `lake deploy` makes the tables of the demo source {source}") from error


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
