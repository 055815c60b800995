"""A contract's row filters: what Lake Formation's expressions can say, and nothing beyond."""

import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.custom import OF_TABLE, custom_properties
from medallion.manifest.compiler.sql import BadSql, UnknownName
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import GoldTable, Persona, RowFilter, SilverTable

PROPERTY = "rowsFor"
LONGEST = 2047
# Athena's engine; what is allowed of it means the same to Lake Formation, whose expressions are PartiQL.
_DIALECT = "trino"
_TEXTS, _NUMBERS = ("string", "char", "varchar"), ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_TYPES = (*_TEXTS, *_NUMBERS, "boolean")
_ALLOWED = "a column with a constant by =, <>, <, <=, >, >=, BETWEEN, IN, LIKE or IS NULL, and NOT, AND, OR and parentheses"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def rows_for(
    contract: Contract, table: SilverTable | GoldTable, personas: Sequence[Persona] | None, problems: list[InvalidField]
) -> tuple[RowFilter, ...]:
    """The row filters of a contract, sorted by persona; what is wrong is added to the problems.

    Args:
        contract: Of the table.
        table: The table, all but this.
        personas: The lake's; None where their file is wrong.
        problems: What is wrong.
    """
    custom = custom_properties(contract.table.customProperties, OF_TABLE[contract.layer], contract.where, [])
    if PROPERTY not in custom:
        return ()
    value, where = custom[PROPERTY]
    if not isinstance(value, dict) or not value:
        problems.append(InvalidField(where, "must say which rows a persona sees, such as {analyst: \"region = 'north'\"}"))
        return ()
    found = []
    for name, expression in value.items():
        place = where.at(str(name))
        if personas is not None:
            _check_persona(str(name), table, personas, place, problems)
        if not isinstance(expression, str) or not expression.strip():
            problems.append(InvalidField(place, f"must be text: an expression that compares {_ALLOWED}"))
        elif parsed := _parsed(expression, place, problems):
            before = len(problems)
            _check(parsed, table, place, problems)
            text = parsed.sql(dialect=_DIALECT)
            if len(text) > LONGEST:
                problems.append(InvalidField(place, f"has {len(text)} characters; Lake Formation takes {LONGEST}"))
            if len(problems) == before:
                found.append(RowFilter(persona=str(name), expression=text))
    return tuple(sorted(found, key=lambda rows: rows.persona))


def _check_persona(
    name: str, table: SilverTable | GoldTable, personas: Sequence[Persona], where: Location, problems: list[InvalidField]
) -> None:
    if not personas:
        problems.append(InvalidField(where, "the lake has no personas; write config/personas.yaml"))
        return
    persona = next((each for each in personas if each.name == name), None)
    if persona is None:
        problems.append(UnknownValue(where, name, [each.name for each in personas]))
    elif table.layer not in persona.layers:
        problems.append(InvalidField(where, f"{name} sees {', '.join(persona.layers)} and nothing of {table.layer}; leave it out"))
    elif not any(column.classification in persona.classes for column in table.columns):
        problems.append(InvalidField(where, f"{name} sees {', '.join(persona.classes)} columns, and {table.name} has none; leave it out"))


def _parsed(sql: str, where: Location, problems: list[InvalidField]) -> exp.Expr | None:
    try:
        tokens = sqlglot.tokenize(sql, read=_DIALECT)
        if any(token.comments or token.token_type == sqlglot.TokenType.SEMICOLON for token in tokens):
            problems.append(BadSql(where, "holds a comment or a semicolon; it is one expression"))
            return None
        return sqlglot.parse_one(sql, read=_DIALECT, into=exp.Condition)
    except SqlglotError as error:
        problems.append(BadSql(where, f"does not parse: {str(error).splitlines()[0]}"))
        return None


def _check(parsed: exp.Expr, table: SilverTable | GoldTable, where: Location, problems: list[InvalidField]) -> None:
    """Adds what Lake Formation would refuse."""
    match parsed:
        case exp.And() | exp.Or():
            _check(parsed.left, table, where, problems)
            _check(parsed.right, table, where, problems)
        case exp.Not() | exp.Paren():
            _check(parsed.this, table, where, problems)
        case exp.Is(this=exp.Column() as column, expression=exp.Null()):
            if _type(column, table, where, problems) and any(re.search(rf"\b{column.name}\b", part) for part in table.partition):
                problems.append(BadSql(where, f"Lake Formation takes no IS NULL on {column.name}, by which the table is partitioned"))
        case exp.Between(this=exp.Column() as column):
            _constants(column, (parsed.args["low"], parsed.args["high"]), table, where, problems)
        case exp.In(this=exp.Column() as column) if parsed.expressions and not parsed.args.get("query"):
            _constants(column, parsed.expressions, table, where, problems)
        case exp.Like(this=exp.Column() as column):
            if _constants(column, (parsed.expression,), table, where, problems) not in (*_TEXTS, ""):
                problems.append(BadSql(where, f"{column.name} is no text, and LIKE compares text"))
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE() if isinstance(parsed.left, exp.Column):
            type_ = _constants(parsed.left, (parsed.right,), table, where, problems)
            if type_ == "boolean" and not isinstance(parsed, exp.EQ | exp.NEQ):
                problems.append(BadSql(where, f"{parsed.left.name} is true or false, which have no order; use = or <>"))
        case _:
            problems.append(BadSql(where, f"{parsed.sql(dialect=_DIALECT)!r}: Lake Formation compares {_ALLOWED}"))


def _type(column: exp.Column, table: SilverTable | GoldTable, where: Location, problems: list[InvalidField]) -> str:
    """The type of a column without its parameters; empty where it is none that may be compared."""
    name = column.name
    known = {made.name: made.type for made in table.columns}
    if len(column.parts) > 1 or name not in known:
        problems.append(UnknownName(where, "column", ".".join(part.name for part in column.parts), list(known), table.name))
        return ""
    type_ = known[name].partition("(")[0]
    if type_ not in _TYPES:
        problems.append(BadSql(where, f"{name} is {known[name]}; Lake Formation compares {', '.join(_TYPES)}"))
        return ""
    return type_


def _constants(
    column: exp.Column, values: Sequence[exp.Expr], table: SilverTable | GoldTable, where: Location, problems: list[InvalidField]
) -> str:
    """The column's type, where all values are constants of it; else empty."""
    type_ = _type(column, table, where, problems)
    if not type_:
        return ""
    wrong = [value for value in values if not _fits(value, type_)]
    kind = "text in single quotes" if type_ in _TEXTS else "a number" if type_ in _NUMBERS else "TRUE or FALSE"
    problems += [
        BadSql(
            where, f"{value.sql(dialect=_DIALECT)!r} is no constant that {column.name} can be compared with: it is {type_}, so write {kind}"
        )
        for value in wrong
    ]
    return "" if wrong else type_


def _fits(value: exp.Expr, type_: str) -> bool:
    if type_ == "boolean":
        return isinstance(value, exp.Boolean)
    if type_ in _TEXTS:
        return isinstance(value, exp.Literal) and value.is_string
    return _NUMBER.fullmatch(value.sql(dialect=_DIALECT)) is not None


__all__ = ["PROPERTY", "rows_for"]
