"""Each cell of who sees what of the sample lake, a column for a persona, asked for with that persona's credentials."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from cli.access.live import live_state
from cli.context import Context
from cli.query.athena import QueryFailed, ask
from local.services.athena.trino.client import Statement
from local.services.athena.trino.pointing import Target, lease
from local.services.athena.trino.rules import Permission, Rules
from tests.local.lake import Lake
from tests.local.prepared import sample
from tests.local.shared_trino import shared_trino
from tests.sample_access import ALL, MATRIX, NONE, PERSONAS, expected

# What `make test` asks for; all of it is asked for by `make nightly`.
SOME = ("silver.households", "silver.households__quarantine")
REFUSED = re.compile(r"not authorized|Insufficient Lake Formation permission")
# What a filter of rows and a history change of what is written by hand.
ALSO = {
    "silver.campaigns__history": (ALL, NONE, ALL, ALL),
    "silver.campaigns__quarantine": (NONE, NONE, ALL, ALL),
}
DRIFTED, FOUND = "silver.products.surprise", "discovered.store_public_products"
NAMED = {**MATRIX, **ALSO}

Columns = Mapping[str, frozenset[str]]
Count = Callable[[str, object], None]


def context_of(lake: Lake) -> Context:
    return Context(lake=lake.folder, home=lake.home)


def columns_of(lake: Lake) -> Columns:
    """The columns of each table that there is, in lower case, as Athena answers them."""
    return {
        f"{table.database.removeprefix('local_')}.{table.name}": frozenset(name.lower() for name in table.columns)
        for table in live_state(context_of(lake)).tables
    }


def answered(lake: Lake, persona: str, what: str, table: str) -> set[str]:
    """The columns that Athena answers; none where it refuses."""
    try:
        return set(ask(context_of(lake), f"SELECT {what} FROM local_{table} LIMIT 1", persona)[0])
    except QueryFailed as refused:
        if not REFUSED.search(str(refused)):
            raise
        return set()


def ask_each(lake: Lake, persona: str, table: str, columns: frozenset[str], seen: set[str], count: Count) -> None:
    """Asks for all columns together, and for each that is not seen by itself."""
    together = answered(lake, persona, "*", table)
    leaks = (together - seen) | {name for name in columns - seen if answered(lake, persona, f'"{name}"', table)}
    count("cells", len(columns))
    count("leaks", len(leaks))
    assert not leaks
    assert together == seen


@pytest.mark.parametrize("table", SOME)
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_is_answered_what_it_sees(lake: Lake, persona: str, table: str, record_property: Count) -> None:
    columns = columns_of(lake)[table]
    ask_each(lake, persona, table, columns, expected(MATRIX[table][PERSONAS.index(persona)], columns), record_property)


@pytest.fixture(scope="module")
def changed() -> Iterator[Lake]:
    """A lake with a history, rows for the analyst alone, a column that drifted in, and what a crawler found."""
    with sample("run once") as lake:
        file = lake.folder / "contracts" / "sales" / "silver" / "campaigns.yaml"
        contract = yaml.safe_load(file.read_text())
        contract["schema"][0]["customProperties"] += [
            {"property": "history", "value": True},
            {"property": "rowsFor", "value": {"analyst": "type = 'A'"}},
        ]
        file.write_text(yaml.safe_dump(contract, sort_keys=False))
        lake.command("deploy")
        lake.run()
        lake.command("contracts", "discover", "store")
        server, writer = shared_trino(), "arn:aws:iam::111111111111:user/writer"
        server.wait_ready()
        permission = Permission("local_silver", frozenset({"products"}), changes=True)
        with lease(server.trino, Target.of(lake.laptop.settings)), Rules(server.folder).permitted(writer, [permission]):
            Statement(server.trino, "ALTER TABLE products ADD COLUMN surprise varchar", writer, "local_silver").run()
        yield lake


@pytest.fixture(scope="module")
def there(changed: Lake) -> Columns:
    columns = columns_of(changed)
    assert "surprise" in columns["silver.products"]
    return columns


@pytest.mark.full_size
@pytest.mark.parametrize("table", sorted(NAMED.keys() - {DRIFTED, FOUND}))
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_is_answered_what_it_sees_of_every_table(
    changed: Lake, there: Columns, persona: str, table: str, record_property: Count
) -> None:
    known = there[table] - {"surprise"}
    seen = expected(NAMED[table][PERSONAS.index(persona)], known)
    if "surprise" in there[table]:
        seen |= expected(NAMED[DRIFTED][PERSONAS.index(persona)], {"surprise"})
    ask_each(changed, persona, table, there[table], seen, record_property)


@pytest.mark.full_size
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_is_answered_what_it_sees_of_what_a_crawler_found(
    changed: Lake, there: Columns, persona: str, record_property: Count
) -> None:
    (table,) = [name for name in there if name.startswith("discovered.") and name.endswith("public_products")]
    if expected(NAMED[FOUND][PERSONAS.index(persona)], there[table]):
        # Athena reads no table of a database's crawler; that is all that it says to who may see it.
        with pytest.raises(QueryFailed, match="is not an Iceberg table"):
            answered(changed, persona, "*", table)
    else:
        ask_each(changed, persona, table, there[table], set(), record_property)


@pytest.mark.full_size
@pytest.mark.parametrize("table", ["silver.campaigns", "silver.campaigns__history"])
def test_rows_for_a_persona_are_those_that_it_is_answered(changed: Lake, table: str) -> None:
    types = f"SELECT DISTINCT type FROM local_{table}"
    assert {row["type"] for row in changed.query(types, "analyst")} == {"A"}
    assert {row["type"] for row in changed.query(types, "privacy_officer")} == {"A", "B", "C"}


@pytest.mark.full_size
def test_lake_access_says_the_same(changed: Lake, there: Columns) -> None:
    told: list[dict[str, Any]] = changed.command("access", "--json").json["tables"]
    tables = {table["table"]: table["columns"] for table in told if "(other tables)" not in table["table"]}
    assert tables.keys() == NAMED.keys() - {DRIFTED, FOUND}
    for name, columns in tables.items():
        for place, persona in enumerate(PERSONAS):
            seen = {column["column"].lower() for column in columns if column["access"][persona]["answer"] != "no"}
            assert seen == expected(NAMED[name][place], there[name] - {"surprise"}), (name, persona)
