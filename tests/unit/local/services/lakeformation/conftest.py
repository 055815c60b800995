"""A Lake Formation over a catalog of two databases, asked as its API is."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.service import Context, Json
from local.services.lakeformation.api import Api
from local.services.lakeformation.authority import Authority
from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.filters import Filters
from local.services.lakeformation.glue import HANDLERS, GlueGuard
from local.services.lakeformation.governing import Governing
from local.services.lakeformation.grants import Grants
from local.services.lakeformation.lake import DataLake
from local.services.lakeformation.principals import Principals
from local.services.lakeformation.settings import Settings
from local.services.lakeformation.tags import Tags

ACCOUNT = "111111111111"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADMIN, ANA, JOB = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("admin", "ana", "etl/job"))


def session(role: str) -> str:
    """The ARN of a session of a role, which leaves its path out."""
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/somebody"


class Records:
    """The catalog's records, in the emulator's place."""

    def __init__(self) -> None:
        self.databases: dict[str, Json] = {}
        self.tables: dict[tuple[str, str], Json] = {}

    def make(self, database: str, table: str | None = None, created: int = 1, **columns: str) -> None:
        if table is None:
            self.databases[database] = {"Name": database, "CreateTime": created, "LocationUri": f"s3://lake/{database}"}
            return
        listed = [{"Name": name, "Type": kind} for name, kind in columns.items()]
        storage = {"Columns": listed, "Location": f"s3://lake/{database}/{table}"}
        self.tables[database, table] = {"Name": table, "DatabaseName": database, "CreateTime": created, "StorageDescriptor": storage}

    def glue_database(self, name: str) -> Json | None:
        return self.databases.get(name)

    def glue_databases(self) -> list[Json]:
        return list(self.databases.values())

    def glue_table(self, database: str, name: str) -> Json | None:
        return self.tables.get((database, name))

    def glue_tables(self) -> list[Json]:
        return list(self.tables.values())

    def role_arn(self, name: str) -> str | None:
        return next((role for role in (ADMIN, ANA, JOB) if role.endswith(f"/{name}")), None)


class Formation:
    """The service as its callers meet it."""

    def __init__(self) -> None:
        self.records = Records()
        self.lake = DataLake(ACCOUNT)
        catalog = Catalog(self.records)  # type: ignore[arg-type]
        principals = Principals(ACCOUNT, self.records.role_arn)
        authority = Authority(self.lake, catalog, principals.is_root)
        parts = (self.lake, catalog, authority, principals.of)
        settings = Settings(self.lake, lambda: self.lake.follow(catalog.entries()), lambda role: None if role != ADMIN else "no PassRole")
        follow: Callable[[], None] = lambda: self.lake.follow(catalog.entries())  # noqa: E731
        self.api = Api(ACCOUNT, settings, Tags(*parts), Grants(*parts), Filters(*parts), follow)
        self.governing = Governing(self.lake, catalog, principals, follow)
        self.guard = GlueGuard(self.lake, catalog, self.governing)

    def call(self, operation: str, by: str = ROOT, **request: Any) -> Json:
        """An operation of Lake Formation's API."""
        return self.api.answer("POST", f"/{operation}", request, self._context(by, lambda passed: {}))

    def glue(self, operation: str, by: str, answer: Json | None = None, **request: Any) -> Json:
        """An operation of Glue's, which would give an answer."""
        return dict(HANDLERS[operation](self.guard, request, self._context(by, lambda passed: answer or {})))

    def grant(self, principal: str, resource: Mapping[str, Any], *permissions: str, grantable: bool = False, by: str = ROOT) -> None:
        self.call(
            "GrantPermissions",
            by,
            Principal={"DataLakePrincipalIdentifier": principal},
            Resource=resource,
            Permissions=list(permissions),
            PermissionsWithGrantOption=list(permissions) if grantable else [],
        )

    def govern(self, database: str) -> None:
        """Takes a database and its tables from IAM alone."""
        everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
        self.call("RevokePermissions", Principal=everybody, Resource=database_of(database), Permissions=["ALL"])
        for known, table in self.records.tables:
            if known == database:
                self.call("RevokePermissions", Principal=everybody, Resource=table_of(known, table), Permissions=["ALL"])

    def _context(self, by: str, proceed: Callable[[Json], Json]) -> Context:
        return Context(ACCOUNT, "eu-west-1", by if by == ROOT else session(by), proceed)


def database_of(name: str) -> Json:
    return {"Database": {"Name": name}}


def table_of(database: str, name: str) -> Json:
    return {"Table": {"DatabaseName": database, "Name": name}}


def columns_of(database: str, table: str, *names: str) -> Json:
    return {"TableWithColumns": {"DatabaseName": database, "Name": table, "ColumnNames": list(names)}}


def tagged(kind: str, **expression: list[str]) -> Json:
    listed = [{"TagKey": key, "TagValues": values} for key, values in expression.items()]
    return {"LFTagPolicy": {"ResourceType": kind, "Expression": listed}}


@pytest.fixture
def formation() -> Formation:
    """`shop` is governed and has orders and items; `free` is not, and has notes."""
    made = Formation()
    made.records.make("shop")
    made.records.make("shop", "orders", id="bigint", email="string", region="string", day="date")
    made.records.make("shop", "items", id="bigint")
    made.records.make("free")
    made.records.make("free", "notes", text="string")
    made.govern("shop")
    made.call("PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": [{"DataLakePrincipalIdentifier": ADMIN}]})
    return made
