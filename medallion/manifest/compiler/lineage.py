"""From a manifest's expressions and queries to the lineage of its columns."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from medallion.manifest.compiler.sql import DIALECT, row_expression
from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.lineage import Lineage, Place
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, SilverTable
from medallion.manifest.names import EVIDENCE, INGESTED_AT, RUN_ID, VALIDITY, without_history

type Steps = Iterator[tuple[Place, Place]]
_TECHNICAL = (RUN_ID, INGESTED_AT)


def lineage(manifest: Manifest) -> Lineage:
    """The lineage of all columns of a manifest."""
    tables = {(table.layer, table.name): table for table in manifest.tables()}

    def steps() -> Steps:
        for table in manifest.tables():
            if isinstance(table, BronzeTable):
                origin = tables.get(("bronze", table.extraction.documents)) if table.extraction is not None else None
                yield from _extracted(table, origin) if isinstance(origin, BronzeTable) else ()
            elif isinstance(table, SilverTable):
                source = tables.get(("bronze", table.input))
                yield from _silver(table, source if isinstance(source, BronzeTable) else None)
            elif isinstance(table, GoldTable):
                inputs = {name: tables.get(("silver", without_history(name))) or tables.get(("gold", name)) for name in table.inputs}
                yield from _gold(
                    table, {name: made for name, made in inputs.items() if made is not None and not isinstance(made, BronzeTable)}
                )

    return Lineage(steps())


def _extracted(table: BronzeTable, documents: BronzeTable) -> Steps:
    """What is extracted: the text decides about all of it, whether a document has a record included."""
    own, text = f"bronze.{table.name}", Place(f"bronze.{documents.name}", way_of(documents.mode).text)
    yield Place(f"bronze.{documents.name}"), Place(own)
    yield text, Place(own)
    for column in table.columns:
        same = column.name in documents.key
        yield Place(f"bronze.{documents.name}", column.name) if same else text, Place(own, column.name)
    yield text, Place(own, EVIDENCE)


def _silver(table: SilverTable, source: BronzeTable | None) -> Steps:
    own, rows = f"silver.{table.name}", Place(f"silver.{table.name}")
    if source is not None:
        origin = f"bronze.{source.name}"
        yield Place(origin), rows
        for column in table.columns:
            for name in _named(column.expression or f"`{column.name}`", source):
                yield Place(origin, name), Place(own, column.name)
    deciding = {*table.key, *table.sequence, *(name for rule in table.rules if rule.severity == "error" for name in rule.columns)}
    for name in sorted(deciding):
        yield Place(own, name), rows
    for reference in table.references:
        other = f"silver.{reference.table}"
        yield Place(other), rows
        yield from ((Place(own, name), rows) for name in reference.columns)
        yield from ((Place(other, name), rows) for name in reference.to)


def _named(expression: str, source: BronzeTable) -> tuple[str, ...]:
    problems: list[InvalidField] = []
    columns = [column.name for column in source.columns]
    told = [column.name for column in way_of(source.mode).adds]
    found = row_expression(expression, [*columns, *_TECHNICAL, *told], source.name, Location(source.contract), problems)
    # What can't be read may come from anything.
    return tuple(columns) if problems else found


def _gold(table: GoldTable, inputs: dict[str, SilverTable | GoldTable]) -> Steps:
    own, rows = f"gold.{table.name}", Place(f"gold.{table.name}")
    names = {name.lower(): made for name, made in inputs.items()}
    for made in inputs.values():
        yield Place(f"{made.layer}.{made.name}"), rows
    try:
        query = _Query(table.sql, names)
    except (OptimizeError, sqlglot.ParseError):
        # No SQL that can be followed: each column may come from every column.
        for made in inputs.values():
            for column in made.columns:
                yield Place(f"{made.layer}.{made.name}", column.name), rows
                for output in table.columns:
                    yield Place(f"{made.layer}.{made.name}", column.name), Place(own, output.name)
        return
    for output in table.columns:
        for origin in query.origins_of(output.name):
            yield origin, Place(own, output.name)
    for origin in query.deciding():
        yield origin, rows


class _Query:
    """A query whose every column is known to its table."""

    def __init__(self, sql: str, tables: dict[str, SilverTable | GoldTable]) -> None:
        self._tables = tables
        schema: dict[str, object] = {
            name: {column.name.lower(): column.type for column in table.columns} | dict.fromkeys((*_TECHNICAL, *VALIDITY), "string")
            for name, table in tables.items()
        }
        statement = qualify(
            sqlglot.parse_one(sql, read=DIALECT), schema=schema, dialect=DIALECT, validate_qualify_columns=False, quote_identifiers=False
        )
        root = build_scope(statement)
        if root is None:
            raise OptimizeError("not a query")
        self._root = root
        self._scope_of: dict[int, Scope] = {}
        self._scopes = list(root.traverse())
        for scope in self._scopes:
            for column in scope.columns:
                # The innermost comes first; a column of a query around it is looked for there.
                self._scope_of.setdefault(id(column), scope)

    def origins_of(self, output: str) -> set[Place]:
        """The columns that an output is made from."""
        return self._of_output(self._root, output.lower(), set())

    def deciding(self) -> set[Place]:
        """The columns that decide which rows there are: of conditions, joins, groups and limits."""
        found: set[Place] = set()
        for scope in self._scopes:
            listed = {id(column) for item in _selected(scope) for column in item.find_all(exp.Column)}
            for column in scope.columns:
                if id(column) not in listed:
                    found |= self._of_column(column, scope, set())
        return found

    def _of_output(self, scope: Scope, name: str, seen: set[tuple[int, str]]) -> set[Place]:
        # A recursive WITH reads itself.
        if (id(scope), name) in seen:
            return set()
        seen.add((id(scope), name))
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            position = [selected.lower() for selected in expression.named_selects].index(name)
            found: set[Place] = set()
            for branch in scope.set_operation_scopes:
                names = branch.expression.named_selects if isinstance(branch.expression, exp.Query) else []
                found |= self._of_output(branch, names[position].lower(), seen) if names else set()
            return found
        if not isinstance(expression, exp.Query):
            return self._of_expression(expression, scope, seen)
        return {
            place for item in expression.selects if item.alias_or_name.lower() == name for place in self._of_expression(item, scope, seen)
        }

    def _of_expression(self, expression: exp.Expr, scope: Scope, seen: set[tuple[int, str]]) -> set[Place]:
        found: set[Place] = set()
        for column in expression.find_all(exp.Column):
            found |= self._of_column(column, self._scope_of.get(id(column), scope), seen)
        return found

    def _of_column(self, column: exp.Column, scope: Scope, seen: set[tuple[int, str]]) -> set[Place]:
        around: Scope | None = scope
        while around is not None and column.table not in around.sources:
            around = around.parent
        if around is None:
            return set()
        source = around.sources[column.table]
        if isinstance(source, Scope):
            return self._of_output(source, column.name.lower(), seen)
        table = self._tables.get(source.name.lower())
        if table is None:
            return self._of_expression(source, around, seen) if not isinstance(source.this, exp.Identifier) else set()
        return {Place(f"{table.layer}.{table.name}", made.name) for made in table.columns if made.name.lower() == column.name.lower()}


def _selected(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Select) else []


__all__ = ["lineage"]
