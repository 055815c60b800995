"""Contracts drafted from items, and held against others."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from medallion.manifest.compiler import compile_lake
from medallion.manifest.drafting.drafts import Drafts, Unreadable
from medallion.manifest.engines.dynamodb.attribute import Attribute, ObservedItems, digits
from medallion.manifest.engines.dynamodb.item_draft import draft_items
from medallion.manifest.engines.dynamodb.item_drift import attribute_drift, item_drift
from medallion.manifest.engines.dynamodb.item_type import ItemType, attribute_of, chosen, misfits, parsed
from medallion.manifest.model import BronzeTable, Manifest, SilverTable

BIG = Decimal(10**37 + 1)


def written(value: Any) -> dict[str, Any]:
    return dict(TypeSerializer().serialize(value))


def table(*items: dict[str, Any], name: str = "members", **more: Any) -> ObservedItems:
    seen = ObservedItems(**{"name": f"live-{name}", "object": name, "key": (("id", "S"),), "recovery": True, **more})
    for item in items:
        seen.look_at({attribute: written(value) for attribute, value in item.items()})
    return seen


def drafted(*tables: ObservedItems, manifest: Manifest | None = None) -> Drafts:
    return draft_items(tables, source="crm", product="club", lake="acme", manifest=manifest)


def compiled(root: Path, drafts: Drafts) -> Manifest:
    for one in drafts.tables:
        for name, text in one.files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    return compile_lake(root)


def bronze(manifest: Manifest) -> BronzeTable:
    return next(table for table in manifest.tables("bronze") if isinstance(table, BronzeTable))


def silver(manifest: Manifest) -> SilverTable:
    return next(table for table in manifest.tables("silver") if isinstance(table, SilverTable))


@pytest.mark.parametrize(
    ("values", "type"),
    [
        ([1, 10**17], "bigint"),
        ([10**18], "decimal(38,0)"),
        ([BIG], "decimal(38,0)"),
        ([Decimal("1.5"), 2], "decimal(38,2)"),
        ([Decimal("0.0001")], "decimal(38,4)"),
        ([Decimal("0." + "1" * 38)], "decimal(38,38)"),
        ([Decimal("1E+100")], "string"),
        # 38 digits before the point and one behind it are more than a decimal has.
        ([BIG, Decimal("0.5")], "string"),
        (["x", 1], "string"),
        (["x", None], "string"),
        ([b"x"], "binary"),
        ([True], "boolean"),
        pytest.param([{"a", "b"}], "array<string>", id="a set of texts"),
        ([{1, 2}], "array<bigint>"),
        ([{b"a"}], "array<binary>"),
        ([["a"], {"b"}], "array<string>"),
        ([[{"a": 1}, {"b": "x"}]], "array<struct<a:bigint,b:string>>"),
        ([{"homeTown": "x", "rooms": [1]}], "struct<homeTown:string,rooms:array<bigint>>"),
        ([{"2024-01": 1, "2024-02": Decimal("0.25")}], "map<string,decimal(38,2)>"),
        ([{f"k{number}": 1 for number in range(60)}], "map<string,bigint>"),
    ],
    ids=str,
)
def test_a_type_holds_all_that_was_seen(values: list[Any], type: str) -> None:
    seen = Attribute.of(map(written, values))
    found = chosen(seen, [], "x")
    assert found.spark == type
    assert parsed(type) == found
    assert list(misfits(seen, found, "x")) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([None], "only ever NULL"),
        ([[]], "lists were all empty"),
        ([{}], "maps were all empty"),
        (["x", {"a": 1}], "maps in 1, text in 1"),
        ([{"a"}, {1}], "sets of numbers in 1, sets of text in 1"),
        ([{"a b": 1, "c d": "x"}], "values of several types"),
    ],
    ids=str,
)
def test_what_has_no_type_is_told(values: list[Any], told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        chosen(Attribute.of(map(written, values)), [], "x")


@given(st.integers(-(10**20), 10**20), st.integers(0, 38))
def test_the_digits_of_a_number_are_those_that_count(number: int, scale: int) -> None:
    value = Decimal(number).scaleb(-scale)
    whole, behind = digits(str(value))
    assert value == value.quantize(Decimal(1).scaleb(-behind), context=_wide())
    assert abs(value) < 10**whole or whole == behind == 0


def _wide() -> Any:
    from decimal import Context

    return Context(prec=100)


def test_both_contracts_of_a_table_compile_and_say_who_may_see_what(tmp_path: Path) -> None:
    item = {
        "id": "a",
        "points": BIG,
        "email": "a@b",
        "address": {"homeTown": "x", "rooms": [{"Name": "y"}], "phone": "1"},
        "photo": b"x",
        "preferences": {"a-b": 1},
        "select": "x",
    }
    drafts = drafted(table(item, {"id": "b"}, name="VIP-Members"))
    manifest = compiled(tmp_path, drafts)
    source, made = bronze(manifest), silver(manifest)
    assert (source.object, source.mode, source.key) == ("VIP-Members", "export", ("id",))
    assert made.name == "vip_members"
    types = {column.name: column.type for column in made.columns}
    assert types["address"] == "struct<home_town:string,rooms:array<struct<name:string>>,phone:string>"
    assert source.column("address").type == "struct<homeTown:string,rooms:array<struct<Name:string>>,phone:string>"
    assert [column.name for column in made.columns if column.required] == ["id"]
    restricted = {column.name for column in made.columns if column.classification == "restricted"}
    assert restricted == {"email", "address", "photo", "preferences"} == set(drafts.tables[0].restricted)
    assert "of 2 items" in " ".join(drafts.tables[0].notes)


def test_what_can_not_be_read_is_left_and_named(tmp_path: Path) -> None:
    item = {"id": "a", "a b": 1, "twin": 1, "Twin": 2, "_run_id": "x", "mixed": "x", "both": 1, "object": {"ok": 1, "empty": []}}
    drafts = drafted(table(item, {"id": "b", "mixed": {"a": 1}, "both": "x"}))
    left = {one.column: one.reason for one in drafts.left}
    assert set(left) == {"a b", "Twin", "_run_id", "mixed"}
    assert "maps in 1, text in 1" in left["mixed"]
    notes = " ".join(drafts.tables[0].notes)
    assert "both holds numbers in 1, text in 1: it is read as text" in notes
    assert "object.empty is left out: its lists were all empty" in notes
    assert {column.name for column in bronze(compiled(tmp_path, drafts)).columns} == {"id", "twin", "both", "object"}


def test_a_table_without_items_has_its_key_and_one_with_an_odd_key_is_refused(tmp_path: Path) -> None:
    empty = table(name="empty", key=(("id", "S"), ("at", "N")), recovery=False)
    drafts = drafted(empty, table(name="odd", key=(("the id", "S"),)))
    assert [(one.name, one.key) for one in drafts.tables] == [("empty", ("id", "at"))]
    assert [column.type for column in bronze(compiled(tmp_path, drafts)).columns] == ["string", "decimal(38,0)"]
    assert "only its key is known" in drafts.tables[0].notes[0]
    assert "recovery is off" in drafts.tables[0].notes[1]
    assert [(one.table, one.column) for one in drafts.left] == [("live-odd", None)]


def test_what_has_a_contract_is_left_as_it_is(tmp_path: Path) -> None:
    manifest = compiled(tmp_path, drafted(table({"id": "a"})))
    assert drafted(table({"id": "a"}), manifest=manifest).existing == (("live-members", "contracts/club/bronze/members.yaml"),)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": "b"}, []),
        ({"id": "b", "points": None}, []),
        ({"id": "b", "new": 1}, [("new", "added", False, "{name: new, logicalType: integer, classification: internal}")]),
        ({"id": "b", "e-mail": "x"}, [("e-mail", "added", False, "")]),
        ({"id": "b", "points": "many"}, [("points", "retyped", True, "{name: points, logicalType: string")]),
        ({"id": "b", "points": Decimal("0.5")}, [("points", "retyped", True, 'physicalType: "decimal(38,2)"')]),
        ({"id": "b", "short": 10**12}, [("short", "widened", True, "{name: short, logicalType: integer, classification")]),
        ({"id": "b", "address": {"street": "x"}}, [("address", "added", False, "")]),
        ({"id": "b", "address": {"town": ["x"]}}, [("address", "retyped", True, "logicalType: array")]),
        ({"id": "b", "tags": ["x"]}, []),
        ({"id": "b", "tags": "x"}, [("tags", "retyped", True, "{name: tags, logicalType: string")]),
    ],
    ids=str,
)
def test_a_change_at_the_source_is_told(item: dict[str, Any], expected: list[tuple[str, str, bool, str]], tmp_path: Path) -> None:
    compiled(tmp_path, drafted(table({"id": "a", "points": 1, "short": 1, "address": {"town": "x"}, "tags": {"x"}})))
    file = tmp_path / "contracts/club/bronze/members.yaml"
    file.write_text(
        file.read_text().replace(
            "name: short, logicalType: integer", "name: short, logicalType: integer, logicalTypeOptions: {format: i32}"
        )
    )
    found = item_drift([bronze(compile_lake(tmp_path))], [table(item)])
    assert [(one.column, one.kind, one.stops) for one in found] == [one[:3] for one in expected]
    for one, (*_, accept) in zip(found, expected, strict=True):
        assert accept in "".join(one.accept)
        assert bool(one.accept) == bool(accept)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [({"object": "other"}, "gone"), ({"key": (("number", "N"),)}, "key"), ({"recovery": False}, "forbidden")],
    ids=["gone", "key", "no recovery"],
)
def test_a_table_that_can_not_be_run_is_told(changed: dict[str, Any], kind: str, tmp_path: Path) -> None:
    contract = bronze(compiled(tmp_path, drafted(table({"id": "a"}))))
    assert [(one.kind, one.column, one.stops) for one in item_drift([contract], [table({"id": "a"}, **changed)])] == [(kind, None, True)]


def test_what_a_crawler_wrote_of_exports_is_held_against_the_contract(tmp_path: Path) -> None:
    contract = bronze(compiled(tmp_path, drafted(table({"id": "a", "points": 1, "tags": {"x"}, "address": {"town": "x"}}))))
    seen = {
        "id": attribute_of("struct<S:string>"),
        "points": attribute_of("struct<N:string,S:string>"),
        "tags": attribute_of("struct<SS:array<string>>"),
        "address": attribute_of("struct<M:struct<town:struct<S:string>,zip:struct<N:string>>,NULL:boolean>"),
        "price": attribute_of("struct<N:string>"),
    }
    found = attribute_drift(contract, seen, "in exports", digits_known=False)
    assert [(one.column, one.kind, one.stops) for one in found] == [
        ("points", "retyped", True),
        ("address", "added", False),
        ("price", "added", False),
    ]


@pytest.mark.parametrize(
    "type",
    ["string", "decimal(38,2)", "array<array<bigint>>", "map<string,struct<a:decimal(10,2),B:map<string,binary>>>"],
)
def test_a_type_is_read_as_it_is_written(type: str) -> None:
    found = parsed(type)
    assert isinstance(found, ItemType)
    assert found.spark == type
