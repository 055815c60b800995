"""`lake access unused`: what roles may do and never did."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated

import typer

from cli.context import of
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds `unused` to `lake access`."""
    app.command(epilog="Examples: `lake run && lake access unused` · `lake access unused local-refine --json`")(unused)


def unused(
    call: typer.Context,
    roles: Annotated[list[str] | None, typer.Argument(help="Roles to look at; none means those of all deployed Glue jobs.")] = None,
) -> None:
    """Lists the actions that policies allow and no call on this laptop has needed so far, and those that can't be seen here."""
    from local.iam_calls import allowed_actions, role_policies

    context = of(call)
    laptop, iam = context.laptop, context.client("iam")
    by_role = {
        role: {"unused": list(laptop.unused_actions(role)), "not_observable": unobservable(allowed_actions(role_policies(iam, role)))}
        for role in roles or job_roles(context.client("glue"))
    }
    if context.json:
        print_json(by_role)
        return
    for role, actions in sorted(by_role.items()):
        say(f"{role}: {', '.join(actions['unused']) or 'every action that can be observed was used'}")
        if actions["not_observable"]:
            say(f"    not observable on a laptop: {', '.join(actions['not_observable'])}")


def unobservable(actions: Iterable[str]) -> list[str]:
    """Those of the actions that AWS itself calls inside another service, so that no laptop can tell whether they were needed."""
    from local.iam_calls import UNSEEN

    return [action for action in actions if any(fnmatchcase(action.lower(), unseen.lower()) for unseen in UNSEEN)]


def job_roles(glue: object) -> list[str]:
    """The roles that deployed Glue jobs run under, sorted."""
    pages = glue.get_paginator("get_jobs").paginate()  # type: ignore[attr-defined]
    return sorted({job["Role"].rpartition("/")[2] for page in pages for job in page["Jobs"]})
