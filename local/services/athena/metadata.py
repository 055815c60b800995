"""What Athena says besides queries: its catalog, databases and tables as clients ask for them, workgroups, engine versions."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.service import Context, Handlers, Json, ServiceError
from local.services.athena import catalog
from local.services.athena.catalog import Caller
from local.services.athena.errors import NotAuthorized, QueryFailed
from local.services.athena.named_queries import PRIMARY
from local.services.athena.paging import page_of

CATALOG = "AwsDataCatalog"
ENGINE = "Athena engine version 3"
PAGE = 50


class Metadata:
    """The operations of the API that tell what there is.

    Args:
        caller: The one who asks, at each call: a client sees what its own rights on the Glue catalog let it see.
    """

    def __init__(self, caller: Callable[[], Caller]) -> None:
        self._caller = caller

    def data_catalog(self, request: Json, context: Context) -> Json:
        """GetDataCatalog."""
        return context.proceed({**request, "Name": catalog_name(request["Name"])})

    def database(self, request: Json, context: Context) -> Json:
        """GetDatabase."""
        catalog_name(request["CatalogName"])
        return {"Database": _database(_asked(lambda: self._caller().database(request["DatabaseName"])))}

    def databases(self, request: Json, context: Context) -> Json:
        """ListDatabases."""
        catalog_name(request["CatalogName"])
        chosen, token = page_of(request, _asked(lambda: self._caller().databases()), PAGE)
        return {"DatabaseList": [_database(database) for database in chosen], **token}

    def table(self, request: Json, context: Context) -> Json:
        """GetTableMetadata."""
        catalog_name(request["CatalogName"])
        return {"TableMetadata": _table(_asked(lambda: self._caller().table(request["DatabaseName"], request["TableName"])))}

    def tables(self, request: Json, context: Context) -> Json:
        """ListTableMetadata."""
        catalog_name(request["CatalogName"])
        found = _asked(lambda: self._caller().tables(request["DatabaseName"], request.get("Expression")))
        chosen, token = page_of(request, found, PAGE)
        return {"TableMetadataList": [_table(table) for table in chosen], **token}

    def workgroup(self, request: Json, context: Context) -> Json:
        """GetWorkGroup; clients such as awswrangler rely on `EnforceWorkGroupConfiguration`, which AWS always gives."""
        answer = context.proceed(request)
        found = answer["WorkGroup"]
        # A client's own settings count in `primary` unless it is changed; a workgroup that someone makes enforces its own.
        usual = {"EnforceWorkGroupConfiguration": found["Name"] != PRIMARY}
        return {**answer, "WorkGroup": {**found, "Configuration": usual | found.get("Configuration", {})}}

    def engine_versions(self, request: Json, context: Context) -> Json:
        """ListEngineVersions; there are no Spark workgroups."""
        versions = [{"SelectedEngineVersion": selected, "EffectiveEngineVersion": ENGINE} for selected in ("AUTO", ENGINE)]
        chosen, token = page_of(request, versions, 10)
        return {"EngineVersions": chosen, **token}


# What IAM checks the catalog for.
CATALOG_HANDLERS: Handlers[Metadata] = {
    "GetDataCatalog": Metadata.data_catalog,
    "GetDatabase": Metadata.database,
    "ListDatabases": Metadata.databases,
    "GetTableMetadata": Metadata.table,
    "ListTableMetadata": Metadata.tables,
}
HANDLERS: Handlers[Metadata] = {
    **CATALOG_HANDLERS,
    "GetWorkGroup": Metadata.workgroup,
    "ListEngineVersions": Metadata.engine_versions,
}


def catalog_name(name: str) -> str:
    """The name of the one catalog, which clients write as they like: PyAthena and SQLAlchemy in lower case.

    Raises:
        ServiceError: It is another one.
    """
    if name.lower() != CATALOG.lower():
        raise ServiceError(
            "InvalidRequestException", f"Catalog '{name}' does not exist", details={"AthenaErrorCode": "DATACATALOG_NOT_FOUND"}
        )
    return CATALOG


def _asked[T](ask: Callable[[], T]) -> T:
    try:
        return ask()
    except LookupError as error:
        # Of a table as of a database; drivers look for this envelope, and not at the first words.
        reason = (
            f"Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: {uuid.uuid4()}; Proxy: null"
        )
        raise ServiceError("MetadataException", f"Entity Not Found ({reason})") from error
    except NotAuthorized as error:
        raise ServiceError("AccessDeniedException", str(error)) from error
    except QueryFailed as error:
        raise ServiceError("MetadataException", str(error)) from error


def _database(database: Mapping[str, Any]) -> Json:
    return {key: database[key] for key in ("Name", "Description", "Parameters") if database.get(key)}


def _table(table: Mapping[str, Any]) -> Json:
    created = table.get("CreateTime")
    return {
        "Name": table["Name"],
        "TableType": table.get("TableType", "EXTERNAL_TABLE"),
        **({"CreateTime": created.timestamp()} if created is not None else {}),
        "Columns": [
            {"Name": name, "Type": kind, **({"Comment": comment} if comment else {})} for name, kind, comment in catalog.columns(table)
        ],
        "PartitionKeys": [{"Name": key["Name"], "Type": key.get("Type", "string")} for key in table.get("PartitionKeys", [])],
        "Parameters": table.get("Parameters", {}),
    }
