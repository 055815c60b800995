"""The draft of a silver contract: types, key, and all that the source demands of its rows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from medallion.manifest.drafting.layout import Field, document, flow, listed, logical, value
from medallion.manifest.drafting.personal import judged
from medallion.manifest.drafting.scalar import scalar
from medallion.manifest.engines.postgres.constraints import Limit, NotPlain, limits
from medallion.manifest.engines.postgres.observed import ObservedColumn, ObservedReference, ObservedTable
from medallion.manifest.engines.postgres.reading import Reading
from medallion.manifest.frozen import Frozen

_NUMBERS = ("smallint", "int", "bigint", "float", "double")


class Target(Frozen):
    """A silver table that others may refer to.

    Attributes:
        table: Its name.
        columns: Its columns by those of the source.
        key: Its key.
    """

    table: str
    columns: dict[str, str]
    key: tuple[str, ...]


class SilverPlan(Frozen):
    """What a silver contract is drafted from.

    Attributes:
        table: What the source has.
        readings: How its columns are read, by name.
        name: The lake's name.
        input: The bronze table, as `transformSourceObjects` names it.
        own: The lake's names of the columns, by the source's.
        key: The source's columns of the key.
        watermark: The source's column that orders versions, or None.
        targets: By constraint: the silver table that it is about, if there is one, and whether it would close a circle.
    """

    table: ObservedTable
    readings: dict[str, Reading]
    name: str
    input: str
    own: dict[str, str]
    key: tuple[str, ...]
    watermark: str | None
    targets: dict[str, tuple[Target | None, bool]]


class SilverDraft(Frozen):
    """The text, what a person should know of it, and the columns that look personal."""

    text: str
    notes: tuple[str, ...]
    restricted: tuple[str, ...]


def silver_text(plan: SilverPlan, *, id: str, head: Sequence[str]) -> SilverDraft:
    """The contract and its notes."""
    table = plan.table
    notes: list[str] = []
    if table.key_origin and table.key_origin != "the primary key":
        notes.append(f"There is no primary key; the key is that of {table.key_origin}.")
    demanded = _limits(plan, notes)
    alone, together = _references(plan, notes)
    fields: list[Field] = [("name", plan.name)]
    if comment := " ".join(table.comment.split()):
        fields.append(("description", scalar(comment)))
    if plan.watermark:
        sequence = flow([("property", "sequence"), ("value", listed([plan.own[plan.watermark]]))])
        fields.append(("customProperties", listed([sequence])))
    if together:
        fields.append(("relationships", listed(together)))
    columns = [column for column in table.columns if column.name in plan.readings]
    judgements = {column.name: judged(table.name, column.name, column.type) for column in columns}
    text = document(
        head=[*head, *notes],
        id=id,
        server=None,
        table=fields,
        properties=[_column(plan, column, demanded, alone.get(column.name), judgements[column.name][0]) for column in columns],
        notes=[judgements[column.name][1] for column in columns],
    )
    restricted = tuple(plan.own[name] for name, (classification, _) in judgements.items() if classification == "restricted")
    return SilverDraft(text=text, notes=tuple(notes), restricted=restricted)


def _column(
    plan: SilverPlan, column: ObservedColumn, demanded: Mapping[str, Sequence[Limit]], reference: str | None, classification: str
) -> list[Field]:
    typed, logic = _typed(plan, column)
    limited = demanded.get(column.name, ())
    fields: list[Field] = [("name", scalar(plan.own[column.name])), *_with_options(typed, limited)]
    if column.name in plan.key:
        fields.append(("primaryKey", "true"))
        if len(plan.key) > 1:
            fields.append(("primaryKeyPosition", str(plan.key.index(column.name) + 1)))
    if column.required or column.name in plan.key:
        fields.append(("required", "true"))
    # Values may change places between two rows, which an incremental read can see half of.
    if column.name in plan.table.unique and plan.watermark is None:
        fields.append(("unique", "true"))
    fields += [("enum", listed(flow([("value", value(one))]) for one in limit.values)) for limit in limited if limit.option == "enum"]
    if reference:
        fields.append(("relationships", listed([flow([("to", reference)])])))
    if column.name in plan.key or plan.own[column.name] != column.name:
        fields.append(("transformSourceObjects", listed([scalar(f"{plan.input}.{column.name}")])))
    if logic:
        fields.append(("transformLogic", scalar(logic)))
    fields.append(("classification", classification))
    if comment := " ".join(column.comment.split()):
        fields.append(("description", scalar(comment)))
    return fields


def _with_options(typed: Sequence[Field], limited: Sequence[Limit]) -> list[Field]:
    """A type's fields, with the limits among its options."""
    options = [written.strip("{}") for name, written in typed if name == "logicalTypeOptions"]
    options += [f"{limit.option}: {value(limit.values[0])}" for limit in limited if limit.option != "enum"]
    plain = [field for field in typed if field[0] != "logicalTypeOptions"]
    return [*plain, ("logicalTypeOptions", "{" + ", ".join(options) + "}")] if options else plain


def _typed(plan: SilverPlan, column: ObservedColumn) -> tuple[list[Field], str | None]:
    """The fields of the type, and the logic where bronze has the values in another shape."""
    read = plan.readings[column.name]
    if column.type.startswith(("time ", "time(")) and not column.dimensions:
        # The reader puts a time of day onto the first day of 1970.
        return [("logicalType", "time")], f"date_format(`{column.name}`, 'HH:mm:ss.SSSSSS')"
    if column.type.startswith("bit(") and read.spark == "binary":
        return [("logicalType", "string")], f"decode(`{column.name}`, 'UTF-8')"
    return logical(read.spark), None


def _limits(plan: SilverPlan, notes: list[str]) -> dict[str, list[Limit]]:
    """What the source's types and checks demand, by column; what is not taken over is noted."""
    found: dict[str, list[Limit]] = {}
    for column in plan.table.columns:
        if column.labels and not column.dimensions and column.name in plan.readings:
            found[column.name] = [Limit(column=column.name, option="enum", values=column.labels)]
    for check in plan.table.checks:
        try:
            said = _taken(plan, check.condition, found)
        except NotPlain:
            notes.append(f"The source's check {check.name} is not taken over: {' '.join(check.condition.split())}")
            continue
        for limit in said:
            found.setdefault(limit.column, []).append(limit)
    return found


def _taken(plan: SilverPlan, condition: str, found: Mapping[str, Sequence[Limit]]) -> tuple[Limit, ...]:
    """The limits that a condition means, if each says something new of a column that can be held to it."""
    said = limits(condition)
    for limit in said:
        if not _fits(plan, limit) or limit.option in {other.option for other in found.get(limit.column, ())}:
            raise NotPlain(condition)
    return said


def _fits(plan: SilverPlan, limit: Limit) -> bool:
    """Whether a column can be held to a limit, exactly."""
    if limit.column not in plan.readings:
        return False
    spark = plan.readings[limit.column].spark
    numeric = spark in _NUMBERS or spark.startswith("decimal")
    if all(isinstance(one, str) for one in limit.values):
        return limit.option == "enum" and spark == "string"
    return numeric and all(isinstance(one, Decimal) and _exact(one) for one in limit.values)


def _exact(number: Decimal) -> bool:
    """Whether a number survives YAML, which reads one with a point as a double."""
    return number == number.to_integral_value() or Decimal(repr(float(number))) == number


def _references(plan: SilverPlan, notes: list[str]) -> tuple[dict[str, str], list[str]]:
    """References of one column, by it, and those of several; what is not taken over is noted."""
    alone: dict[str, str] = {}
    together: list[str] = []
    for reference in plan.table.references:
        target, circle = plan.targets[reference.name]
        reason = _not_referable(plan, reference, target, circle)
        if reason or target is None:
            there = f"{reference.schema_name}.{reference.table}"
            notes.append(f"The source's reference {reference.name} to {there} is not taken over: {reason}.")
            continue
        to = [f"{target.table}.{target.columns[column]}" for column in reference.to]
        if len(to) == 1 and reference.columns[0] not in alone:
            alone[reference.columns[0]] = to[0]
        else:
            own = [f"{plan.name}.{plan.own[column]}" for column in reference.columns]
            together.append(flow([("from", listed(own)), ("to", listed(to))]))
    return alone, together


def _not_referable(plan: SilverPlan, reference: ObservedReference, target: Target | None, circle: bool) -> str:
    if target is None:
        return "there is no silver table of it"
    if target.table == plan.name:
        return "it is to the table itself"
    if circle:
        return "it would close a circle, and tables could be loaded in no order"
    if not all(column in plan.readings for column in reference.columns):
        return "a column of it is not read"
    if {target.columns.get(column) for column in reference.to} != set(target.key):
        return f"it is not to the key of {target.table}"
    return ""


__all__ = ["SilverDraft", "SilverPlan", "Target", "silver_text"]
