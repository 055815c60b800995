"""`lake report`: one page that tells how the lake is."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.model import Manifest
    from medallion.manifest.names import Names
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
) -> None:
    """Writes one HTML page: what came in, what was refused and why, what models extracted, checks, times, lineage, pictures of gold tables.

    It holds no value of a confidential or restricted column, and asks for nothing when it is opened.
    """
    import webbrowser

    from report.page import page
    from report.story import came_in, newest_outcomes, newest_runs, refused, standing_failures, story

    context = of(call)
    facts = facts_of(context)
    file = (out or context.home / f"report-{context.environment}.html").resolve()
    write(file, page(facts))
    headline, newest = story(facts).headline, newest_outcomes(facts)
    if context.json:
        print_json(
            {
                "report": str(file),
                "environment": facts.environment,
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


def facts_of(context: Context) -> "Facts":
    """All that a report tells, asked of the catalog, of Glue and, in a handful of queries, of Athena."""
    from cli.deployment.deployed import deployed_manifest
    from medallion.manifest.access.matrix import expected_matrix
    from medallion.manifest.names import QUARANTINE_SUFFIX
    from medallion.manifest.steps import jobs
    from medallion.ops.tables import QUALITY_RESULTS, RUNS
    from report import questions
    from report.facts import Facts
    from report.picture import pictures

    release, manifest = deployed_manifest(context)
    names = context.names
    there = tables_there(context.client("glue"), names)

    asked = partial(_asked, context)
    has = {name: f"{names.database('ops')}.{name}" in there for name in (RUNS, QUALITY_RESULTS)}
    refusing = [table.name for table in manifest.tables("silver") if f"{names.database('silver')}.{table.name}{QUARANTINE_SUFFIX}" in there]
    refused = asked(questions.refusals_query(names, refusing)) if refusing else []
    drawn = pictures(manifest, names, there)
    return Facts(
        environment=context.environment,
        names=names,
        release=release,
        manifest=manifest,
        written_at=datetime.now(UTC),
        there=there,
        runs=questions.runs_of(asked(questions.runs_query(names))) if has[RUNS] else (),
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
                ),
                key=lambda run: run.started_at,
                reverse=True,
            )
        ),
        points=questions.points_of(asked(questions.points_query(manifest, names, drawn))) if drawn else (),
        extracted=extracted_of(context, manifest, there),
        access=expected_matrix(context.configuration, manifest) if context.configuration.governed and manifest.personas else (),
    )


def extracted_of(context: Context, manifest: "Manifest", there: frozenset[str]) -> "tuple[ExtractedTable, ...]":
    """What is known of the tables that a model extracts: three queries for all of them, and one for each whose truth is known."""
    from cli.source.truth import kept
    from report.extraction import questions
    from report.extraction.facts import ExtractedTable

    names = context.names
    tables = [
        (table, extraction)
        for table, extraction in questions.extracted(manifest)
        if {f"{names.database('bronze')}.{name}" for name in (table.name, extraction.documents)} <= there
    ]
    if not tables:
        return ()
    askings = questions.askings_of(_asked(context, questions.askings_query(names, tables)))
    reasons = questions.reasons_of(_asked(context, questions.reasons_query(names, tables)))
    by_week = questions.weeks_query(names, manifest, tables)
    weeks = questions.weeks_of(_asked(context, by_week)) if by_week is not None else {}
    truth, found = kept(context), []
    for table, extraction in tables:
        of_table = askings.get(table.name, ())
        known = truth.get(extraction.documents, {})
        some = sorted(known)[: questions.COMPARED]
        fields = questions.open_fields(manifest, table, extraction)
        rows = _asked(context, questions.values_query(names, table, fields, some)) if some and fields else []
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
    return tuple(found)


def _asked(context: Context, sql: str) -> list[tuple[Any, ...]]:
    from cli.query.athena import ask

    return ask(context, sql)[2]


def tables_there(glue: Any, names: "Names") -> frozenset[str]:
    """The Iceberg tables that the catalog has of a lake, by full name."""
    from medallion.manifest.names import DATABASES

    found = set()
    for layer in DATABASES:
        database = names.database(layer)
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
            found |= {f"{database}.{table['Name']}" for table in page["TableList"] if "metadata_location" in table.get("Parameters", {})}
    return frozenset(found)


def job_runs(glue: Any, jobs: Iterable[str]) -> "list[JobRun]":
    """The newest runs of some jobs."""
    from report.facts import JobRun

    found = []
    for job in jobs:
        for run in glue.get_job_runs(JobName=job, MaxResults=JOB_RUNS)["JobRuns"]:
            given = run.get("Arguments", {})
            found.append(
                JobRun(
                    job=job,
                    id=run["Id"],
                    state=run["JobRunState"],
                    error=run.get("ErrorMessage"),
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
