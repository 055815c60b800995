"""Which relations a statement names, and what stands in it that Athena has not.

It looks at tokens alone. Trino stays the judge of syntax; where something is read here that Trino would read otherwise, the statement is
refused or a relation too many is checked, never one too few.
"""

from dataclasses import dataclass

from local.services.athena.errors import Malformed
from local.services.athena.sql.refusals import NEWER_FUNCTIONS, Foreign
from local.services.athena.sql.scopes import Scope, scopes
from local.services.athena.sql.tokens import Token, Words

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
_TABLE_EXPRESSIONS = ("unnest", "json_table", "lateral")
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


def named(words: Words) -> tuple[TableName, ...]:
    """The tables and views of FROM, JOIN, USING, INTO and UPDATE in a statement, without those that WITH defines.

    Raises:
        Malformed: A word that is reserved stands where a name must, or parentheses don't match.
        Foreign: A function, a clause or a catalog that Athena has not.
    """
    known: dict[str, list[Scope]] = {}
    for scope in scopes(words):
        known.setdefault(scope.name, []).append(scope)
    levels = [_Level()]
    relations: list[TableName] = []
    merge = words[0].is_word("merge")
    place = 0
    while place < len(words):
        token, level = words[place], levels[-1]
        _check_word(words, place)
        if level.expects and token.is_name and not _begins_table_expression(words, place):
            level.expects = False
            into = words[place - 1].is_word("into")
            name, place = qualified(words, place)
            if not into and words[place].is_mark("("):
                raise Foreign(f"table function {name.name}")
            if name.database is not None or not any(scope.covers(place - 1) for scope in known.get(name.name, ())):
                relations.append(name)
            continue
        if token.is_mark("("):
            levels.append(_opened(words[place - 1], level))
        elif token.is_mark(")"):
            levels.pop()
        elif token.is_mark(","):
            level.expects = level.in_from
        elif token.kind == "word":
            _word(words, place, level, merge=merge and len(levels) == 1)
        place += 1
    return tuple(relations)


def qualified(words: Words, place: int) -> tuple[TableName, int]:
    """The name that begins at a place, and the place after it; Athena's own catalog may stand before it.

    Raises:
        Malformed: There is no name, or it has too many parts.
        Foreign: Another catalog.
    """
    first, names = place, list[str]()
    while not names or words[place - 1].is_mark("."):
        if not words[place].is_name or words[place].is_word(*RESERVED):
            raise words.mismatch(place, "<identifier>")
        names.append(words[place].value.lower())
        place += 1 + words[place + 1].is_mark(".")
    if len(names) > 3:
        raise Malformed(f"{words.position(first)}: Too many dots in table name")
    if len(names) == 3 and names[0] != CATALOG:
        raise Foreign(f"catalog {names[0]}")
    return TableName(names[-2] if len(names) > 1 else None, names[-1]), place


def _begins_table_expression(words: Words, place: int) -> bool:
    """Whether UNNEST, LATERAL, JSON_TABLE or a query begins where a relation may."""
    token, opens = words[place], words[place + 1].is_mark("(")
    if token.is_word("table") and opens:
        raise Foreign(f"table function {words[place + 2].value}")
    if (token.is_word(*_TABLE_EXPRESSIONS) and opens) or token.is_word(*_BEGINS_QUERY):
        return True
    if token.is_word(*RESERVED):
        raise words.mismatch(place, "'(', 'LATERAL', 'UNNEST', <identifier>")
    return False


def _opened(before: Token, level: _Level) -> _Level:
    inherits, level.expects = level.expects, False
    if before.kind != "word":
        return _Level(expects=inherits, in_from=inherits)
    if before.is_word(*_TABLE_EXPRESSIONS):
        return _Level()
    return _Level(expects=inherits, in_from=inherits, argument=before.is_word(*_FROM_AS_ARGUMENT))


def _word(words: Words, place: int, level: _Level, *, merge: bool) -> None:
    token = words[place]
    if token.is_word("from"):
        distinct = words[place - 1].is_word("distinct") and words[place - 2].is_word("is", "not")
        if not distinct and not level.argument:
            level.expects = level.in_from = True
    elif token.is_word("join", "into", "table") or (token.is_word("using") and merge) or (token.is_word("update") and place == 0):
        level.expects = True
    elif token.is_word(*_ENDS_FROM) or _begins_clause(words, place, level):
        level.expects = level.in_from = level.argument = False
    else:
        level.expects = False


def _begins_clause(words: Words, place: int, level: _Level) -> bool:
    """Whether WITH begins a query, and not WITH ORDINALITY; or WINDOW a list of windows, and is no name."""
    if words[place].is_word("with"):
        return level.expects
    return words[place].is_word("window") and words[place + 1].is_name and words[place + 2].is_word("as") and words[place + 3].is_mark("(")


def _check_word(words: Words, place: int) -> None:
    before, token, following = words[place - 1], words[place], words[place + 1]
    if token.kind == "backquoted":
        where = words.position(place)
        raise Malformed(f"{where}: backquoted identifiers are not supported; use double quotes to quote identifiers")
    if token.is_mark("&") and following.kind == "quoted":
        # Else it would name `u` here, and something else there.
        raise Malformed(f"{words.position(place)}: names of Unicode escapes are not supported; write the letters")
    if before.is_mark(".") and token.is_word(*RESERVED):
        raise words.mismatch(place, "<identifier>")
    # A name after one of these renames columns, as in `AS t (a, b)`.
    if following.is_mark("(") and token.is_name and not before.is_word("as", "with", "recursive"):
        name = token.value.lower()
        if name in NEWER_FUNCTIONS or "$" in name:
            raise Foreign(f"function {name}")
    if token.is_word("corresponding") and before.is_word("union", "intersect", "except", "all", "distinct"):
        raise Foreign("CORRESPONDING")
    if token.is_word("with") and following.is_word("session", "function"):
        after = words[place + 2]
        if not after.is_word("as") and not after.is_mark("("):
            raise Foreign(f"WITH {following.value.upper()}")
