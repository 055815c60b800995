"""`lake open`: the pages that other tools have of an environment."""

from typing import Annotated

import typer

from cli.context import Context, of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say
from medallion.manifest.errors import Location, UnknownValue

PAGES = ("airflow",)


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        rich_help_panel="Data",
        epilog="Examples: `lake open airflow` · `lake --env prod open airflow` · `lake open airflow --json` (the address alone; it lives a minute)",
    )(open)


def open(call: typer.Context, page: Annotated[str, typer.Argument(help="What to open: airflow.")] = "airflow") -> None:
    """Opens a page in the browser, signed in as you: Airflow's, where runs are seen, stopped and repeated."""
    context = of(call)
    if page not in PAGES:
        raise UnknownValue(Location("lake open PAGE"), page, PAGES)
    address = airflow_address(context)
    if context.json:
        print_json({"page": page, "address": address})
        return
    import webbrowser

    opened = webbrowser.open(address)
    say("Airflow opens in your browser." if opened else f"No browser could be started; open this within a minute:\n{address}")


def airflow_address(context: Context) -> str:
    """Where the environment's Airflow signs its caller in; good for a minute.

    Raises:
        Refused: The environment has no Airflow.
    """
    if context.configuration.orchestrator == "none":
        raise Refused(
            f"{context.environment} has no Airflow: its configuration says `orchestrator: none`, and `lake run` runs its DAGs from here"
        )
    mwaa = context.client("mwaa")
    try:
        given = mwaa.create_web_login_token(Name=context.names.airflow)
    except mwaa.exceptions.ResourceNotFoundException as error:
        raise Refused(f"{context.names.airflow} can't be opened yet: {error.response['Error']['Message']}") from error
    scheme = "http" if context.is_local else "https"
    return f"{scheme}://{given['WebServerHostname']}/aws_mwaa/aws-console-sso?login=true#{given['WebToken']}"
