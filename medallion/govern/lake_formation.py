"""Lake Formation's API: values as its requests, and calls that are tried again where trying again helps."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.access.answers import items_of
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    TableResource,
    Tag,
)
from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.names import Names

Json = dict[str, Any]

# Of each other's changes; those of one run follow each other, but another product's run does the same just now.
AGAIN = ("ConcurrentModificationException", "OperationTimeoutException", "InternalServiceException", "ThrottlingException")
TRIES = 8
FIRST_WAIT_SECONDS = 0.2


class LakeFormation:
    """The catalog and Lake Formation of one account and region."""

    def __init__(self, names: Names, wait: Callable[[float], None] = time.sleep) -> None:
        """Mean those of an environment.

        Args:
            names: Its account and region.
            wait: Waits some seconds before a call is tried again.
        """
        config = Config(retries={"mode": "standard", "max_attempts": 5})
        self.glue = boto3.client("glue", region_name=names.region, config=config)
        self.client = boto3.client("lakeformation", region_name=names.region, config=config)
        self.account = names.account
        self._wait = wait

    def call(self, operation: str, *, known: Collection[str] = (), **request: Any) -> Json | None:
        """Calls Lake Formation.

        Args:
            operation: The client's method.
            known: Error codes that mean that there is nothing left to do, of the call or of one of its entries.
            request: What is asked.

        Returns:
            The answer; None where an error of `known` came.

        Raises:
            Terminal: It refuses.
            Transient: It still could not be done after some tries.
        """
        for attempt in range(TRIES):
            try:
                answer: Json = getattr(self.client, operation)(**request)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code in known:
                    return None
                if code not in AGAIN:
                    raise Terminal(f"lakeformation {operation}: {code}") from error
            except BotoCoreError as error:
                raise Transient(f"lakeformation {operation}: {type(error).__name__}") from error
            else:
                failed = [failure for failure in answer.get("Failures", ()) if _code(failure) not in known]
                if not failed:
                    return answer
                if refused := sorted({_code(failure) for failure in failed} - set(AGAIN)):
                    raise Terminal(f"lakeformation {operation}: {', '.join(refused)}")
                if "Entries" in request:
                    # What was revoked can't be revoked again.
                    request["Entries"] = [failure["RequestEntry"] for failure in failed]
            self._wait(FIRST_WAIT_SECONDS * 2**attempt)
        raise Transient(f"lakeformation {operation}: still refused after {TRIES} tries, as others change the same; run again")

    def pages(self, operation: str, key: str, **request: Any) -> Iterator[Mapping[str, Any]]:
        """The items of all pages of an answer."""
        return items_of(lambda token: self.call(operation, **request, **token) or {}, key)


def _code(failure: Mapping[str, Any]) -> str:
    """Why a part of a call failed that answered with status 200."""
    return str(failure.get("Error", {}).get("ErrorCode", "unknown"))


def database_resource(account: str, database: str) -> Json:
    """A database as the API names it."""
    return {"Database": {"CatalogId": account, "Name": database}}


def filter_resource(account: str, each: Filter | FilterResource) -> Json:
    """A filter as the API names it."""
    return {"DataCellsFilter": {"TableCatalogId": account, "DatabaseName": each.database, "TableName": each.table, "Name": each.name}}


def table_resource(account: str, database: str, table: str, columns: Collection[str] = ()) -> Json:
    """A table, some columns of it, or all tables of a database, as the API names them."""
    if table == ALL_TABLES:
        return {"Table": {"CatalogId": account, "DatabaseName": database, "TableWildcard": {}}}
    place = {"CatalogId": account, "DatabaseName": database, "Name": table}
    return {"TableWithColumns": {**place, "ColumnNames": list(columns)}} if columns else {"Table": place}


def tag_pairs(account: str, tags: Collection[Tag]) -> list[Json]:
    """Tags as the API writes them."""
    return [{"CatalogId": account, "TagKey": tag.key, "TagValues": [tag.value]} for tag in tags]


def filter_request(account: str, each: Filter) -> Json:
    """A filter as the API writes it."""
    columns = (
        {"ColumnWildcard": {"ExcludedColumnNames": list(each.excluded_columns)}}
        if each.columns is None
        else {"ColumnNames": list(each.columns)}
    )
    rows: Json = {"AllRowsWildcard": {}} if each.rows is None else {"FilterExpression": each.rows}
    return {
        "TableCatalogId": account,
        "DatabaseName": each.database,
        "TableName": each.table,
        "Name": each.name,
        "RowFilter": rows,
        **columns,
    }


def grant_request(account: str, grant: Grant) -> Json:
    """A grant on a filter, a table or a database as the API writes it."""
    match grant.resource:
        case FilterResource() as place:
            resource = filter_resource(account, place)
        case TableResource(database=database, table=table):
            resource = table_resource(account, database, table)
        case DatabaseResource(database=database):
            resource = database_resource(account, database)
        case other:
            raise ValueError(f"{type(other).__name__}: the governance stack grants that")
    return {
        "Principal": {"DataLakePrincipalIdentifier": grant.principal},
        "Resource": resource,
        "Permissions": list(grant.permissions),
        "PermissionsWithGrantOption": list(grant.grantable),
    }


__all__ = [
    "LakeFormation",
    "database_resource",
    "filter_request",
    "filter_resource",
    "grant_request",
    "table_resource",
    "tag_pairs",
]
