"""The `quality` entries of a contract that can be judged row by row."""

from collections.abc import Iterator, Sequence
from typing import Any, cast, get_args

from open_data_contract_standard.model import DataQuality

from medallion.manifest.compiler.literal import identifier, literal, text
from medallion.manifest.compiler.sql import row_expression
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column, Rule, Severity

ENGINE = "spark-sql"
TYPES = ("custom", "library", "text")
METRICS = ("invalidValues", "missingValues", "nullValues")
_OPERATORS = tuple(name for name in DataQuality.model_fields if name.startswith("must"))
_INSTEAD = {
    "duplicateValues": "say unique: true on the column",
    "rowCount": "it is about the whole table, which is not supported yet",
}


def quality_rules(
    checks: Sequence[DataQuality] | None,
    column: Column | None,
    columns: Sequence[str],
    table: str,
    where: Location,
    problems: list[InvalidField],
) -> Iterator[Rule]:
    """The rules of a column's entries, or of the table's own where no column is given; an entry of type `text` is for people."""
    for position, check in enumerate(checks or ()):
        place = where.at("quality", position)
        kind = check.type or ("library" if check.metric or check.rule else "custom" if check.engine else "library")
        if kind not in TYPES:
            hint = "" if kind != "sql" else "; write its condition on one row as type: custom, engine: spark-sql, implementation: CONDITION"
            problems.append(InvalidField(place.at("type"), f"{kind!r} is not one of {', '.join(TYPES)}{hint}"))
            continue
        if kind == "text":
            continue
        made = _custom(check, columns, table, place, problems) if kind == "custom" else _library(check, column, place, problems)
        if made is None:
            continue
        expression, named, default = made
        name = check.name or default
        if not name:
            problems.append(InvalidField(place.at("name"), "is missing; quarantine and reports show it"))
            continue
        severity = check.severity or "error"
        if severity not in get_args(Severity):
            problems.append(UnknownValue(place.at("severity"), severity, get_args(Severity)))
            continue
        full = f"{column.name}.{name}" if column else name
        yield Rule(name=full, expression=expression, columns=named, severity=cast("Severity", severity))


def _custom(
    check: DataQuality, columns: Sequence[str], table: str, where: Location, problems: list[InvalidField]
) -> tuple[str, tuple[str, ...], None] | None:
    if check.engine != ENGINE:
        problems.append(InvalidField(where.at("engine"), f"{check.engine!r} must be {ENGINE!r}, the only engine so far"))
        return None
    if not isinstance(check.implementation, str) or not check.implementation.strip():
        problems.append(InvalidField(where.at("implementation"), "must be a Spark SQL condition on one row"))
        return None
    before = len(problems)
    named = row_expression(check.implementation, columns, table, where.at("implementation"), problems)
    return (check.implementation.strip(), named, None) if len(problems) == before else None


def _library(
    check: DataQuality, column: Column | None, where: Location, problems: list[InvalidField]
) -> tuple[str, tuple[str, ...], str] | None:
    metric = check.metric or check.rule or ""
    if metric in _INSTEAD:
        problems.append(InvalidField(where.at("metric"), f"{metric!r} can't be judged row by row: {_INSTEAD[metric]}"))
        return None
    if metric not in METRICS:
        problems.append(UnknownValue(where.at("metric"), metric, METRICS))
        return None
    if column is None:
        problems.append(InvalidField(where.at("metric"), f"{metric!r} belongs to a column's quality"))
        return None
    given = [name for name in _OPERATORS if getattr(check, name) is not None]
    if given != ["mustBe"] or isinstance(check.mustBe, bool) or check.mustBe != 0:
        problems.append(InvalidField(where, "must have mustBe: 0 and no other operator: a rule here holds for every row"))
        return None
    try:
        return _metric(metric, check.arguments or {}, column), (column.name,), metric
    except ValueError as error:
        problems.append(InvalidField(where.at("arguments"), str(error)))
        return None


def _metric(metric: str, arguments: dict[str, Any], column: Column) -> str:
    """The predicate of a metric that must be 0.

    Raises:
        ValueError: The arguments are not what the metric needs.
    """
    quoted = identifier(column.name)
    if metric == "nullValues":
        return f"{quoted} IS NOT NULL"
    if metric == "missingValues":
        missing = arguments.get("missingValues")
        if not isinstance(missing, list) or not missing:
            raise ValueError("missingValues must list what stands for a missing value, such as [null, '', 'N/A']")
        values = ", ".join(literal(value, column.type) for value in missing if value is not None)
        some = f"coalesce({quoted} NOT IN ({values}), true)" if values else "true"
        return f"({quoted} IS NOT NULL AND {some})" if None in missing else some
    parts = []
    if "validValues" in arguments:
        valid = arguments["validValues"]
        if not isinstance(valid, list) or not valid:
            raise ValueError("validValues must list at least one value")
        parts.append(f"{quoted} IN ({', '.join(literal(value, column.type) for value in valid)})")
    if "pattern" in arguments:
        parts.append(f"{quoted} RLIKE {text(str(arguments['pattern']))}")
    if not parts or set(arguments) - {"validValues", "pattern"}:
        raise ValueError("invalidValues needs validValues, pattern or both, and nothing else")
    return " AND ".join(parts)


__all__ = ["ENGINE", "METRICS", "TYPES", "quality_rules"]
