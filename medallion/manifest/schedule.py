"""The order in which a product's steps run: the one definition of it, as a value."""

from collections.abc import Collection
from pprint import pformat

from medallion.manifest.errors import Location, UnknownValue
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import Layer, Names, StepName, without_history
from medallion.manifest.steps import APPLY_CONTRACTS, INGEST, OPEN_ACCESS, TIGHTEN_ACCESS, before, inputs_of, steps_of

# A range to read again at the sources, from the DAG run's parameters; without one they are empty, and a job is not given what is empty.
AGAIN = {"--from": "{{ params['from'] or '' }}", "--to": "{{ params['to'] or '' }}"}

# The line of the DAG factory in whose place a product's plan stands.
PLACE = "PLAN: dict[str, Any] = {}\n"


class Task(Frozen):
    """One Glue job run of a DAG run.

    Attributes:
        id: The task's id in the DAG.
        kind: What kind of step it is.
        job: The Glue job's name.
        arguments: What the run is started with, `--name` to value; a value may be a template of Airflow.
        tables: Full names of the tables that it writes; none for the contracts.
        after: The ids of the tasks before it. One that writes tables may have failed for some of them: the others go on.
        announced: Whether changes of its tables start the runs of products that are made from them.
        applied: The SSM parameter that names the release which it was last done for: done for this one, it is skipped. Empty: it never is.
    """

    id: str
    kind: StepName
    job: str
    arguments: dict[str, str]
    tables: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    announced: bool = False
    applied: str = ""


class Plan(Frozen):
    """All that the DAG of a product needs to know.

    Attributes:
        dag_id: The DAG's id: `<prefix>_<product>`.
        product: The product's name.
        schedule: A cron expression in UTC, or None where only a person or another DAG starts it.
        owner: Who answers for it.
        retries: How often a failed task is tried again; None for the environment's own number.
        timeout_minutes: When a run is ended as failed; None for never.
        deadline_minutes: When the owner is told that a run has not ended; None for never.
        waits_for: Full names of other products' tables that this one is made from: each change of one starts a run.
        region: Where its Glue jobs are.
        release: The release that this plan belongs to.
        log_group: Where Glue job runs write what they print, a stream a run.
        tables: What a run may be limited to, by plain name, sorted.
        tasks: Each after those that it waits for.
    """

    dag_id: str
    product: str
    schedule: str | None
    owner: str
    retries: int | None
    timeout_minutes: int | None
    deadline_minutes: int | None
    waits_for: tuple[str, ...]
    region: str
    release: str
    log_group: str
    tables: tuple[str, ...]
    tasks: tuple[Task, ...]


def plans(manifest: Manifest, names: Names, release: str, *, governed: bool) -> tuple[Plan, ...]:
    """The plan of each product.

    Args:
        manifest: The lake's contracts.
        names: The environment's names.
        release: The release whose manifest the jobs read.
        governed: Whether Lake Formation decides who sees what.
    """
    waits_for = {product.name: foreign_inputs(product, manifest, names) for product in manifest.products}
    awaited = frozenset(name for tables in waits_for.values() for name in tables)
    return tuple(plan(product, names, release, waits_for[product.name], awaited, governed=governed) for product in manifest.products)


def products_in_order(manifest: Manifest, names: Names) -> tuple[Product, ...]:
    """The products by name, but each after those whose tables its own are made from, as far as none waits for itself."""
    makers = {full_name(table, names): product.name for product in manifest.products for table in product.tables}
    needs = {product.name: {makers[name] for name in foreign_inputs(product, manifest, names)} for product in manifest.products}
    waiting, ordered = list(manifest.products), list[Product]()
    while waiting:
        left = {product.name for product in waiting}
        product = next((one for one in waiting if not needs[one.name] & left), waiting[0])
        waiting.remove(product)
        ordered.append(product)
    return tuple(ordered)


def foreign_inputs(product: Product, manifest: Manifest, names: Names) -> tuple[str, ...]:
    """Full names of the tables of other products that a product's tables read or refer to, sorted."""
    own = {full_name(table, names) for table in product.tables}
    return tuple(sorted({name for table in product.tables for name in made_from(table, manifest, names)} - own))


def plan(
    product: Product,
    names: Names,
    release: str,
    waits_for: tuple[str, ...] = (),
    awaited: Collection[str] = frozenset(),
    *,
    governed: bool,
) -> Plan:
    """The steps of a product in their order: contracts are applied, sources read side by side, then refined and aggregated.

    Args:
        product: The product.
        names: The environment's names.
        release: The release whose manifest the jobs read.
        waits_for: From `foreign_inputs`.
        awaited: Full names of the tables that any product waits for.
        governed: Whether Lake Formation decides who sees what: then what the release closes is closed first, and what it opens is opened
            after the contracts are applied.
    """
    given = {
        "--manifest": f"s3://{names.bucket('artifacts')}/releases/{release}/manifest.json",
        "--release": release,
    }
    of_a_run = given | {
        "--product": product.name,
        "--run_id": "{{ run_id }}",
        "--tables": "{{ params.tables | join(',') }}",
    }
    steps = steps_of(product, governed=governed)
    arguments = {
        TIGHTEN_ACCESS: given | {"--phase": "tighten"},
        APPLY_CONTRACTS: given,
        OPEN_ACCESS: given | {"--phase": "open"},
        INGEST: of_a_run | AGAIN,
    }
    applied = {TIGHTEN_ACCESS: names.applied_access, APPLY_CONTRACTS: names.applied_release, OPEN_ACCESS: names.applied_access}
    tasks = tuple(
        Task(
            id=step.task,
            kind=step.kind.name,
            job=step.job(names),
            arguments=arguments.get(step.kind, of_a_run),
            tables=tuple(full_name(table, names) for table in step.tables),
            after=tuple(other.task for other in before(step, steps)),
            # Few wait for a bronze table of another product, and an event that nobody waits for is noise.
            announced=step.kind.layer not in (None, "bronze") or any(full_name(table, names) in awaited for table in step.tables),
            applied=applied.get(step.kind, ""),
        )
        for step in steps
    )
    return Plan(
        dag_id=names.dag(product.name),
        product=product.name,
        schedule=product.schedule,
        owner=product.owner,
        retries=product.retries,
        timeout_minutes=product.timeout_minutes,
        deadline_minutes=product.deadline_minutes,
        waits_for=waits_for,
        region=names.region,
        release=release,
        log_group=names.job_output_group,
        tables=tuple(sorted({table.name for table in product.tables})),
        tasks=tasks,
    )


def needed_for(product: Product, tables: Collection[str]) -> tuple[str, ...]:
    """Some tables and all of the product's that they are made from, in the order in which they are made.

    Args:
        product: The product.
        tables: Plain table names; a name that two layers have means both.

    Raises:
        UnknownValue: A name is no table of the product.
    """
    known = {table.name for table in product.tables}
    for name in tables:
        if name not in known:
            raise UnknownValue(Location(f"product {product.name}"), name, known)
    needed = set(tables)
    for table in reversed(product.tables):
        if table.name in needed:
            needed.update(name for name in inputs_of(table) if name in known)
    return tuple(dict.fromkeys(table.name for table in product.tables if table.name in needed))


def full_name(table: BronzeTable | SilverTable | GoldTable, names: Names) -> str:
    """A table with its database."""
    return f"{names.database(table.layer)}.{table.name}"


def made_from(table: BronzeTable | SilverTable | GoldTable, manifest: Manifest, names: Names) -> frozenset[str]:
    """Full names of the tables of a manifest that a table reads or refers to, itself left out."""
    layers: dict[str, tuple[Layer, ...]] = {}
    match table:
        case BronzeTable():
            layers = dict.fromkeys(inputs_of(table), ("bronze",))
        case SilverTable():
            layers = {reference.table: ("silver",) for reference in table.references}
            layers[table.input] = ("bronze", *layers.get(table.input, ()))
        case GoldTable():
            layers = dict.fromkeys(map(without_history, table.inputs), ("silver", "gold"))
    found = {full_name(other, names) for other in manifest.tables() if other.layer in layers.get(other.name, ())}
    return frozenset(found - {full_name(table, names)})


def affected(manifest: Manifest, names: Names, failed: Collection[str]) -> frozenset[str]:
    """The tables that failed and all that are made from them, directly or not, by full name."""
    needs = {full_name(table, names): made_from(table, manifest, names) for table in manifest.tables()}
    reached = frozenset(failed)
    while grown := {name for name, before in needs.items() if before & reached} - reached:
        reached |= grown
    return reached


def dag_file(factory_source: str, plan: Plan) -> str:
    """A DAG file that needs no other: the factory with a product's plan written into it.

    Args:
        factory_source: The text of `mwaa_dags/factory.py`.
        plan: What the DAG is made from.
    """
    if factory_source.count(PLACE) != 1:
        raise ValueError(f"the DAG factory must have the line {PLACE!r} exactly once")
    return factory_source.replace(PLACE, f"PLAN: dict[str, Any] = {pformat(plan.model_dump(mode='json'), width=140)}\n")
