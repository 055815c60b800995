"""Data cells filters: some columns of some rows of a table."""

from collections.abc import Callable

from local.service import Context, Json
from local.services.lakeformation import expressions
from local.services.lakeformation.authority import Authority
from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.lake import DataLake
from local.services.lakeformation.pages import page
from local.services.lakeformation.refusals import exists, invalid, missing
from local.services.lakeformation.wire import required, resource
from medallion.manifest.access.permissions import Filter, FilterResource, TableResource


class Filters:
    """The operations about filters."""

    def __init__(self, lake: DataLake, catalog: Catalog, authority: Authority, principal: Callable[[str], str]) -> None:
        self._lake = lake
        self._catalog = catalog
        self._authority = authority
        self._principal = principal

    def create(self, request: Json, context: Context) -> Json:
        """CreateDataCellsFilter."""
        made = self._filter(request.get("TableData") or {})
        self._check(context, made.database, made.table)
        key = (made.database, made.table, made.name)
        with self._lake.changing(key[:2]):
            if key in self._lake.filters:
                raise exists(f"Data cells filter already exists: {made.name}")
            self._lake.filters[key] = made
        return {}

    def update(self, request: Json, context: Context) -> Json:
        """UpdateDataCellsFilter: the whole of it."""
        made = self._filter(request.get("TableData") or {})
        self._check(context, made.database, made.table)
        self._known(made.database, made.table, made.name)
        with self._lake.changing((made.database, made.table)):
            self._lake.filters[made.database, made.table, made.name] = made
        return {}

    def get(self, request: Json, context: Context) -> Json:
        """GetDataCellsFilter."""
        found = self._known(*_named(request))
        self._check(context, found.database, found.table)
        return {"DataCellsFilter": self._wire(found)}

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteDataCellsFilter: with the permissions by it."""
        found = self._known(*_named(request))
        self._check(context, found.database, found.table)
        with self._lake.changing((found.database, found.table)):
            del self._lake.filters[found.database, found.table, found.name]
            gone = FilterResource(database=found.database, table=found.table, name=found.name)
            for grant in [grant for grant in list(self._lake.grants) if grant[1] == gone]:
                del self._lake.grants[grant]
        return {}

    def list_all(self, request: Json, context: Context) -> Json:
        """ListDataCellsFilter: of a table, or of all where an administrator asks."""
        table = None
        if request.get("Table"):
            table = resource({"Table": request["Table"]}, self._lake.account)
        if isinstance(table, TableResource):
            self._check(context, table.database, table.table)
        elif not self._authority.sees_all(self._principal(context.principal)):
            raise invalid("Table is missing")
        found = [
            self._wire(kept)
            for kept in list(self._lake.filters.values())
            if not isinstance(table, TableResource) or (kept.database, kept.table) == (table.database, table.table)
        ]
        chosen, token = page(request, found)
        return {"DataCellsFilters": list(chosen), **token}

    def _check(self, context: Context, database: str, table: str) -> None:
        self._catalog.table(database, table)
        self._authority.check_filters(self._principal(context.principal), database, table)

    def _known(self, database: str, table: str, name: str) -> Filter:
        found = self._lake.filters.get((database, table, name))
        if found is None:
            raise missing(f"Data cells filter not found: {name}")
        return found

    def _filter(self, data: Json) -> Filter:
        database, table, name = _named(data)
        types = self._catalog.types(database, table)
        wildcard, names = data.get("ColumnWildcard"), data.get("ColumnNames")
        if bool(names) == (wildcard is not None):
            raise invalid("A filter has either ColumnNames or a ColumnWildcard")
        excluded = tuple((wildcard or {}).get("ExcludedColumnNames") or ())
        if absent := sorted({*(names or ()), *excluded} - types.keys()):
            raise missing(f"Column not found: {absent[0]}")
        rows = data.get("RowFilter") or {}
        expression = rows.get("FilterExpression")
        if bool(expression) == ("AllRowsWildcard" in rows):
            raise invalid("A RowFilter has either a FilterExpression or an AllRowsWildcard")
        if expression:
            expressions.check(expression, types)
        return Filter(
            database=database,
            table=table,
            name=name,
            columns=tuple(names) if names else None,
            excluded_columns=excluded,
            rows=expression or None,
        )

    def _wire(self, found: Filter) -> Json:
        excluded = {"ExcludedColumnNames": list(found.excluded_columns)} if found.excluded_columns else {}
        return {
            "TableCatalogId": self._lake.account,
            "DatabaseName": found.database,
            "TableName": found.table,
            "Name": found.name,
            "RowFilter": {"AllRowsWildcard": {}} if found.rows is None else {"FilterExpression": found.rows},
            **({"ColumnWildcard": excluded} if found.columns is None else {"ColumnNames": list(found.columns)}),
        }


def _named(data: Json) -> tuple[str, str, str]:
    return required(data, "DatabaseName"), required(data, "TableName"), required(data, "Name")
