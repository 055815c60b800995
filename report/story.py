"""What the facts come to: the sentence at the top, and what a person should look at first."""

from collections.abc import Iterable
from typing import Literal

from medallion.manifest.frozen import Frozen
from medallion.manifest.schedule import full_name
from medallion.manifest.steps import INGEST, KINDS, REFINE, step_of
from report.facts import Facts, TableRun
from report.visible import error_text
from report.words import count, plural

# The steps that tables come from, in the order of a run.
STEPS = tuple(kind.name for kind in KINDS if kind.layer is not None)
_ENDED_BADLY = frozenset({"FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED"})


class Problem(Frozen):
    """Something to look at.

    Attributes:
        level: Whether it holds tables up, or loses rows, or is only worth knowing.
        what: In a few words.
        detail: More; empty where there is no more.
        advice: What to do next; a command stands in backquotes.
    """

    level: Literal["bad", "warn"]
    what: str
    detail: str = ""
    advice: str = ""


class Story(Frozen):
    """The beginning of a report.

    Attributes:
        headline: One sentence.
        figures: Figures of the newest run with their names.
        problems: What to look at, the worst first.
    """

    headline: str
    figures: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def story(facts: Facts) -> Story:
    """What a report begins with."""
    newest = newest_outcomes(facts)
    found = (*_failures(facts), *_dead_jobs(facts), *_refusals(facts), *_warnings(facts, newest), *_release(facts))
    problems = tuple(sorted(found, key=lambda problem: problem.level))
    return Story(headline=_headline(facts, newest), figures=_figures(facts, newest), problems=problems)


def newest_runs(facts: Facts) -> tuple[str, ...]:
    """The id of each product's newest run that did a step, sorted by product."""
    found: dict[str, str] = {}
    for one in facts.runs:
        if one.step in STEPS:
            found.setdefault(one.product, one.run_id)
    return tuple(found[product] for product in sorted(found))


def newest_outcomes(facts: Facts) -> tuple[TableRun, ...]:
    """What the newest runs did, the last attempt at each table only, in the order of the steps."""
    runs = newest_runs(facts)
    return last_attempts(one for one in facts.runs if one.run_id in runs and one.step in STEPS)


def last_attempts(runs: Iterable[TableRun]) -> tuple[TableRun, ...]:
    """Of some outcomes of one run, the newest first, the last one of each step and table; in the order of steps and names."""
    found: dict[tuple[str, str, str], TableRun] = {}
    for one in runs:
        found.setdefault((one.run_id, one.step, one.table), one)
    return tuple(sorted(found.values(), key=lambda one: (_place(one), one.table)))


def _place(one: TableRun) -> int:
    return STEPS.index(one.step) if one.step in STEPS else len(STEPS)


def came_in(outcomes: Iterable[TableRun]) -> int:
    """How many rows were read from the sources."""
    return sum(one.rows.get("read", 0) for one in outcomes if one.step == INGEST.name)


def refused(outcomes: Iterable[TableRun]) -> int:
    """How many rows silver refused."""
    return sum(one.rows.get("quarantined", 0) for one in outcomes if one.step == REFINE.name)


def _headline(facts: Facts, newest: tuple[TableRun, ...]) -> str:
    if not any(True for _ in facts.manifest.tables()):
        return "This lake has no contracts, so there is nothing in it."
    if not newest:
        dead = [job for job in facts.jobs if job.state in _ENDED_BADLY]
        return "The only runs so far failed before they wrote anything." if dead else "Nothing has run yet: the lake is empty."
    failed = sum(one.outcome == "failed" for one in newest)
    rows, bad = came_in(newest), refused(newest)
    sentence = f"{plural(rows, 'row')} came in, {'none was' if bad == 0 else f'{count(bad)} {"was" if bad == 1 else "were"}'} refused."
    if failed:
        return f"{plural(failed, 'table')} failed in the newest run. {sentence}"
    return sentence


def _figures(facts: Facts, newest: tuple[TableRun, ...]) -> tuple[tuple[str, str], ...]:
    if not newest:
        return ()
    kept = sum(one.rows.get("merged", 0) + one.rows.get("unchanged", 0) for one in newest if one.step == REFINE.name)
    return (
        ("rows came in", count(came_in(newest))),
        ("of them in silver", count(kept)),
        ("rows refused", count(refused(newest))),
        ("tables published", count(sum(one.outcome == "published" for one in newest))),
        ("tables failed or skipped", count(sum(one.outcome in ("failed", "skipped") for one in newest))),
        ("rows in quarantine now", count(sum(facts.quarantined.values()))),
    )


def standing_failures(facts: Facts) -> tuple[TableRun, ...]:
    """The tables whose last recorded outcome is a failure that no later run of their job has cured, by name."""
    last: dict[str, TableRun] = {}
    for one in facts.runs:
        last.setdefault(one.table, one)
    standing = [one for one in last.values() if one.outcome in ("failed", "skipped") and not _cured(facts, one)]
    return tuple(sorted(standing, key=lambda one: (one.outcome, _place(one), one.table)))


def _cured(facts: Facts, failure: TableRun) -> bool:
    """Whether the table's job ended well since: a job run in which nothing was new leaves no record."""
    table = next((one for one in facts.manifest.tables() if full_name(one, facts.names) == failure.table), None)
    if table is None:
        return False
    job = step_of(table).job(facts.names)
    later = [run for run in facts.jobs if run.job == job and run.started_at > failure.finished_at and not run.decision]
    return any(run.state == "SUCCEEDED" and (not run.tables or table.name in run.tables) for run in later)


def _failures(facts: Facts) -> list[Problem]:
    standing = standing_failures(facts)
    found = [
        Problem(level="bad", what=f"{one.table} failed", detail=error_text(one.error or ""), advice=_way_out(one))
        for one in standing
        if one.outcome == "failed"
    ]
    if skipped := [one for one in standing if one.outcome == "skipped"]:
        tables = ", ".join(dict.fromkeys(one.table for one in skipped))
        found.append(
            Problem(
                level="bad",
                what=f"{plural(len(skipped), 'table')} skipped",
                detail=f"{tables}: what they need came to nothing. They hold what they held before.",
            )
        )
    return found


def _way_out(failure: TableRun) -> str:
    if "the audit failed" in (failure.error or ""):
        return f'If the refused rows are right after all: `lake runs accept {failure.table.partition(".")[2]} --reason "…"`'
    return f"More: `lake runs show {failure.run_id}`"


def _dead_jobs(facts: Facts) -> list[Problem]:
    """Jobs whose newest run ended badly and left no record of any table."""
    newest = {run.job: run for run in reversed(facts.jobs)}
    jobs = {full_name(table, facts.names): step_of(table).job(facts.names) for table in facts.manifest.tables()}
    told = {(one.run_id, jobs.get(one.table)) for one in facts.runs}
    return [
        Problem(
            level="bad",
            what=f"{job} {run.state.lower()}",
            detail=error_text(run.error or "Glue gives no cause."),
            advice=f"Its log: `lake logs {run.id}`",
        )
        for job, run in sorted(newest.items())
        if run.state in _ENDED_BADLY and (run.run_id, job) not in told
    ]


def _refusals(facts: Facts) -> list[Problem]:
    by_table: dict[str, int] = {}
    for refusal in facts.refusals:
        by_table[refusal.table] = by_table.get(refusal.table, 0) + 1
    return [
        Problem(
            level="warn",
            what=f"{table} has {plural(facts.quarantined.get(table, 0), 'row')} in quarantine",
            detail="; ".join(f"{refusal.rule}: {plural(refusal.rows, 'row')}" for refusal in facts.refusals if refusal.table == table),
            advice=f"Mend them at the source, or change the contract and `lake quarantine replay {table}`.",
        )
        for table in by_table
    ]


def _warnings(facts: Facts, newest: tuple[TableRun, ...]) -> list[Problem]:
    runs = {one.run_id for one in newest}
    broken = [check for check in facts.checks if check.run_id in runs and check.severity == "warning" and check.failed]
    return [
        Problem(
            level="warn",
            what=f"{one.table}: {one.rule}",
            detail=f"{plural(one.failed, 'row')} of {count(one.checked)} break this rule, a warning only",
        )
        for one in broken
    ]


def _release(facts: Facts) -> list[Problem]:
    ran = next((one.release for one in facts.runs if one.step in STEPS), facts.release)
    if ran == facts.release:
        return []
    return [
        Problem(
            level="warn",
            what="The deployed release has not changed any table yet",
            detail=f"{facts.release} is deployed, {ran} wrote last",
            advice="Next: `lake run`",
        )
    ]
