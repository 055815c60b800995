"""Contracts open columns one by one; everything else is as restricted as its database."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medallion.catalog.definition import definitions
from medallion.manifest.access.classes import classified_tables
from medallion.manifest.access.evaluate import access_of
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.permissions import State, Table, Tag
from medallion.manifest.access.tagging import database_tags, table_tags
from medallion.manifest.engines.registry import MODES, way_of
from medallion.manifest.model import CLASSIFICATIONS, Manifest, Persona
from medallion.manifest.names import CATALOG_LAYERS
from medallion.ops.tables import ops_definitions
from tests.unit.manifest.access.test_row_filters import ENVIRONMENT, NAMES
from tests.unit.manifest.contracts_on_disk import Lake


def classes(manifest: Manifest, catalog: dict[tuple[str, str], list[str]] | None = None) -> dict[str, dict[str, str]]:
    return {f"{table.layer}.{table.name}": dict(table.classes) for table in classified_tables(manifest, NAMES, catalog)}


def seen(state: State, persona: str, table: str) -> tuple[str, ...]:
    database, _, name = table.partition(".")
    return access_of(state, NAMES.role_arn(NAMES.persona(persona)))[f"acme_{database}", name].seen


def test_every_table_and_column_that_the_lake_makes_has_a_class(lake: Lake) -> None:
    manifest = lake.compile()
    made = {
        (definition.database, definition.name): [column.name.lower() for column in definition.columns]
        for definition in (*definitions(manifest, NAMES), *ops_definitions(NAMES))
    }
    found = {(NAMES.catalog_database(table.layer), table.name): list(table.classes) for table in classified_tables(manifest, NAMES)}
    assert found == made


def test_a_column_has_the_class_that_its_contract_says(lake: Lake) -> None:
    found = classes(lake.compile())
    own = {"id": "public", "customer": "restricted", "total": "confidential", "changed_at": "internal"}
    assert found["silver.orders"] == {**own, "_run_id": "internal", "_ingested_at": "internal"}
    assert found["silver.orders__history"] == {
        **own,
        **dict.fromkeys(("valid_from", "valid_to", "is_current", "_run_id", "_ingested_at"), "internal"),
    }
    assert found["gold.turnover"] == {"customer": "restricted", "total": "internal"}


def test_a_raw_column_is_as_strict_as_what_silver_makes_of_it(lake: Lake) -> None:
    lake.column("bronze/orders", "customer")["classification"] = "public"
    lake.table("silver/orders")["properties"].append(
        {"name": "worth", "logicalType": "string", "transformLogic": "concat(id, total)", "classification": "restricted"}
    )
    assert classes(lake.compile())["bronze.shop__orders"] == {
        "id": "restricted",
        "customer": "restricted",
        "total": "restricted",
        "changed_at": "internal",
        "_run_id": "internal",
        "_ingested_at": "internal",
    }


def test_a_refused_row_is_as_restricted_as_the_strictest_column_of_its_source(lake: Lake) -> None:
    assert classes(lake.compile())["silver.orders__quarantine"] == {
        "_input_snapshot_id": "internal",
        "_run_id": "internal",
        "_rules": "internal",
        "_row": "restricted",
        "_quarantined_at": "internal",
        "_ingested_at": "internal",
    }
    for path in ("bronze/orders", "silver/orders"):
        lake.column(path, "customer")["classification"] = "internal"
    manifest = lake.compile()
    assert classes(manifest)["silver.orders__quarantine"]["_row"] == "confidential"
    # A column that the contract once named is still in old rows.
    dropped = {("acme_bronze", "shop__orders"): ["id", "customer", "total", "changed_at", "_run_id", "_ingested_at", "email"]}
    assert classes(manifest, dropped)["silver.orders__quarantine"]["_row"] == "restricted"
    lake.table("silver/orders")["properties"].append(
        {"name": "made", "logicalType": "string", "transformLogic": "'x'", "classification": "restricted"}
    )
    assert classes(lake.compile())["silver.orders__quarantine"]["_row"] == "restricted"


def test_what_may_quote_values_in_the_tables_of_runs_is_restricted(lake: Lake) -> None:
    found = {table: some for table, some in classes(lake.compile()).items() if table.startswith("ops.")}
    closed = {f"{table}.{name}": class_ for table, some in found.items() for name, class_ in some.items() if class_ != "internal"}
    assert closed == dict.fromkeys(("ops.runs.error", "ops.runs.reason", "ops.quality_results.measured"), "restricted")


def test_only_what_tells_nothing_of_a_row_is_open_among_the_columns_that_a_reading_adds() -> None:
    closed = {column.name for mode in MODES for column in way_of(mode).adds if column.classification != "internal"}
    assert closed == {"_refused", "_evidence", "_answer"}


def test_only_opened_columns_are_tagged(lake: Lake) -> None:
    (orders,) = (table for table in table_tags(lake.compile(), NAMES) if (table.database, table.table) == ("acme_silver", "orders"))
    assert orders.tags == ()
    assert orders.columns == {
        "id": (Tag(key="acme-class", value="public"),),
        "total": (Tag(key="acme-class", value="confidential"),),
        **dict.fromkeys(("changed_at", "_run_id", "_ingested_at"), (Tag(key="acme-class", value="internal"),)),
    }


def test_a_column_that_is_not_there_yet_gets_no_tag(lake: Lake) -> None:
    catalog = {("acme_silver", "orders"): ["ID", "customer"]}
    (orders,) = (
        table for table in table_tags(lake.compile(), NAMES, catalog) if (table.database, table.table) == ("acme_silver", "orders")
    )
    assert list(orders.columns) == ["id"]


def test_every_database_is_restricted(lake: Lake) -> None:
    assert database_tags(lake.compile(), NAMES) == {
        f"acme_{layer}": (Tag(key="acme-layer", value=layer), Tag(key="acme-class", value="restricted")) for layer in CATALOG_LAYERS
    }


def test_a_column_or_a_table_that_no_contract_knows_is_restricted(lake: Lake) -> None:
    state = expected_state(ENVIRONMENT, lake.compile())
    drifted = state.model_copy(
        update={
            "tables": (
                *(
                    table.model_copy(update={"columns": (*table.columns, "email")})
                    if (table.database, table.name) == ("acme_silver", "orders")
                    else table
                    for table in state.tables
                ),
                Table(database="acme_discovered", name="shop_public_orders", columns=("id",)),
            )
        }
    )
    assert "email" in seen(drifted, "officer", "silver.orders")
    assert "email" not in seen(drifted, "engineer", "silver.orders")
    assert seen(drifted, "officer", "discovered.shop_public_orders") == ("id",)
    assert seen(drifted, "engineer", "discovered.shop_public_orders") == ()


def seen_everywhere(manifest: Manifest, persona: Persona) -> dict[tuple[str, str], set[str]]:
    state = expected_state(ENVIRONMENT, manifest.model_copy(update={"personas": (persona,)}))
    return {place: set(access.seen) for place, access in access_of(state, NAMES.role_arn(NAMES.persona(persona.name))).items()}


def never_opens(before: dict[tuple[str, str], set[str]], after: dict[tuple[str, str], set[str]]) -> bool:
    return all(after[place] <= columns for place, columns in before.items())


layers = st.lists(st.sampled_from(CATALOG_LAYERS), min_size=1, unique=True)


@given(st.integers(1, 4), layers, st.sampled_from(CLASSIFICATIONS), st.sampled_from(("id", "customer", "total", "changed_at")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_a_stricter_class_never_opens_a_column(manifest: Manifest, held: int, layers: list[str], class_: str, name: str) -> None:
    persona = Persona.model_validate({"name": "some", "description": "", "layers": layers, "classes": CLASSIFICATIONS[:held]})
    product = manifest.product("shop")
    tables = []
    for table in product.tables:
        columns = [
            column.model_copy(update={"classification": max(class_, column.classification, key=CLASSIFICATIONS.index)})
            if column.name == name
            else column
            for column in table.columns
        ]
        tables.append(table.model_copy(update={"columns": tuple(columns)}))
    stricter = manifest.model_copy(update={"products": (product.model_copy(update={"tables": tuple(tables)}),)})
    assert never_opens(seen_everywhere(manifest, persona), seen_everywhere(stricter, persona))


@given(st.lists(st.sampled_from(CLASSIFICATIONS), min_size=2, unique=True), layers, st.sampled_from(CLASSIFICATIONS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_fewer_rights_never_open_a_column(manifest: Manifest, held: list[str], layers: list[str], left_out: str) -> None:
    persona = Persona.model_validate({"name": "some", "description": "", "layers": layers, "classes": held})
    fewer = persona.model_copy(
        update={"classes": tuple(each for each in held if each != left_out), "layers": tuple(layers[1:]) or persona.layers}
    )
    assert never_opens(seen_everywhere(manifest, persona), seen_everywhere(manifest, fewer))
