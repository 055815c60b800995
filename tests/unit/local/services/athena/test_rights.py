"""What a query read of a table that changed meanwhile is not shown where a column may have come in."""

from typing import Any

import pytest

from local.services.athena.errors import NotAuthorized
from local.services.athena.rights import Rights
from local.services.athena.sql.parsing import parse
from local.services.athena.sql.statements import Query
from local.services.athena.trino.rules import Limits
from medallion.manifest.access.evaluate import ColumnAccess, TableAccess


class Lake:
    """Lake Formation, in which the caller sees `id` of a table and no column that came in since."""

    def __init__(self) -> None:
        self.columns = ["id", "email"]

    def access(self, database: str, table: str) -> TableAccess:
        columns = {name: ColumnAccess.model_validate({"answer": "yes" if name == "id" else "no"}) for name in self.columns}
        return TableAccess(database=database, table=table, columns=columns)

    def check_readable(self, caller: Any, table: Any, access: TableAccess) -> None:
        assert access.seen

    def limits(self, table: Any, access: TableAccess) -> Limits:
        return Limits(frozenset(self.columns) - {"id"})


class Caller:
    """Sees one version of the table."""

    def __init__(self) -> None:
        self.version = 1

    def table(self, database: str, table: str) -> dict[str, Any]:
        if not self.version:
            raise LookupError(table)
        return {
            "DatabaseName": database,
            "Name": table,
            "Parameters": {"metadata_location": f"s3://lake/{self.version}"},
            "StorageDescriptor": {"Columns": [{"Name": "id"}]},
        }


@pytest.mark.parametrize(("version", "column", "is_shown"), [(1, None, True), (2, None, True), (0, None, True), (2, "drifted", False)])
def test_a_column_that_came_in_while_a_query_ran_is_not_shown(version: int, column: str | None, is_shown: bool) -> None:
    caller, lake = Caller(), Lake()
    rights = Rights(caller, lake)  # type: ignore[arg-type]
    statement = parse("SELECT * FROM people")
    assert isinstance(statement, Query)
    rights.check_named(statement, "shop")
    assert rights.hidden == {"email"}
    caller.version = version
    lake.columns += [column] if column is not None else []
    if is_shown:
        rights.check_unchanged()
    else:
        with pytest.raises(NotAuthorized, match="The columns of people changed while the query ran"):
            rights.check_unchanged()
