"""`lake up`, `lake down`: the laptop's AWS."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import LAST_PORT, of
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from local.laptop import Laptop


def mount(app: typer.Typer) -> None:
    """Adds the commands of this noun."""
    app.command(
        rich_help_panel="Laptop",
        epilog="Examples: `lake up` · `lake up --port 4600` · `LAKE_HOME=/tmp/other lake up --port 4700` for a second laptop beside it",
    )(up)
    app.command(rich_help_panel="Laptop", epilog="Example: `lake down && lake up` goes on where it stopped.")(down)


def up(
    call: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=LAST_PORT, help="Where AWS answers; databases and Airflow have ports that follow it."),
    ] = None,
) -> None:
    """Starts the laptop's AWS and waits until it answers; safe to repeat."""
    context = of(call)
    # A port that was asked for is not exchanged for another; one that is only usual, or was free the last time, is.
    asked = port if port is not None or context.laptop.running else context.given_port
    laptop = _started(context.laptop if asked is None else context.laptop_at(asked), movable=asked is None)
    if context.json:
        print_json({"endpoint": laptop.endpoint, "home": str(context.home)})
        return
    say(f"AWS answers at {laptop.endpoint}, with its state in {context.home}. Next: lake deploy")


def _started(laptop: "Laptop", *, movable: bool) -> "Laptop":
    from local.errors import PortInUse

    while True:
        try:
            laptop.up()
        except PortInUse as taken:
            if not movable:
                raise
            laptop = laptop.elsewhere()
            say(f"{taken.what}; the laptop takes port {laptop.settings.port} and those that follow it", err=True)
        else:
            return laptop


def down(call: typer.Context) -> None:
    """Stops the laptop's AWS; its state stays."""
    context = of(call)
    context.laptop.down()
    if context.json:
        print_json({"home": str(context.home)})
        return
    say(f"Stopped; the state stays in {context.home}. Next: lake up")
