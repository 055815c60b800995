"""`lake report`: one page that tells how the lake is."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, of
from cli.query.asking import AsPersona
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from cli.query.asking import Seen
    from medallion.manifest.model import Manifest
    from report.extraction.facts import ExtractedTable
    from report.facts import Facts, JobRun

JOB_RUNS = 20


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        rich_help_panel="Data", epilog="Examples: `lake report --open` · `lake --env dev report --out dev.html` · `lake report --json`"
    )(report)


def report(
    call: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where the page is written; else beside the laptop's state.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    persona: AsPersona = None,
) -> None:
    """Writes one HTML page: what came in, what was refused and why, what models extracted, checks, times, lineage, pictures of gold tables.

    It holds no value of a confidential or restricted column, and asks for nothing when it is opened. A persona is asked for no column that
    it does not see, and the page says what that leaves out; the deployed release and job runs are read with the caller's own credentials.
    """
    import webbrowser

    from cli.query.asking import asker
    from report.page import page
    from report.story import came_in, newest_outcomes, newest_runs, refused, standing_failures, story

    context = of(call)
    facts = facts_of(context, asker(context, persona))
    file = (out or context.home / f"report-{context.environment}.html").resolve()
    write(file, page(facts))
    headline, newest = story(facts).headline, newest_outcomes(facts)
    if context.json:
        print_json(
            {
                "report": str(file),
                "environment": facts.environment,
                "persona": facts.persona,
                "release": facts.release,
                "headline": headline,
                "runs": list(newest_runs(facts)),
                "came_in": came_in(newest),
                "refused": refused(newest),
                "failed": [one.table for one in standing_failures(facts)],
            }
        )
    else:
        say(headline)
        say(f"Report: {file.as_uri()}")
    if open_it and not webbrowser.open(file.as_uri()):
        raise Refused(f"no browser could be started; open {file.as_uri()} in one")


def facts_of(context: Context, persona: str | None) -> "Facts":
    """All that a report tells, asked of the catalog, of Glue and, in a handful of queries, of Athena.

    Raises:
        Refused: The persona does not see enough of the lake for a report.
    """
    from cli.deployment.deployed import deployed_manifest
    from cli.query.asking import seen_in
    from cli.query.persona import client_of
    from medallion.manifest.access.matrix import expected_matrix
    from medallion.manifest.names import DATABASES, QUARANTINE_SUFFIX
    from medallion.manifest.steps import jobs
    from medallion.manifest.technical import QUOTING
    from medallion.ops.tables import QUALITY_RESULTS, RUNS
    from report import questions
    from report.facts import Facts
    from report.picture import pictures

    release, manifest = deployed_manifest(context)
    names = context.names
    glue = client_of(context, persona, "glue")
    if persona is not None:
        check_sees_enough(manifest, persona)
    seen = {layer: seen_in(glue, names.database(layer)) for layer in DATABASES}
    there = frozenset(f"{names.database(layer)}.{table}" for layer, tables in seen.items() for table in tables)

    asked = partial(_asked, context, persona)
    has = {name: name in seen["ops"] for name in (RUNS, QUALITY_RESULTS)}
    unquoted = [name for name in QUOTING if name not in seen["ops"].get(RUNS, QUOTING)]
    quarantines = {one.name: f"{one.name}{QUARANTINE_SUFFIX}" for one in manifest.tables("silver")}
    refusing = [table for table, quarantine in quarantines.items() if quarantine in seen["silver"]]
    closed = [table for table in refusing if "_row" not in seen["silver"][quarantines[table]]]
    refused = asked(questions.refusals_query(names, refusing, closed)) if refusing else []
    extracted, untold = extracted_of(context, persona, manifest, seen["bronze"])
    drawn = [
        each
        for each in pictures(manifest, names, there)
        if {name.lower() for name in (each.measure, each.by) if name is not None} <= seen["gold"][each.table]
    ]
    return Facts(
        environment=context.environment,
        names=names,
        release=release,
        manifest=manifest,
        written_at=datetime.now(UTC),
        there=there,
        runs=questions.runs_of(asked(questions.runs_query(names, unquoted))) if has[RUNS] else (),
        checks=questions.checks_of(asked(questions.checks_query(names))) if has[RUNS] and has[QUALITY_RESULTS] else (),
        refusals=questions.refusals_of(refused),
        quarantined=questions.quarantined_of(refused),
        jobs=tuple(
            sorted(
                job_runs(
                    context.client("glue"),
                    jobs(
                        names,
                        manifest.sources,
                        {table.layer for table in manifest.tables()},
                        governed=context.configuration.governed,
                    ),
                    with_errors="error" not in unquoted,
                ),
                key=lambda run: run.started_at,
                reverse=True,
            )
        ),
        points=questions.points_of(asked(questions.points_query(manifest, names, drawn))) if drawn else (),
        extracted=extracted,
        access=expected_matrix(context.configuration, manifest) if context.configuration.governed and manifest.personas else (),
        persona=persona,
        hidden=(
            *(f"ops.{RUNS}.{name}" for name in unquoted),
            *(f"silver.{quarantines[table]}._row" for table in closed),
            *untold,
        ),
    )


def check_sees_enough(manifest: "Manifest", persona: str) -> None:
    """That what a page is made of is there for a persona: all layers, and all rows.

    Raises:
        Refused: It is not.
    """
    from medallion.manifest.access.row_filters import filtered_personas
    from medallion.manifest.names import DATABASES

    known = manifest.persona(persona)
    needed = (*DATABASES, "public", "internal")
    lacking = [each for each in needed if each not in (*known.layers, *known.classes)]
    if lacking or persona in filtered_personas(manifest):
        what = f"nothing that is {' or '.join(lacking)}" if lacking else "only some rows of some tables"
        raise Refused(f"a report needs {', '.join(needed)} and all rows; {persona} sees {what}: --as PERSONA asks as another")


def extracted_of(
    context: Context, persona: str | None, manifest: "Manifest", seen: "Seen"
) -> "tuple[tuple[ExtractedTable, ...], list[str]]":
    """What is known of the tables that a model extracts: three queries for all of them, and one for each whose truth is known.

    Args:
        context: The environment.
        persona: As whom Athena is asked.
        manifest: The deployed one.
        seen: The columns of the bronze tables that are there.

    Returns:
        The tables; and what of them, or which of them, is hidden from who asks.
    """
    from cli.source.truth import kept
    from medallion.manifest.names import REFUSED
    from report.extraction import questions
    from report.extraction.facts import ExtractedTable

    names = context.names
    refusals: dict[str, str] = {}
    tables, untold = [], []
    for table, extraction in questions.extracted(manifest):
        if not {table.name, extraction.documents} <= seen.keys():
            continue
        why = questions.refusal(extraction, seen[table.name])
        if why is None:
            untold.append(f"bronze.{table.name}")
            continue
        tables.append((table, extraction))
        refusals[table.name] = why
        if why != REFUSED:
            untold.append(f"bronze.{table.name}.{REFUSED}")
    if not tables:
        return (), untold
    asked = partial(_asked, context, persona)
    askings = questions.askings_of(asked(questions.askings_query(names, tables, refusals)))
    reasons = questions.reasons_of(asked(questions.reasons_query(names, tables, refusals)))
    by_week = questions.weeks_query(names, manifest, tables, refusals)
    weeks = questions.weeks_of(asked(by_week)) if by_week is not None else {}
    truth, found = kept(context), []
    for table, extraction in tables:
        of_table = askings.get(table.name, ())
        known = truth.get(extraction.documents, {})
        some = sorted(known)[: questions.COMPARED]
        fields = [field for field in questions.open_fields(manifest, table, extraction) if field.name.lower() in seen[table.name]]
        rows = asked(questions.values_query(names, table, fields, some, refusals)) if some and fields else []
        found.append(
            ExtractedTable(
                table=table.name,
                # Only such a source has one; which engine it is, nobody asks here.
                provider=getattr(context.configuration.sources.get(table.source), "provider", ""),
                askings=of_table,
                refused=reasons.get(table.name, ()),
                weeks=weeks.get(table.name, ()),
                known=len(known),
                compared=questions.compared(rows, fields, known, [one.asked for one in of_table]),
            )
        )
    return tuple(found), untold


def _asked(context: Context, persona: str | None, sql: str) -> list[tuple[Any, ...]]:
    from cli.query.athena import ask

    return ask(context, sql, persona)[2]


def job_runs(glue: Any, jobs: Iterable[str], *, with_errors: bool) -> "list[JobRun]":
    """The newest runs of some jobs; Glue's causes hold the errors of tables."""
    from report.facts import JobRun
    from report.questions import HIDDEN_ERROR

    found = []
    for job in jobs:
        for run in glue.get_job_runs(JobName=job, MaxResults=JOB_RUNS)["JobRuns"]:
            given = run.get("Arguments", {})
            found.append(
                JobRun(
                    job=job,
                    id=run["Id"],
                    state=run["JobRunState"],
                    error=run.get("ErrorMessage") if with_errors else HIDDEN_ERROR,
                    started_at=run["StartedOn"].astimezone(UTC),
                    run_id=given.get("--run_id", ""),
                    tables=tuple(name for name in given.get("--tables", "").split(",") if name),
                    decision="--action" in given,
                )
            )
    return found


def write(file: Path, text: str) -> None:
    """Writes a page, whole or not at all.

    Raises:
        Refused: It can't be written there.
    """
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Refused(f"--out {file}: {error.strerror}") from error
