"""Rules permit what a running statement was permitted, and nothing else."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.services.athena.trino.files import OPERATOR, Folder
from local.services.athena.trino.rules import FILTERER, LISTER, Limits, Permission, Rules, rules

ANA, BEA = "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/an."
OWNER = "somebody"
LIMITED = Permission("closed", frozenset({"orders"}), limits=Limits(frozenset({"email"}), "id > 1", (("code", "id > 2"),)))


def privileges(written: dict[str, Any], user: str, schema: str, table: str) -> list[str]:
    """The first rule counts, as in Trino."""
    for rule in written["tables"]:
        asked = (("user", user), ("catalog", "awsdatacatalog"), ("schema", schema), ("table", table))
        if all(re.fullmatch(rule.get(key, ".*"), value) for key, value in asked):
            return list(rule["privileges"])
    return ["all"]


def test_no_kind_of_right_is_left_to_trinos_default() -> None:
    kinds = {"catalogs", "schemas", "tables", "functions", "procedures", "queries", "impersonation", "system_information"}
    assert rules(()).keys() == kinds | {"system_session_properties", "catalog_session_properties"}


@pytest.mark.parametrize(
    ("user", "schema", "table", "expected"),
    [
        (ANA, "shop", "orders", ["SELECT"]),
        (ANA, "shop", "orders$files", ["SELECT"]),
        (ANA, "shop", "orders_of_others", []),
        (ANA, "shops", "orders", []),
        (ANA, "system", "iceberg_tables", []),
        (BEA, "shop", "orders", []),
        (BEA, "scratch", "new", ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]),
        (BEA, "scratch", "old", ["SELECT"]),
        (BEA, "scratch", "read_elsewhere", ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]),
        (BEA, "shop", "listed", ["UPDATE"]),
        (LISTER, "shop", "of_nobody", ["UPDATE"]),
        (LISTER, "system", "iceberg_tables", []),
        (OWNER, "shop", "orders", ["SELECT", "GRANT_SELECT"]),
        (OWNER, "shop", "of_nobody", []),
        (OWNER, "shop", "listed", []),
        (OPERATOR, "shop", "of_nobody", []),
        (ANA, "closed", "orders", ["SELECT"]),
        (ANA, "closed", "orders$files", []),
        (OWNER, "closed", "orders", []),
        (OWNER, "closed", "items", []),
        (FILTERER, "closed", "orders", ["SELECT"]),
        (FILTERER, "closed", "orders$files", []),
        (FILTERER, "closed", "items", []),
    ],
)
def test_a_user_reads_what_was_permitted(user: str, schema: str, table: str, expected: list[str]) -> None:
    granted = [
        (ANA, [Permission("shop", frozenset({"orders"})), Permission("empty"), LIMITED]),
        (BEA, [Permission("closed", frozenset({"items"}))]),
        (BEA, [Permission("scratch", frozenset({"read_elsewhere"}))]),
        (BEA, [Permission("scratch", frozenset({"old"})), Permission("scratch", frozenset({"new", "read_elsewhere"}), changes=True)]),
        (BEA, [Permission("shop", frozenset({"listed"}), listed=True)]),
    ]
    assert privileges(rules(granted, {"closed"}), user, schema, table) == expected


def test_of_a_limited_table_columns_are_hidden_and_rows_filtered() -> None:
    open_too, listed = Permission("closed", frozenset({"orders"})), replace(LIMITED, listed=True)
    found = [rule for rule in rules([(ANA, [open_too, listed, LIMITED])], {"closed"})["tables"] if rule.get("user") == re.escape(ANA)]
    # The first that fits counts.
    assert found[0]["columns"] == [
        {"name": "email", "allow": False},
        {"name": "code", "mask": 'CASE WHEN id > 2 THEN "code" END', "mask_environment": {"user": FILTERER}},
    ]
    assert (found[0]["filter"], found[0]["filter_environment"]) == ("id > 1", {"user": FILTERER})
    assert [rule["privileges"] for rule in found] == [["SELECT"]] * 3
    # Trino shows all columns to whoever has another privilege than SELECT.
    assert found[2]["columns"] == [{"name": "email", "allow": False}]
    assert found[2]["filter"] == "false"


def test_of_two_statements_that_know_a_table_with_other_limits_each_sees_what_neither_hides() -> None:
    later = replace(LIMITED, limits=Limits(frozenset({"phone"}), "id > 3", (("code", "id > 2"), ("name", "id > 4"))))
    for granted in ([LIMITED, later], [later, LIMITED]):
        [found] = [rule for rule in rules([(ANA, granted)], {"closed"})["tables"] if rule.get("user") == re.escape(ANA)]
        assert found["filter"] == "(id > 1) AND (id > 3)"
        assert [column["name"] for column in found["columns"] if not column.get("allow", True)] == ["email", "phone"]
        assert [column["mask"] for column in found["columns"] if "mask" in column] == [
            'CASE WHEN id > 2 THEN "code" END',
            'CASE WHEN id > 4 THEN "name" END',
        ]


def test_a_permission_lasts_as_long_as_its_statement(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.settings.mkdir()
    asked = Rules(folder)

    def written() -> dict[str, Any]:
        return dict(json.loads(folder.rules.read_bytes()))

    orders, items = (Permission("shop", frozenset({table})) for table in ("orders", "items"))
    with asked.permitted(ANA, [orders]), asked.permitted(ANA, [items]):
        assert privileges(written(), ANA, "shop", "orders") == ["SELECT"]
        assert privileges(written(), ANA, "shop", "items") == ["SELECT"]
    with asked.permitted(BEA, ()):
        assert privileges(written(), ANA, "shop", "orders") == []
