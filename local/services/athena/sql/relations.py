"""Which relations a statement names, and what stands in it that Athena has not.

It looks at tokens alone. Trino stays the judge of syntax; where something is read here that Trino would read otherwise, the statement is
refused or a relation too many is checked, never one too few.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from local.services.athena.errors import Malformed
from local.services.athena.sql.refusals import NEWER_FUNCTIONS, Foreign
from local.services.athena.sql.scopes import closing_places, scopes
from local.services.athena.sql.tokens import Token, mismatched, position

CATALOG = "awsdatacatalog"

RESERVED = frozenset(
    "alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role current_schema "
    "current_time current_timestamp current_user deallocate delete describe distinct drop else end escape except exists extract false for "
    "from full group grouping having in inner insert intersect into is join json_array json_exists json_object json_query json_table "
    "json_value left like listagg localtime localtimestamp natural normalize not null on or order outer prepare recursive right rollup "
    "select skip table then trim true uescape union unnest using values when where with".split()
)
"""Words that name nothing without double quotes, in Trino as in Athena."""

# Reserved words alone: LIMIT or OFFSET may be the name of a column, and a comma after it would hide a relation.
_ENDS_FROM = ("where", "group", "having", "order", "union", "intersect", "except", "select", "values")
_BEGINS_QUERY = ("select", "with", "values", "table")
_FROM_AS_ARGUMENT = ("extract", "trim", "substring")


@dataclass(frozen=True)
class TableName:
    """A table or view as a statement names it.

    Attributes:
        database: In lower case; None takes the query's own.
        name: In lower case.
    """

    database: str | None
    name: str


@dataclass
class _Level:
    """What stands between two parentheses.

    Attributes:
        expects: Whether the next token begins a relation.
        in_from: Whether a comma is followed by a relation.
        argument: Whether FROM is followed by a value here, as in `extract(year FROM x)`.
    """

    expects: bool = False
    in_from: bool = False
    argument: bool = False


def named(text: str, tokens: Sequence[Token]) -> tuple[TableName, ...]:
    """The tables and views of FROM, JOIN, USING, INTO and UPDATE in a statement, without those that WITH defines.

    Raises:
        Malformed: A word that is reserved stands where a name must, or parentheses don't match.
        Foreign: A function, a clause or a catalog that Athena has not.
    """
    known = scopes(tokens, closing_places(text, tokens))
    levels = [_Level()]
    relations: list[TableName] = []
    merge = any(token.is_word("merge") for token in tokens[:1])
    place = 0
    while place < len(tokens):
        token, level = tokens[place], levels[-1]
        if token.kind == "backquoted":
            where = position(text, token.start)
            raise Malformed(f"{where}: backquoted identifiers are not supported; use double quotes to quote identifiers")
        _check_word(text, tokens, place)
        if level.expects and token.is_name and not _begins_table_expression(text, tokens, place):
            level.expects = False
            into = tokens[place - 1].is_word("into")
            chain, place = qualified(text, tokens, place)
            if not into and tokens[place : place + 1] and tokens[place].is_mark("("):
                raise Foreign(f"table function {chain.name}")
            if chain.database is not None or not any(scope.covers(chain.name, place - 1) for scope in known):
                relations.append(chain)
            continue
        if token.is_mark("("):
            levels.append(_opened(tokens, place, level))
        elif token.is_mark(")"):
            levels.pop()
        elif token.is_mark(","):
            level.expects = level.in_from
        elif token.kind == "word":
            _word(tokens, place, level, merge=merge and len(levels) == 1)
        place += 1
    return tuple(relations)


def qualified(text: str, tokens: Sequence[Token], place: int) -> tuple[TableName, int]:
    """The name that begins at a token, and the place after it; Athena's own catalog may stand before it.

    Raises:
        Malformed: There is no name, or it has too many parts.
        Foreign: Another catalog.
    """
    parts: list[Token] = []
    while True:
        if place >= len(tokens) or not tokens[place].is_name or tokens[place].is_word(*RESERVED):
            raise Malformed(mismatched(text, tokens, place, "<identifier>"))
        parts.append(tokens[place])
        place += 1
        if place >= len(tokens) or not tokens[place].is_mark("."):
            break
        place += 1
    if len(parts) > 3:
        raise Malformed(f"{position(text, parts[0].start)}: Too many dots in table name")
    names = [part.value.lower() for part in parts]
    if len(parts) == 3 and names[0] != CATALOG:
        raise Foreign(f"catalog {names[0]}")
    return TableName(names[-2] if len(parts) > 1 else None, names[-1]), place


def _begins_table_expression(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Whether UNNEST, LATERAL, JSON_TABLE or a query begins where a relation may."""
    token = tokens[place]
    opens = place + 1 < len(tokens) and tokens[place + 1].is_mark("(")
    if token.is_word("table") and opens:
        inner = tokens[place + 2].value if place + 2 < len(tokens) else ""
        raise Foreign(f"table function {inner}")
    if token.is_word("unnest", "json_table", "lateral") and opens:
        return True
    if token.is_word(*_BEGINS_QUERY):
        return True
    if token.is_word(*RESERVED):
        raise Malformed(mismatched(text, tokens, place, "'(', 'LATERAL', 'UNNEST', <identifier>"))
    return False


def _opened(tokens: Sequence[Token], place: int, level: _Level) -> _Level:
    before = tokens[place - 1] if place else None
    inherits, level.expects = level.expects, False
    if before is None or before.kind != "word":
        return _Level(expects=inherits, in_from=inherits)
    if before.is_word("unnest", "json_table", "lateral"):
        return _Level()
    return _Level(expects=inherits, in_from=inherits, argument=before.is_word(*_FROM_AS_ARGUMENT))


def _word(tokens: Sequence[Token], place: int, level: _Level, *, merge: bool) -> None:
    token = tokens[place]
    before = tokens[place - 1] if place else None
    if token.is_word("from"):
        distinct = before is not None and before.is_word("distinct") and place > 1 and tokens[place - 2].is_word("is", "not")
        if not distinct and not level.argument:
            level.expects = level.in_from = True
    elif (
        token.is_word("join", "into")
        or (token.is_word("using") and merge)
        or (token.is_word("update") and place == 0)
        or token.is_word("table")
    ):
        level.expects = True
    elif token.is_word(*_ENDS_FROM) or _begins_clause(tokens, place, level):
        level.expects = level.in_from = level.argument = False
    else:
        level.expects = False


def _begins_clause(tokens: Sequence[Token], place: int, level: _Level) -> bool:
    """Whether WITH begins a query, and not WITH ORDINALITY; or WINDOW a list of windows, and is no name."""
    if tokens[place].is_word("with"):
        return level.expects
    following = tokens[place + 1 : place + 4]
    named_window = len(following) == 3 and following[0].is_name and following[1].is_word("as") and following[2].is_mark("(")
    return tokens[place].is_word("window") and named_window


def _check_word(text: str, tokens: Sequence[Token], place: int) -> None:
    token = tokens[place]
    before = tokens[place - 1] if place else None
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if before is not None and before.is_mark(".") and token.is_word(*RESERVED):
        raise Malformed(mismatched(text, tokens, place, "<identifier>"))
    if following is not None and following.is_mark("(") and token.is_name and not _is_alias(tokens, place):
        name = token.value.lower()
        if name in NEWER_FUNCTIONS or "$" in name:
            raise Foreign(f"function {name}")
    if token.is_word("corresponding") and before is not None and before.is_word("union", "intersect", "except", "all", "distinct"):
        raise Foreign("CORRESPONDING")
    if token.is_word("with") and following is not None and following.is_word("session", "function"):
        after = tokens[place + 2] if place + 2 < len(tokens) else None
        if after is not None and not after.is_word("as") and not after.is_mark("("):
            raise Foreign(f"WITH {following.value.upper()}")


def _is_alias(tokens: Sequence[Token], place: int) -> bool:
    """Whether a name before a parenthesis renames columns, as in `AS t (a, b)`."""
    return place > 0 and tokens[place - 1].is_word("as", "with", "recursive")
