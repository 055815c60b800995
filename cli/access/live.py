"""What an account holds of a lake: its tables, tags, data cells filters and grants."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.terminal.output import say

if TYPE_CHECKING:
    from medallion.manifest.access.permissions import State, Table, Tag

# A call a table, none of which waits for another's answer.
THREADS = 8


def live_state(context: Context) -> "State":
    """What the catalog and Lake Formation hold of the environment's databases."""
    from medallion.manifest.access.answers import filter_of, grant_of, items_of, table_of, tags_of
    from medallion.manifest.access.permissions import State
    from medallion.manifest.names import CATALOG_LAYERS

    glue, lake_formation = context.client("glue"), context.client("lakeformation")
    databases = [context.names.catalog_database(layer) for layer in CATALOG_LAYERS]
    tables = [
        table_of(answer, database)
        for database in databases
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
        for answer in page["TableList"]
    ]

    def tags(resource: dict[str, Any]) -> Any:
        return lake_formation.get_resource_lf_tags(Resource=resource, ShowAssignedLFTags=True)

    def of_table(table: "Table") -> Any:
        return tags({"Table": {"DatabaseName": table.database, "Name": table.name}})

    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="access") as pool:
        tagged = dict(zip(((table.database, table.name) for table in tables), pool.map(of_table, tables), strict=True))
    granted = [
        grant_of(answer) for answer in items_of(lambda token: lake_formation.list_permissions(**token), "PrincipalResourcePermissions")
    ]
    if unknown := granted.count(None):
        say(
            f"not looked at: {unknown} of the account's grants, by saved tag expressions or on things unknown here; "
            "`aws lakeformation list-permissions` shows them",
            err=True,
        )
    filters = (filter_of(answer) for answer in items_of(lambda token: lake_formation.list_data_cells_filter(**token), "DataCellsFilters"))
    settings = lake_formation.get_data_lake_settings()["DataLakeSettings"]
    column_tags: dict[tuple[str, str, str], tuple[Tag, ...]] = {
        (*place, column["Name"]): tags_of(column["LFTags"])
        for place, answer in tagged.items()
        for column in answer.get("LFTagsOnColumns", ())
    }
    return State(
        tables=tuple(tables),
        database_tags={database: tags_of(tags({"Database": {"Name": database}}).get("LFTagOnDatabase", ())) for database in databases},
        table_tags={place: tags_of(answer.get("LFTagsOnTable", ())) for place, answer in tagged.items()},
        column_tags=column_tags,
        filters=tuple(each for each in filters if each.database in databases),
        grants=tuple(grant for grant in granted if grant is not None),
        admins=tuple(admin["DataLakePrincipalIdentifier"] for admin in settings.get("DataLakeAdmins", ())),
    )


__all__ = ["live_state"]
