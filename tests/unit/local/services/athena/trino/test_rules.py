"""Rules permit what a running statement was permitted, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.services.athena.trino.files import OPERATOR, Folder
from local.services.athena.trino.rules import LISTER, Permission, Rules, rules

ANA, BEA = "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/an."
OWNER = "somebody"


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
    ],
)
def test_a_user_reads_what_was_permitted(user: str, schema: str, table: str, expected: list[str]) -> None:
    granted = [
        (ANA, [Permission("shop", frozenset({"orders"})), Permission("empty")]),
        (BEA, [Permission("scratch", frozenset({"read_elsewhere"}))]),
        (BEA, [Permission("scratch", frozenset({"old"})), Permission("scratch", frozenset({"new", "read_elsewhere"}), changes=True)]),
        (BEA, [Permission("shop", frozenset({"listed"}), listed=True)]),
    ]
    assert privileges(rules(granted), user, schema, table) == expected


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
