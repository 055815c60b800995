"""What the catalog and Lake Formation hold of a lake's databases."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from medallion.govern.lake_formation import Json, LakeFormation, database_resource, filter_resource, table_resource
from medallion.manifest.access.answers import filter_of, grant_of, table_of, tags_of
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    State,
    Table,
    TableResource,
    Tag,
)
from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.frozen import Frozen

# Three calls a table, none of which waits for another's answer.
THREADS = 8


class _TableState(Frozen):
    """What there is of one table."""

    tags: tuple[Tag, ...] = ()
    column_tags: dict[str, tuple[Tag, ...]] = {}
    filters: tuple[Filter, ...] = ()
    grants: tuple[Grant, ...] = ()


def read_state(lake_formation: LakeFormation, databases: Collection[str]) -> State:
    """The tables of some databases with their tags, filters and named grants; of the databases only what IAM_ALLOWED_PRINCIPALS holds.

    Raises:
        Terminal: The job's role may not look.
        Transient: AWS can't be reached.
    """
    tables = tuple(table for database in sorted(databases) for table in read_tables(lake_formation, database))
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="access") as pool:
        states = dict(zip(tables, pool.map(lambda table: _of_table(lake_formation, table), tables), strict=True))
    grants = [
        grant
        for database in sorted(databases)
        for place in (DatabaseResource(database=database), TableResource(database=database, table=ALL_TABLES))
        for grant in _everybody(lake_formation, place)
    ]
    return State(
        tables=tables,
        table_tags={(table.database, table.name): state.tags for table, state in states.items() if state.tags},
        column_tags={
            (table.database, table.name, column): tags for table, state in states.items() for column, tags in state.column_tags.items()
        },
        filters=tuple(each for state in states.values() for each in state.filters),
        grants=(*grants, *(grant for state in states.values() for grant in state.grants)),
    )


def read_tables(lake_formation: LakeFormation, database: str) -> tuple[Table, ...]:
    """The tables of a database as the catalog has them."""
    try:
        pages = lake_formation.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return tuple(table_of(table, database) for page in pages for table in page["TableList"])
    except ClientError as error:
        raise Terminal(f"glue get_tables: {database}: {error.response.get('Error', {}).get('Code', '')}") from error
    except BotoCoreError as error:
        raise Transient(f"glue get_tables: {database}: {type(error).__name__}") from error


def _of_table(lake_formation: LakeFormation, table: Table) -> _TableState:
    account, place = lake_formation.account, TableResource(database=table.database, table=table.name)
    resource = table_resource(account, table.database, table.name)
    # One that was dropped meanwhile has nothing.
    tags = lake_formation.call("get_resource_lf_tags", known=["EntityNotFoundException"], Resource=resource, ShowAssignedLFTags=True)
    if tags is None:
        return _TableState()
    filters = tuple(map(filter_of, lake_formation.pages("list_data_cells_filter", "DataCellsFilters", Table=resource["Table"])))
    return _TableState(
        tags=tags_of(tags.get("LFTagsOnTable", ())),
        column_tags={column["Name"]: tags_of(column["LFTags"]) for column in tags.get("LFTagsOnColumns", ()) if column.get("LFTags")},
        filters=filters,
        grants=(*_everybody(lake_formation, place), *(grant for each in filters for grant in _on_filter(lake_formation, each))),
    )


def _everybody(lake_formation: LakeFormation, place: DatabaseResource | TableResource) -> list[Grant]:
    """What IAM_ALLOWED_PRINCIPALS holds on a database, a table or all tables of a database."""
    if isinstance(place, TableResource):
        resource = table_resource(lake_formation.account, place.database, place.table)
    else:
        resource = database_resource(lake_formation.account, place.database)
    # Asked about a database, Lake Formation also tells of its tables.
    return [grant for grant in _grants(lake_formation, resource, place) if grant.principal == IAM_ALLOWED_PRINCIPALS]


def _on_filter(lake_formation: LakeFormation, each: Filter) -> list[Grant]:
    place = FilterResource(database=each.database, table=each.table, name=each.name)
    return _grants(lake_formation, filter_resource(lake_formation.account, each), place)


def _grants(lake_formation: LakeFormation, asked: Json, place: DatabaseResource | TableResource | FilterResource) -> list[Grant]:
    """What is granted on a resource itself."""
    answers = lake_formation.pages("list_permissions", "PrincipalResourcePermissions", Resource=asked)
    return [grant for each in answers if (grant := grant_of(each)) is not None and grant.resource == place]


__all__ = ["read_state", "read_tables"]
