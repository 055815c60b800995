"""`lake up`, `lake down`: the laptop's AWS."""

from typing import Annotated

import typer

from cli.context import of


def mount(app: typer.Typer) -> None:
    """Adds the commands of this noun."""
    app.command(
        rich_help_panel="Laptop",
        epilog="Examples: `lake up` · `lake up --port 4600` · `LAKE_HOME=/tmp/other lake up --port 4700` for a second laptop beside it",
    )(up)
    app.command(rich_help_panel="Laptop", epilog="Example: `lake down && lake up` goes on where it stopped.")(down)


def up(
    call: typer.Context,
    port: Annotated[int | None, typer.Option(min=1024, max=65500, help="Where AWS answers; Postgres has the next one.")] = None,
) -> None:
    """Starts the laptop's AWS and waits until it answers; safe to repeat."""
    context = of(call)
    if port is not None:
        context.remember_port(port)
    laptop = context.laptop
    laptop.up()
    context.remember_port(context.port)
    if context.json:
        from cli.output import print_json

        print_json({"endpoint": laptop.endpoint, "home": str(context.home)})
        return
    typer.echo(f"AWS answers at {laptop.endpoint}, with its state in {context.home}. Next: lake deploy")


def down(call: typer.Context) -> None:
    """Stops the laptop's AWS; its state stays."""
    context = of(call)
    context.laptop.down()
    if context.json:
        from cli.output import print_json

        print_json({"home": str(context.home)})
        return
    typer.echo(f"Stopped; the state stays in {context.home}. Next: lake up")
