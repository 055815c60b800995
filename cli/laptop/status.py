"""`lake status`: what runs, how true it is, and what is deployed."""

from typing import Any

import typer

from cli.context import Context, of
from cli.terminal.failures import UNREACHABLE
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel="Laptop", epilog="Examples: `lake status` · `lake status --json` · `lake --env dev status`")(status)


def status(call: typer.Context) -> None:
    """Shows the endpoint, the services and how true each is, the stacks, the release and the buckets."""
    context = of(call)
    document = _laptop(context) if context.is_local else {"endpoint": None, "running": True}
    if document["running"]:
        document |= _deployed(context)
    if context.json:
        print_json(document)
    else:
        _show(document)
    if not document["running"]:
        raise typer.Exit(UNREACHABLE)


def _laptop(context: Context) -> dict[str, Any]:
    return dict(context.laptop.status().as_json())


def _deployed(context: Context) -> dict[str, Any]:
    from cli.deployment.deployed import NotDeployed, deployed_release

    stacks = context.client("cloudformation").get_paginator("describe_stacks").paginate()
    prefix = context.names.dashed
    found = [{"name": stack["StackName"], "state": stack["StackStatus"]} for page in stacks for stack in page["Stacks"]]
    buckets = [bucket["Name"] for bucket in context.client("s3").list_buckets()["Buckets"]]
    try:
        release: str | None = deployed_release(context)
    except NotDeployed:
        release = None
    return {"release": release, "stacks": found, "buckets": [name for name in buckets if name.startswith(f"{prefix}-")]}


def _show(document: dict[str, Any]) -> None:
    from rich.table import Table

    from cli.terminal.screen import cell, stdout

    if document["endpoint"]:
        say(f"{'up' if document['running'] else 'down'} at {document['endpoint']}, state in {document['home']}")
    for note in document.get("notes", ()):
        say(f"note: {note}")
    if not document["running"]:
        say("Next: lake up")
        return
    services = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("service", "how true", "what it is here"):
        services.add_column(column, overflow="fold")
    for service in document.get("services", ()):
        services.add_row(*(cell(service[name]) for name in ("name", "truth", "sentence")))
    if services.row_count:
        stdout().show(services)
    if document.get("engine"):
        say(document["engine"])
    for name, address in document.get("databases", {}).items():
        say(f"database {name} at {address}")
    for stack in document["stacks"]:
        say(f"stack {stack['name']}: {stack['state']}")
    for bucket in document["buckets"]:
        say(f"bucket {bucket}")
    say(f"release {document['release']}" if document["release"] else "no release deployed. Next: lake deploy")
