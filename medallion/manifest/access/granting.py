"""Who is granted what: the grants that the governance stack deploys, by tags, and those by name, whose tables come with a run."""

from collections.abc import Iterable

from medallion.manifest.access.classes import Catalog
from medallion.manifest.access.permissions import (
    Condition,
    DatabaseResource,
    FilterResource,
    Grant,
    LocationResource,
    TagPolicyResource,
    TagResource,
)
from medallion.manifest.access.row_filters import OPEN, filtered_personas, filters
from medallion.manifest.access.tagging import tag_values
from medallion.manifest.engines.registry import engine_of
from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest, Persona
from medallion.manifest.names import CATALOG_LAYERS, DATABASES, CatalogLayer, Names
from medallion.manifest.steps import AGGREGATE, APPLY_CONTRACTS, INGEST, OPEN_ACCESS, REFINE

# Clients that list databases end at the first that they may not see; Athena looks at this one first.
DEFAULT_DATABASE = "default"
READ = ("DESCRIBE", "SELECT")
# To commit to an Iceberg table is to change where the catalog says that its metadata is.
WRITE = ("ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT")
# "Underlying data access control": who is granted CREATE_TABLE or ALTER is granted the registered location too. The guide excepts tables
# below their database's own location, and says so of making them only; a commit is an UpdateTable.
AT_LOCATION = ("DATA_LOCATION_ACCESS",)
# What AWS asks of whoever puts tags on tables, makes filters of them and grants them, each with the grant option.
STEWARD = ("ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT")


def deployed_grants(environment: Environment, manifest: Manifest) -> tuple[Grant, ...]:
    """All grants that need no table to be there: those of personas, jobs and crawlers, in a steady order."""
    names = environment.names
    filtered = filtered_personas(manifest)
    grants = [grant for persona in manifest.personas for grant in persona_grants(persona, names, filtered)]
    grants += _job(
        names,
        names.job(APPLY_CONTRACTS.job),
        dict.fromkeys(("bronze", "silver", "gold", "ops"), WRITE),
        on_databases=("CREATE_TABLE", "DESCRIBE"),
    )
    for source in manifest.sources:
        grants += _job(names, names.job(INGEST.job, source), {"bronze": WRITE, "ops": WRITE})
    grants += _job(names, names.job(REFINE.job), {"bronze": READ, "silver": WRITE, "ops": WRITE})
    grants += _job(names, names.job(AGGREGATE.job), {"silver": READ, "gold": WRITE, "ops": WRITE})
    for source, settings in sorted(environment.sources.items()):
        if engine_of(settings).has_catalog:
            # The guide on crawlers asks for this on their database.
            grants += _job(names, names.crawler(source), {"discovered": WRITE}, on_databases=("ALTER", "CREATE_TABLE", "DESCRIBE"))
    grants += _steward(names, manifest)
    return tuple(grants)


def persona_grants(persona: Persona, names: Names, filtered: Iterable[str]) -> tuple[Grant, ...]:
    """What a persona is granted by tags.

    Args:
        persona: Whom.
        names: What things are called.
        filtered: The personas that some contract shows some rows only.
    """
    role = names.role_arn(names.persona(persona.name))
    layers = Condition(key=names.layer_tag, values=persona.layers)
    rows = (Condition(key=names.rows_tag(persona.name), values=(OPEN,)),) if persona.name in filtered else ()
    tables = (layers, Condition(key=names.class_tag, values=persona.classes), *rows)
    return (
        Grant(principal=role, resource=TagPolicyResource(kind="DATABASE", expression=(layers,)), permissions=("DESCRIBE",)),
        Grant(principal=role, resource=TagPolicyResource(kind="TABLE", expression=tables), permissions=READ),
        Grant(principal=role, resource=DatabaseResource(database=DEFAULT_DATABASE), permissions=("DESCRIBE",)),
    )


def named_grants(manifest: Manifest, names: Names, catalog: Catalog | None = None) -> tuple[Grant, ...]:
    """What personas are granted by name, as data cells filters don't go with tags; the filters are those of `row_filters.filters`."""
    return tuple(
        Grant(
            principal=names.role_arn(names.persona(persona)),
            resource=FilterResource(database=each.database, table=each.table, name=each.name),
            permissions=("SELECT",),
        )
        for persona, some in filters(manifest, names, catalog).items()
        for each in some
    )


def _job(
    names: Names, role: str, layers: dict[CatalogLayer, tuple[str, ...]], *, on_databases: tuple[str, ...] = ("DESCRIBE",)
) -> list[Grant]:
    """What a job is granted: whole tables, as a partial view of one breaks it, and where those lie that it writes."""
    principal = names.role_arn(role)
    of_layers = Condition(key=names.layer_tag, values=tuple(layers))
    grants = [Grant(principal=principal, resource=TagPolicyResource(kind="DATABASE", expression=(of_layers,)), permissions=on_databases)]
    for permissions in sorted(set(layers.values())):
        some = tuple(layer for layer, held in layers.items() if held == permissions)
        expression = (Condition(key=names.layer_tag, values=some),)
        grants.append(Grant(principal=principal, resource=TagPolicyResource(kind="TABLE", expression=expression), permissions=permissions))
    written = [layer for layer in DATABASES if layers.get(layer) == WRITE]
    grants += [
        Grant(principal=principal, resource=LocationResource(location=names.tables_arn(layer)), permissions=AT_LOCATION)
        for layer in written
    ]
    return grants


def _steward(names: Names, manifest: Manifest) -> list[Grant]:
    principal = names.role_arn(names.job(OPEN_ACCESS.job))
    every = (Condition(key=names.layer_tag, values=CATALOG_LAYERS),)
    databases = ("ALTER", "CREATE_TABLE", "DESCRIBE", "DROP")
    return [
        *(
            Grant(principal=principal, resource=TagResource(key=key, values=values), permissions=("ASSOCIATE", "DESCRIBE"))
            for key, values in tag_values(manifest, names).items()
        ),
        Grant(
            principal=principal,
            resource=TagPolicyResource(kind="DATABASE", expression=every),
            permissions=databases,
            grantable=databases,
        ),
        Grant(principal=principal, resource=TagPolicyResource(kind="TABLE", expression=every), permissions=STEWARD, grantable=STEWARD),
    ]


__all__ = ["DEFAULT_DATABASE", "deployed_grants", "named_grants", "persona_grants"]
