"""Glue's API as Lake Formation lets it be seen: what a caller may not see is not in an answer, and what it may not do is refused."""

from collections.abc import Iterable

from local.service import Context, Handlers, Json, ServiceError
from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.governing import Governing
from local.services.lakeformation.lake import DataLake
from local.services.lakeformation.refusals import insufficient
from medallion.manifest.access.evaluate import EVERYTHING, TableAccess


class GlueGuard:
    """Stands before Glue's own operations."""

    def __init__(self, lake: DataLake, catalog: Catalog, governing: Governing) -> None:
        self._lake = lake
        self._catalog = catalog
        self._governing = governing

    def database(self, request: Json, context: Context) -> Json:
        """GetDatabase."""
        self._check_sees(context, str(request.get("Name")))
        answer = context.proceed(request)
        return {**answer, "Database": self._with_defaults(answer["Database"])}

    def databases(self, request: Json, context: Context) -> Json:
        """GetDatabases."""
        answer = context.proceed(request)
        seen = [database for database in answer["DatabaseList"] if self._governing.sees_database(context.principal, database["Name"])]
        return {**answer, "DatabaseList": [self._with_defaults(database) for database in seen]}

    def create_database(self, request: Json, context: Context) -> Json:
        """CreateDatabase."""
        asked = request.get("DatabaseInput") or {}
        if not self._governing.may_create_databases(context.principal):
            raise insufficient("Create Database", "Catalog")
        self._check_location(context, str(asked.get("LocationUri") or ""))
        answer = context.proceed(request)
        self.note_database(asked["Name"], asked)
        self._governing.created(context.principal, asked["Name"])
        return answer

    def update_database(self, request: Json, context: Context) -> Json:
        """UpdateDatabase."""
        name = str(request.get("Name"))
        self._check_database(context, name, "ALTER")
        answer = context.proceed(request)
        self.note_database(name, request.get("DatabaseInput") or {})
        return answer

    def delete_database(self, request: Json, context: Context) -> Json:
        """DeleteDatabase."""
        self._check_database(context, str(request.get("Name")), "DROP")
        return self._dropping(request, context, [(str(request.get("Name")),)])

    def table(self, request: Json, context: Context) -> Json:
        """GetTable."""
        answer = context.proceed(request)
        [seen] = self._visible(context, [answer["Table"]], required=True)
        return {**answer, "Table": seen}

    def tables(self, request: Json, context: Context) -> Json:
        """GetTables."""
        self._check_sees(context, str(request.get("DatabaseName")))
        answer = context.proceed(request)
        return {**answer, "TableList": self._visible(context, answer["TableList"])}

    def versions(self, request: Json, context: Context) -> Json:
        """GetTableVersions."""
        answer = context.proceed(request)
        shown = [{**version, "Table": self._visible(context, [version["Table"]], required=True)[0]} for version in answer["TableVersions"]]
        return {**answer, "TableVersions": shown}

    def create_table(self, request: Json, context: Context) -> Json:
        """CreateTable."""
        database, asked = str(request.get("DatabaseName")), request.get("TableInput") or {}
        self._check_database(context, database, "CREATE_TABLE")
        location = str((asked.get("StorageDescriptor") or {}).get("Location") or "")
        home = self._catalog.location(database)
        # Who may make tables in a database may do so where the database is.
        if not (home and f"{location.rstrip('/')}/".startswith(f"{home.rstrip('/')}/")):
            self._check_location(context, location)
        answer = context.proceed(request)
        self._governing.created(context.principal, database, asked["Name"])
        return answer

    def update_table(self, request: Json, context: Context) -> Json:
        """UpdateTable."""
        database, asked = str(request.get("DatabaseName")), request.get("TableInput") or {}
        self._check_table(context, request, str(asked.get("Name")), "ALTER")
        if self._governing.governs(database):
            # AWS's guide asks for the location of who holds ALTER, and excepts the database's own of making tables only.
            self._check_location(context, str((asked.get("StorageDescriptor") or {}).get("Location") or ""))
        return context.proceed(request)

    def delete_table(self, request: Json, context: Context) -> Json:
        """DeleteTable."""
        self._check_table(context, request, str(request.get("Name")), "DROP")
        return self._dropping(request, context, [(str(request.get("DatabaseName")), str(request.get("Name")))])

    def delete_tables(self, request: Json, context: Context) -> Json:
        """BatchDeleteTable."""
        names = [str(name) for name in request.get("TablesToDelete") or ()]
        for name in names:
            self._check_table(context, request, name, "DROP")
        return self._dropping(request, context, [(str(request.get("DatabaseName")), name) for name in names])

    def partitions(self, request: Json, context: Context) -> Json:
        """What tells partitions, whose values may be of any column: all of the table has to be seen."""
        access = self._access(context, request, str(request.get("TableName")))
        if access is not None and not access.whole:
            raise insufficient("Select", str(request.get("TableName")))
        return context.proceed(request)

    def change_partitions(self, request: Json, context: Context) -> Json:
        """What changes partitions."""
        self._check_table(context, request, str(request.get("TableName")), "INSERT", "ALTER")
        return context.proceed(request)

    def statistics(self, request: Json, context: Context) -> Json:
        """What tells statistics of columns, of all rows."""
        access = self._access(context, request, str(request.get("TableName")))
        asked = {str(name) for name in request.get("ColumnNames") or ()}
        if access is not None and not asked <= {name for name, column in access.columns.items() if column.answer == "yes"}:
            raise insufficient("Select", str(request.get("TableName")))
        return context.proceed(request)

    def change_statistics(self, request: Json, context: Context) -> Json:
        """What changes statistics of columns."""
        self._check_table(context, request, str(request.get("TableName")), "ALTER")
        return context.proceed(request)

    def allows_iceberg(self, caller: str, method: str, namespace: str, table: str) -> bool:
        """Whether a caller may use a path of Iceberg's REST catalog: it gives tables as a whole, and of what is governed it changes none."""
        if self._governing.is_root(caller) or not self._governing.governed_databases():
            return True
        if not namespace or (self._governing.governs(namespace) and (not table or method not in {"GET", "HEAD"})):
            return False
        access = self._governing.table(caller, namespace, table)
        return access is None or (bool(access.seen) and access.whole)

    def note_database(self, name: str, asked: Json) -> None:
        """Takes note of what a database says of the tables to come."""
        if asked.get("CreateTableDefaultPermissions") is not None:
            self._governing.follow()
            with self._lake.reading():
                self._lake.table_defaults[name] = list(asked["CreateTableDefaultPermissions"])
                self._lake.revision += 1

    def _with_defaults(self, database: Json) -> Json:
        defaults = self._lake.table_defaults.get(database["Name"])
        return database if defaults is None else {**database, "CreateTableDefaultPermissions": defaults}

    def _visible(self, context: Context, tables: Iterable[Json], *, required: bool = False) -> list[Json]:
        shown = []
        for table in tables:
            access = self._governing.table(context.principal, table["DatabaseName"], table["Name"])
            if access is None:
                shown.append(table)
            elif access.described:
                shown.append(_shown(table, access))
            elif required:
                raise insufficient("Describe", table["Name"])
        return shown

    def _access(self, context: Context, request: Json, table: str) -> TableAccess | None:
        return self._governing.table(context.principal, str(request.get("DatabaseName")), table)

    def _check_sees(self, context: Context, database: str) -> None:
        if not self._governing.sees_database(context.principal, database):
            raise insufficient("Describe", database)

    def _check_database(self, context: Context, database: str, permission: str) -> None:
        held = self._governing.permissions(context.principal, database)
        if held is not None and not held & {permission, *EVERYTHING}:
            raise insufficient(permission.replace("_", " ").title(), database)

    def _check_table(self, context: Context, request: Json, table: str, *permissions: str) -> None:
        access = self._access(context, request, table)
        if access is not None and not access.permissions & {*permissions, *EVERYTHING}:
            raise insufficient(permissions[0].title(), table)

    def _check_location(self, context: Context, location: str) -> None:
        if location and not self._governing.may_use_location(context.principal, location):
            raise ServiceError("AccessDeniedException", f"Insufficient Lake Formation permission(s) on {location}")

    def _dropping(self, request: Json, context: Context, keys: Iterable[tuple[str, ...]]) -> Json:
        answer = context.proceed(request)
        failed = {error["TableName"] for error in answer.get("Errors") or ()}
        with self._lake.reading():
            for key in keys:
                if key[-1] not in failed:
                    self._lake.forget(key)
        return answer


def _shown(table: Json, access: TableAccess) -> Json:
    """A table without the columns that a caller does not see; who may only describe it sees all of its columns."""
    shown = {**table, "IsRegisteredWithLakeFormation": True}
    if not access.seen:
        return shown
    seen = set(access.seen)
    if shown.get("StorageDescriptor"):
        storage = shown["StorageDescriptor"]
        shown["StorageDescriptor"] = {**storage, "Columns": [each for each in storage.get("Columns") or () if each["Name"] in seen]}
    if shown.get("PartitionKeys"):
        shown["PartitionKeys"] = [each for each in shown["PartitionKeys"] if each["Name"] in seen]
    return shown


HANDLERS: Handlers[GlueGuard] = {
    "GetDatabase": GlueGuard.database,
    "GetDatabases": GlueGuard.databases,
    "CreateDatabase": GlueGuard.create_database,
    "UpdateDatabase": GlueGuard.update_database,
    "DeleteDatabase": GlueGuard.delete_database,
    "GetTable": GlueGuard.table,
    "GetTables": GlueGuard.tables,
    "GetTableVersions": GlueGuard.versions,
    "CreateTable": GlueGuard.create_table,
    "UpdateTable": GlueGuard.update_table,
    "DeleteTable": GlueGuard.delete_table,
    "BatchDeleteTable": GlueGuard.delete_tables,
    **dict.fromkeys(("GetPartition", "GetPartitions", "BatchGetPartition", "GetPartitionIndexes"), GlueGuard.partitions),
    **dict.fromkeys(
        ("CreatePartition", "BatchCreatePartition", "BatchUpdatePartition", "DeletePartition", "CreatePartitionIndex"),
        GlueGuard.change_partitions,
    ),
    **dict.fromkeys(("GetColumnStatisticsForTable", "GetColumnStatisticsForPartition"), GlueGuard.statistics),
    **dict.fromkeys(
        (
            "UpdateColumnStatisticsForTable",
            "DeleteColumnStatisticsForTable",
            "UpdateColumnStatisticsForPartition",
            "DeleteColumnStatisticsForPartition",
        ),
        GlueGuard.change_statistics,
    ),
}
