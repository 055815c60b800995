"""Drafts of bronze and silver contracts for tables that a source has."""

from collections.abc import Iterable, Mapping, Sequence

from medallion.manifest.drafting.drafts import DraftedTable, Drafts, Left, Unreadable
from medallion.manifest.drafting.naming import own_name, unused
from medallion.manifest.drafting.taken_names import TakenNames
from medallion.manifest.engines.postgres.bronze_text import bronze_text
from medallion.manifest.engines.postgres.observed import ObservedTable
from medallion.manifest.engines.postgres.reading import Reading, losses, reading
from medallion.manifest.engines.postgres.silver_text import SilverPlan, Target, silver_text
from medallion.manifest.engines.postgres.watermark import watermark
from medallion.manifest.model import Manifest, SilverTable
from medallion.manifest.order import Cycle, ordered


def draft(tables: Iterable[ObservedTable], *, source: str, product: str, lake: str, manifest: Manifest | None) -> Drafts:
    """Drafts contracts, none of which stands in the way of one that there is.

    Args:
        tables: What the source has of the tables that are meant.
        source: The logical source.
        product: The product that gets them.
        lake: The lake's name, for the contracts' ids.
        manifest: The lake's contracts so far; None where there are none.
    """
    existing, left, plans = list[tuple[str, str]](), list[Left](), list[_Plan]()
    names = TakenNames(source, manifest)
    for table in tables:
        if table.object in names.contracts:
            existing.append((table.full_name, names.contracts[table.object]))
            continue
        try:
            plans.append(_plan(table, names, left))
        except Unreadable as error:
            left.append(Left(table=table.full_name, column=None, reason=str(error)))
    targets = _targets_of(manifest, source) | {(plan.table.schema_name, plan.table.name): plan.target for plan in plans if plan.target}
    without = _circles(plans, targets)
    return Drafts(
        tables=tuple(_drafted(plan, targets, without, source=source, product=product, lake=lake, names=names) for plan in plans),
        existing=tuple(existing),
        left=tuple(left),
    )


class _Plan:
    """What is known of a table before any text is written."""

    def __init__(self, table: ObservedTable, name: str, readings: dict[str, Reading], left: Sequence[Left]) -> None:
        self.table = table
        self.name = name
        self.readings = readings
        self.left = left
        self.watermark, self.reason = watermark(table, readings)
        taken: set[str] = set()
        self.own: dict[str, str] = {}
        for column in readings:
            self.own[column] = unused([own_name(column, "c") or "c"], taken)
            taken.add(self.own[column])
        unread = [column for column in table.key if column not in readings]
        self.key = () if unread else table.key
        self.keyless = (
            ""
            if self.key
            else f"No silver contract: {', '.join(unread)} of its key can't be read."
            if unread
            else f"No silver contract: the {table.kind} has no primary key and no unique index over columns that are never null, and silver holds "
            "one row a key. Write it by hand if you know what tells one row from another."
        )
        if not self.key:
            self.watermark = None

    @property
    def target(self) -> Target | None:
        """What others may refer to; None without silver."""
        return Target(table=self.name, columns=dict(self.own), key=tuple(self.own[column] for column in self.key)) if self.key else None


def _plan(table: ObservedTable, names: TakenNames, left: list[Left]) -> _Plan:
    if not table.readable:
        raise Unreadable("the login may not read it; GRANT SELECT on it, and USAGE on its schema")
    # The job takes a point for the border between schema and table.
    if "." in table.name or (table.object or "").count(".") > 1 or ("." in table.schema_name):
        raise Unreadable("there is a point in its name, which parts a schema from a table; read a view that has none")
    readings: dict[str, Reading] = {}
    own_left: list[Left] = []
    for column in table.columns:
        try:
            readings[column.name] = reading(column, readings)
        except Unreadable as error:
            own_left.append(Left(table=table.full_name, column=column.name, reason=str(error)))
    left.extend(own_left)
    if not readings:
        raise Unreadable("it has no column that can be read")
    name = names.take(table.name, table.schema_name)
    if name is None:
        raise Unreadable("its name has no letter or digit that the lake could call it by; write its contract by hand, with physicalName")
    return _Plan(table, name, readings, own_left)


def _targets_of(manifest: Manifest | None, source: str) -> dict[tuple[str, str], Target]:
    """What may be referred to of the silver tables that there are, by the source's table; its schema is not known of them."""
    found: dict[tuple[str, str], Target] = {}
    if manifest is None:
        return found
    silver = {table.input: table for table in manifest.tables("silver") if isinstance(table, SilverTable)}
    for table in manifest.read_from(source):
        if table.name in silver:
            made = silver[table.name]
            plain = {(column.expression or "").strip("`"): column.name for column in made.columns}
            found["", table.object] = Target(table=made.name, columns=plain, key=made.key)
    return found


def _circles(plans: Sequence[_Plan], targets: Mapping[tuple[str, str], Target]) -> set[tuple[str, str]]:
    """References, as pairs of table and constraint, without which none refers to itself in a circle."""
    without: set[tuple[str, str]] = set()
    while True:
        needs: dict[str, set[str]] = {plan.name: set() for plan in plans}
        names: dict[tuple[str, str], str] = {}
        for plan in plans:
            for reference in plan.table.references:
                target = target_of(reference.schema_name, reference.table, targets)
                if target is not None and target.table != plan.name and (plan.name, reference.name) not in without:
                    needs[plan.name].add(target.table)
                    names[plan.name, target.table] = reference.name
        try:
            ordered({name: frozenset(others) for name, others in needs.items()})
        except Cycle as cycle:
            pairs = [pair for pair in zip(cycle.tables, cycle.tables[1:], strict=False) if pair in names]
            pairs += [(other, one) for one, other in zip(cycle.tables, cycle.tables[1:], strict=False) if (other, one) in names]
            one, other = min(pairs)
            without.add((one, names[one, other]))
        else:
            return without


def target_of(schema: str, table: str, targets: Mapping[tuple[str, str], Target]) -> Target | None:
    """The silver table that a source's table became."""
    return targets.get((schema, table)) or targets.get(("", table)) or targets.get(("", f"{schema}.{table}"))


def _drafted(
    plan: _Plan,
    targets: Mapping[tuple[str, str], Target],
    without: set[tuple[str, str]],
    *,
    source: str,
    product: str,
    lake: str,
    names: TakenNames,
) -> DraftedTable:
    table = plan.table
    drafted_from = f"Drafted from {source}: {table.kind} {table.full_name}. Look through it, and delete these lines."
    left = [f"Not read: column {one.column}: {one.reason}." for one in plan.left]
    lost = [told for column in table.columns if column.name in plan.readings and (told := losses(column))]
    hidden = ["Row security hides rows of it from this login: they will be missing."] if table.row_security else []
    reason = [line for line in (plan.reason, plan.keyless) if line]
    bronze = bronze_text(
        table,
        plan.readings,
        name=plan.name,
        id=f"{lake}.{product}.bronze.{plan.name}",
        source=source,
        key=plan.key,
        watermark=plan.watermark,
        head=[drafted_from, *reason, *hidden, *lost, *left],
    )
    files = [(f"contracts/{product}/bronze/{plan.name}.yaml", bronze)]
    notes = [*reason, *hidden, *lost]
    restricted: tuple[str, ...] = ()
    if plan.key:
        silver = SilverPlan(
            table=table,
            readings=plan.readings,
            name=plan.name,
            input=f"{source}__{plan.name}" if names.is_ambiguous(plan.name) else plan.name,
            own=plan.own,
            key=plan.key,
            watermark=plan.watermark,
            targets={
                reference.name: (target_of(reference.schema_name, reference.table, targets), (plan.name, reference.name) in without)
                for reference in table.references
            },
        )
        made = silver_text(silver, id=f"{lake}.{product}.silver.{plan.name}", head=[drafted_from])
        files.append((f"contracts/{product}/silver/{plan.name}.yaml", made.text))
        notes += made.notes
        restricted = made.restricted
    renamed = [(table.name, plan.name)] if table.name != plan.name else []
    return DraftedTable(
        table=table.full_name,
        name=plan.name,
        files=tuple(files),
        mode="incremental" if plan.watermark else "snapshot",
        key=plan.key,
        restricted=restricted,
        renamed=tuple(renamed + ([pair for pair in plan.own.items() if pair[0] != pair[1]] if plan.key else [])),
        notes=tuple(notes),
    )


__all__ = ["draft", "target_of"]
