"""The command: all checks, one line each."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from cli.context import Context, of
from cli.terminal.failures import FAILED

if TYPE_CHECKING:
    from cli.doctor.patient import Patient
    from cli.doctor.verdict import Verdict

STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "can't tell": "cyan"}


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel="Infrastructure", epilog="Examples: `lake doctor` · `lake --env dev doctor` · `lake doctor --json`")(doctor)


def doctor(call: typer.Context) -> None:
    """Looks before you deploy: this machine, the templates and their idle price, the account; changes nothing."""
    context = of(call)
    verdicts = examine(context)
    if context.json:
        from cli.terminal.output import print_json

        print_json({"environment": context.environment, "checks": [{"check": name, **asdict(found)} for name, found in verdicts.items()]})
    else:
        _show(verdicts)
    if any(found.level == "fail" for found in verdicts.values()):
        raise typer.Exit(FAILED)


def examine(context: Context) -> "dict[str, Verdict]":
    """The verdict of every check that means something for the environment, by the check's name.

    Raises:
        Invalid: The environment's configuration is wrong.
    """
    from cli.doctor import account, governance, machine, sources, templates
    from cli.doctor.patient import Patient
    from cli.doctor.verdict import Verdict

    context.configuration  # noqa: B018 - refuses a wrong file before anything is looked at
    patient = Patient(context)
    # The laptop runs Glue's jobs with a Java of its own, and has no quotas.
    here, there = ([machine.java], []) if context.is_local else ([], [account.quotas])
    found = {check.__name__: _judged(check, patient) for check in (machine.node, machine.cdk, *here, machine.disk, templates.templates)}
    if found["templates"].level == "ok":
        found["price"] = _judged(templates.price, patient)
    found["account"] = _judged(account.account, patient)
    # A source is looked at before there are contracts, without which nothing can be synthesized.
    early = (sources.secrets, sources.databases)
    late = (account.region, account.bootstrap, account.stacks, account.release, account.names, governance.lake_formation)
    for check in (*early, *late, *there):
        needed = ("account",) if check in early else ("account", "templates")
        needs = next((name for name in needed if found[name].level != "ok"), None)
        found[check.__name__] = Verdict("can't tell", f"see {needs}") if needs else _judged(check, patient)
    return found


def _judged(check: "Callable[[Patient], Verdict]", patient: "Patient") -> "Verdict":
    """What a check says, or that it could not look."""
    from botocore.exceptions import BotoCoreError, ClientError

    from cli.doctor.verdict import Verdict
    from cli.terminal.failures import Unreachable, message
    from local.errors import LaptopError

    try:
        return check(patient)
    except (BotoCoreError, ClientError, LaptopError, Unreachable) as error:
        return Verdict("can't tell", message(error).splitlines()[0], "look as a principal that may, and that reaches the account")


def _show(verdicts: "dict[str, Verdict]") -> None:
    from rich.table import Table

    from cli.terminal.screen import joined, plain, stdout

    table = Table(box=None, pad_edge=False, show_header=False)
    for name, found in verdicts.items():
        advice = plain(f"\ndo: {found.advice}" if found.advice else "", "dim")
        table.add_row(plain(found.level, STYLES[found.level]), plain(name), joined(found.found, advice))
    stdout().show(table)
