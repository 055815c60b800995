"""The `quality` entries of a contract: what holds for each row is a rule, what is counted over the table is a measure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast, get_args

from open_data_contract_standard.model import DataQuality

from medallion.manifest.compiler.sql import query, row_expression
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Bound, Column, Measure, Operator, Rule, Severity
from medallion.manifest.rule_names import reserved_rule
from medallion.manifest.spark_sql import identifier, literal, text

ENGINE = "spark-sql"
TYPES = ("custom", "library", "sql", "text")
METRICS = ("duplicateValues", "invalidValues", "missingValues", "nullValues", "rowCount")
UNITS = ("rows", "percent")
_OPERATORS: dict[str, Operator] = {
    "mustBe": "=",
    "mustNotBe": "!=",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}
# As the standard's examples write them, in its several versions.
_TABLE = re.compile(r"\$?\{(?:object|table|model)\}")
_COLUMN = re.compile(r"\$?\{(?:property|column|field)\}")

# What an entry comes to, and the name that it has if it gives none.
type _Made = tuple[Rule | Measure, str | None]


def quality(
    checks: Sequence[DataQuality] | None,
    column: Column | None,
    columns: Sequence[Column],
    table: str,
    where: Location,
    problems: list[InvalidField],
) -> Iterator[Rule | Measure]:
    """What a column's entries demand, or the table's own where no column is given; an entry of type `text` is for people."""
    for position, check in enumerate(checks or ()):
        place = where.at("quality", position)
        kind = check.type or (
            "library" if check.metric or check.rule else "sql" if check.query else "custom" if check.engine else "library"
        )
        if kind not in TYPES:
            problems.append(UnknownValue(place.at("type"), kind, TYPES))
            continue
        if kind == "text":
            continue
        before = len(problems)
        severity = check.severity or "error"
        if severity not in get_args(Severity):
            problems.append(UnknownValue(place.at("severity"), severity, get_args(Severity)))
        if kind == "custom":
            made = _custom(check, columns, table, place, problems)
        elif kind == "sql":
            made = _sql(check, column, columns, table, place, problems)
        else:
            made = _library(check, column, columns, place, problems)
        if made is None or len(problems) > before:
            continue
        demand, default = made
        name = check.name or default
        if not name:
            problems.append(InvalidField(place.at("name"), "is missing; quarantine and reports show it"))
            continue
        full = f"{column.name}.{name}" if column else name
        if reason := reserved_rule(full):
            problems.append(InvalidField(place.at("name"), f"{full!r} is reserved: {reason}"))
            continue
        yield demand.model_copy(update={"name": full, "severity": cast("Severity", severity)})


def _custom(check: DataQuality, columns: Sequence[Column], table: str, where: Location, problems: list[InvalidField]) -> _Made | None:
    if check.engine != ENGINE:
        problems.append(InvalidField(where.at("engine"), f"{check.engine!r} must be {ENGINE!r}, the only engine so far"))
        return None
    if not isinstance(check.implementation, str) or not check.implementation.strip():
        problems.append(InvalidField(where.at("implementation"), "must be a Spark SQL condition on one row"))
        return None
    for operator in _given(check):
        problems.append(InvalidField(where.at(operator), "has no effect on a condition, which is true or false for each row; leave it out"))
    named = row_expression(check.implementation, [one.name for one in columns], table, where.at("implementation"), problems)
    return Rule(name="", expression=check.implementation.strip(), columns=named), None


def _sql(
    check: DataQuality, column: Column | None, columns: Sequence[Column], table: str, where: Location, problems: list[InvalidField]
) -> _Made | None:
    if not check.query or not check.query.strip():
        problems.append(InvalidField(where.at("query"), "is missing; it is one SELECT of one number, with {object} for the table"))
        return None
    written = _TABLE.sub(table, check.query.strip())
    if _COLUMN.search(written):
        if column is None:
            problems.append(InvalidField(where.at("query"), "names {property}, and only a column's quality has one"))
            return None
        written = _COLUMN.sub(lambda _: identifier(column.name), written)
    place = where.at("query")
    inputs, outputs = query(written, {table: {one.name: one.type for one in columns}}, place, problems)
    if outputs and len(outputs) != 1:
        problems.append(InvalidField(place, f"makes {len(outputs)} columns; it must make one number"))
    elif outputs and not inputs:
        problems.append(InvalidField(place, f"does not read {table}"))
    bounds = _bounds(check, where, problems)
    return Measure(name="", query=written, bounds=bounds), None


def _library(
    check: DataQuality, column: Column | None, columns: Sequence[Column], where: Location, problems: list[InvalidField]
) -> _Made | None:
    metric = check.metric or check.rule or ""
    if metric not in METRICS:
        problems.append(UnknownValue(where.at("metric"), metric, METRICS))
        return None
    unit = check.unit or "rows"
    if unit not in UNITS:
        problems.append(UnknownValue(where.at("unit"), unit, UNITS))
        return None
    bounds = _bounds(check, where, problems)
    try:
        return _counted(metric, check.arguments or {}, unit, column, columns, bounds), metric
    except ValueError as error:
        problems.append(InvalidField(where, str(error)))
        return None


def _counted(
    metric: str, arguments: dict[str, Any], unit: str, column: Column | None, columns: Sequence[Column], bounds: tuple[Bound, ...]
) -> Rule | Measure:
    """What a metric comes to; one of a column that must be 0 is a rule for each row.

    Raises:
        ValueError: The metric is not for this place, or its arguments are not what it needs.
    """
    if metric == "rowCount":
        if column is not None:
            raise ValueError("'rowCount' belongs to the table's quality")
        if unit == "percent":
            raise ValueError("unit: the number of rows has no percentage")
        return Measure(name="", aggregate="count(*)", bounds=bounds)
    if metric == "duplicateValues":
        names = _distinct(arguments, column, columns)
        return Measure(name="", aggregate=_of(f"count({names}) - count(DISTINCT {names})", unit), bounds=bounds)
    if column is None:
        raise ValueError(f"{metric!r} belongs to a column's quality")
    predicate = _metric(metric, arguments, column)
    if bounds == (Bound(operator="=", values=(0,)),):
        return Rule(name="", expression=predicate, columns=(column.name,))
    return Measure(name="", aggregate=_of(f"count_if(NOT coalesce({predicate}, true))", unit), bounds=bounds)


def _of(count: str, unit: str) -> str:
    """A number of rows, or what percentage of all rows it is; of none it is 0."""
    return count if unit == "rows" else f"coalesce(100D * ({count}) / nullif(count(*), 0), 0)"


def _distinct(arguments: dict[str, Any], column: Column | None, columns: Sequence[Column]) -> str:
    """The columns whose values are counted together.

    Raises:
        ValueError: They are none of the table's, or can't be compared.
    """
    by_name = {one.name: one for one in columns}
    if column is not None:
        if arguments:
            raise ValueError("arguments: a column's duplicateValues takes none; several columns are counted in the table's quality")
        names = [column.name]
    else:
        names = arguments.get("properties") or []
        if not isinstance(names, list) or not names or set(arguments) != {"properties"}:
            raise ValueError("arguments: duplicateValues of a table needs properties, a list of its columns")
    for name in names:
        if name not in by_name:
            raise ValueError(f"arguments.properties: {name!r} is not one of {', '.join(by_name)}")
        if "map<" in by_name[name].type:
            raise ValueError(f"{name} is a map, and maps can't be compared")
    return ", ".join(map(identifier, names))


def _given(check: DataQuality) -> list[str]:
    return [name for name in _OPERATORS if getattr(check, name) is not None]


def _bounds(check: DataQuality, where: Location, problems: list[InvalidField]) -> tuple[Bound, ...]:
    """What the number must be; all of it must hold."""
    found = []
    for name in _given(check):
        value = getattr(check, name)
        values = value if name.endswith("Between") else [value]
        numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
        if len(numbers) != len(values):
            problems.append(InvalidField(where.at(name), f"{value!r} is no number"))
        elif len(numbers) == 2 and numbers[0] > numbers[1]:
            problems.append(InvalidField(where.at(name), f"{value!r}: the lower limit comes first"))
        else:
            found.append(Bound(operator=_OPERATORS[name], values=tuple(numbers)))
    if not _given(check):
        problems.append(InvalidField(where, f"says nothing of what the number must be; give one of {', '.join(_OPERATORS)}"))
    return tuple(found)


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
            raise ValueError("arguments: missingValues must list what stands for a missing value, such as [null, '', 'N/A']")
        values = ", ".join(literal(value, column.type) for value in missing if value is not None)
        some = f"coalesce({quoted} NOT IN ({values}), true)" if values else "true"
        return f"({quoted} IS NOT NULL AND {some})" if None in missing else some
    parts = []
    if "validValues" in arguments:
        valid = arguments["validValues"]
        if not isinstance(valid, list) or not valid:
            raise ValueError("arguments: validValues must list at least one value")
        parts.append(f"{quoted} IN ({', '.join(literal(value, column.type) for value in valid)})")
    if "pattern" in arguments:
        parts.append(f"{quoted} RLIKE {text(str(arguments['pattern']))}")
    if not parts or set(arguments) - {"validValues", "pattern"}:
        raise ValueError("arguments: invalidValues needs validValues, pattern or both, and nothing else")
    return " AND ".join(parts)


__all__ = ["ENGINE", "METRICS", "TYPES", "UNITS", "quality"]
