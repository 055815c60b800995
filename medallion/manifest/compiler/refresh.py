"""Whether and by what a gold table is made anew partition by partition."""

import re
from collections.abc import Mapping

import sqlglot

from medallion.manifest.compiler.columns import places
from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.custom import OF_COLUMN, custom_properties
from medallion.manifest.compiler.follows import NotFollowed, followed, unsteady
from medallion.manifest.compiler.sql import DIALECT, row_expression
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import Follows, GoldTable

_PERIOD = re.compile(r"(days|months|years)\((\w+)\)")
_ADVICE = "say `follows: {INPUT: EXPRESSION}` on a partition column where you know better, or refresh: full"


def follows(
    contract: Contract, made: GoldTable, tables: Mapping[str, Mapping[str, str]], incremental: bool, problems: list[InvalidField]
) -> tuple[Follows, ...]:
    """What decides about the table's partitions, of one input; none where all of the table is made anew.

    Args:
        contract: Of the table.
        made: The table with its SQL or Python, which have no problems.
        tables: Type by column by table, of all that it may read.
        incremental: Whether the contract says `refresh: incremental`.
        problems: What is wrong is added here.
    """
    before = len(problems)
    told = _told(contract, made, tables, incremental, problems)
    if not incremental:
        return ()
    transforms = {column: transform for transform, column in map(_parts, made.partition)}
    if not transforms:
        problems.append(InvalidField(contract.where, "refresh: incremental needs a partitioned column"))
        return ()
    found: list[Follows] = []
    reasons: list[str] = []
    for column, transform in transforms.items():
        type_ = made.column(column).type
        if transform not in ("identity", "days", "months", "years") or type_ == "binary":
            reasons.append(f"{column}: {'binary values' if type_ == 'binary' else transform} can't be told apart")
            continue
        try:
            # Whatever the contract tells, no other input may be needed to know it; a told one counts before a followed one.
            input_, expression = told.get(column) or _derived(made, tables, column)
        except NotFollowed as error:
            reasons.append(f"{column}: {error}")
            continue
        found.append(Follows.model_validate({"column": column, "transform": transform, "input": input_, "expression": expression}))
    found.sort(key=lambda one: one.column not in told)
    if not found and len(problems) == before:
        problems.append(InvalidField(contract.where, f"refresh: incremental: {'; '.join(reasons)}; {_ADVICE}"))
    # A change of any other input makes all of the table anew.
    return tuple(one for one in found if one.input == found[0].input)


def _derived(made: GoldTable, tables: Mapping[str, Mapping[str, str]], column: str) -> tuple[str, str]:
    if made.python:
        raise NotFollowed("Python can't be followed")
    return followed(made.sql, {name: tables[name] for name in made.inputs}, column)


def _parts(transform: str) -> tuple[str, str]:
    if match := _PERIOD.fullmatch(transform):
        return match[1], match[2]
    return (transform.partition("(")[0], transform.rpartition(" ")[2].rstrip(")")) if "(" in transform else ("identity", transform)


def _told(
    contract: Contract, made: GoldTable, tables: Mapping[str, Mapping[str, str]], incremental: bool, problems: list[InvalidField]
) -> dict[str, tuple[str, str]]:
    """What the contract itself says: by column the input and the expression over one of its rows."""
    told: dict[str, tuple[str, str]] = {}
    for item, place in places(contract):
        # What else is wrong with them has been told with the partition.
        custom = custom_properties(item.customProperties, OF_COLUMN["gold"], place, [])
        if "follows" not in custom:
            continue
        value, where = custom["follows"]
        if not incremental:
            problems.append(InvalidField(where, "has no effect without refresh: incremental"))
        elif not item.partitioned:
            problems.append(InvalidField(where, "needs partitioned: true on the column"))
        elif not isinstance(value, dict) or len(value) != 1 or not all(isinstance(part, str) for pair in value.items() for part in pair):
            problems.append(
                InvalidField(where, "must be one input and an expression over one of its rows, such as {orders: to_date(changed_at)}")
            )
        else:
            ((input_, expression),) = value.items()
            if input_ not in made.inputs:
                problems.append(InvalidField(where, f"{input_!r} is not one of the table's inputs, {', '.join(made.inputs)}"))
            elif _is_row_expression(expression, tables[input_], input_, where, problems):
                told[item.name or ""] = (input_, expression)
    if len({input_ for input_, _ in told.values()}) > 1:
        problems.append(InvalidField(contract.where, "its columns follow several inputs; all that follow must follow one"))
    return told


def _is_row_expression(expression: str, columns: Mapping[str, str], owner: str, where: Location, problems: list[InvalidField]) -> bool:
    wrong = len(problems)
    named = row_expression(expression, list(columns), owner, where, problems)
    if len(problems) == wrong and not named:
        problems.append(InvalidField(where, f"{expression!r} names no column of {owner}"))
    if len(problems) == wrong and (found := unsteady(sqlglot.parse_one(expression, read=DIALECT))):
        problems.append(InvalidField(where, f"{found} gives another value in each run"))
    return len(problems) == wrong


__all__ = ["follows"]
