"""The state that contracts and personas ask for: what Lake Formation and the catalog hold after a deploy and a run."""

from medallion.manifest.access.classes import classified_tables
from medallion.manifest.access.granting import deployed_grants, named_grants
from medallion.manifest.access.permissions import State, Table
from medallion.manifest.access.row_filters import filters
from medallion.manifest.access.tagging import database_tags, table_tags
from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest


def expected_state(environment: Environment, manifest: Manifest) -> State:
    """What there should be in an environment; of `discovered` no table, as only crawlers know them."""
    names = environment.names
    tagged = table_tags(manifest, names)
    return State(
        tables=tuple(
            Table(database=names.catalog_database(table.layer), name=table.name, columns=tuple(table.classes))
            for table in classified_tables(manifest, names)
        ),
        database_tags=database_tags(manifest, names),
        table_tags={(table.database, table.table): table.tags for table in tagged if table.tags},
        column_tags={(table.database, table.table, name): tags for table in tagged for name, tags in table.columns.items()},
        filters=tuple(each for some in filters(manifest, names).values() for each in some),
        grants=(*deployed_grants(environment, manifest), *named_grants(manifest, names)),
    )


__all__ = ["expected_state"]
