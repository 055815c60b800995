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
        cells = self._filter(request.get("TableData") or {})
        self._check(context, cells.database, cells.table)
        key = (cells.database, cells.table, cells.name)
        with self._lake.changing(key[:2]):
            if key in self._lake.filters:
                raise exists(f"Data cells filter already exists: {cells.name}")
            self._lake.filters[key] = cells
        return {}

    def update(self, request: Json, context: Context) -> Json:
        """UpdateDataCellsFilter: the whole of it."""
        cells = self._filter(request.get("TableData") or {})
        self._check(context, cells.database, cells.table)
        self._known(cells.database, cells.table, cells.name)
        with self._lake.changing((cells.database, cells.table)):
            self._lake.filters[cells.database, cells.table, cells.name] = cells
        return {}

    def get(self, request: Json, context: Context) -> Json:
        """GetDataCellsFilter."""
        cells = self._known(*_named(request))
        self._check(context, cells.database, cells.table)
        return {"DataCellsFilter": self._wire(cells)}

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteDataCellsFilter: with the permissions by it."""
        cells = self._known(*_named(request))
        self._check(context, cells.database, cells.table)
        with self._lake.changing((cells.database, cells.table)):
            del self._lake.filters[cells.database, cells.table, cells.name]
            gone = FilterResource(database=cells.database, table=cells.table, name=cells.name)
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
        known = [
            self._wire(kept)
            for kept in list(self._lake.filters.values())
            if not isinstance(table, TableResource) or (kept.database, kept.table) == (table.database, table.table)
        ]
        chosen, token = page(request, known)
        return {"DataCellsFilters": list(chosen), **token}

    def _check(self, context: Context, database: str, table: str) -> None:
        self._catalog.table(database, table)
        self._authority.check_filters(self._principal(context.principal), database, table)

    def _known(self, database: str, table: str, name: str) -> Filter:
        cells = self._lake.filters.get((database, table, name))
        if cells is None:
            raise missing(f"Data cells filter not found: {name}")
        return cells

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

    def _wire(self, cells: Filter) -> Json:
        excluded = {"ExcludedColumnNames": list(cells.excluded_columns)} if cells.excluded_columns else {}
        return {
            "TableCatalogId": self._lake.account,
            "DatabaseName": cells.database,
            "TableName": cells.table,
            "Name": cells.name,
            "RowFilter": {"AllRowsWildcard": {}} if cells.rows is None else {"FilterExpression": cells.rows},
            **({"ColumnWildcard": excluded} if cells.columns is None else {"ColumnNames": list(cells.columns)}),
        }


def _named(data: Json) -> tuple[str, str, str]:
    return required(data, "DatabaseName"), required(data, "TableName"), required(data, "Name")
