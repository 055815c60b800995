"""Who may grant what to whom, and what is seen of it."""

import json
import threading
from typing import Any

import pytest

from local.service import ServiceError
from local.services.lakeformation.lake import DataLake
from tests.unit.local.services.lakeformation.conftest import ACCOUNT, ADMIN, ANA, JOB, Formation, columns_of, database_of, table_of, tagged

TO_TAG = ("DESCRIBE", "ALTER", "DROP", "INSERT", "SELECT", "DELETE")
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


def held(formation: Formation, principal: str, by: str = ADMIN) -> list[tuple[str, list[str], list[str]]]:
    listed = formation.call("ListPermissions", by, Principal={"DataLakePrincipalIdentifier": principal})
    found = listed["PrincipalResourcePermissions"]
    return [(next(iter(each["Resource"])), each["Permissions"], each["PermissionsWithGrantOption"]) for each in found]


def test_an_administrator_grants_and_nobody_else(formation: Formation) -> None:
    formation.grant(ANA, table_of("shop", "orders"), "SELECT", "DESCRIBE", by=ADMIN)
    assert held(formation, ANA) == [("Table", ["DESCRIBE", "SELECT"], [])]
    with pytest.raises(
        ServiceError, match=r"AccessDeniedException: Insufficient Lake Formation permission\(s\): Required SELECT with grant"
    ):
        formation.grant(JOB, table_of("shop", "orders"), "SELECT", by=ANA)


def test_who_holds_the_grant_option_grants_that_and_no_more(formation: Formation) -> None:
    formation.grant(ANA, table_of("shop", "orders"), "SELECT", grantable=True)
    formation.grant(JOB, columns_of("shop", "orders", "id"), "SELECT", by=ANA)
    for resource, permission in ((table_of("shop", "orders"), "DROP"), (table_of("shop", "items"), "SELECT")):
        with pytest.raises(ServiceError, match="AccessDenied"):
            formation.grant(JOB, resource, permission, by=ANA)


def test_one_granted_by_tags_grants_by_name_and_takes_the_default_away(formation: Formation) -> None:
    formation.call("CreateLFTag", TagKey="layer", TagValues=["silver"])
    formation.call("AddLFTagsToResource", Resource=database_of("shop"), LFTags=[{"TagKey": "layer", "TagValues": ["silver"]}])
    formation.records.make("shop", "new", id="bigint")
    formation.grant(JOB, tagged("TABLE", layer=["silver"]), *TO_TAG, grantable=True)
    formation.grant(ANA, table_of("shop", "new"), "SELECT", by=JOB)
    with pytest.raises(ServiceError, match="AccessDenied"):
        formation.grant(ANA, table_of("free", "notes"), "SELECT", by=JOB)
    formation.grant(EVERYBODY, table_of("shop", "items"), "ALL")
    everybody = {"DataLakePrincipalIdentifier": EVERYBODY}
    formation.call("RevokePermissions", JOB, Principal=everybody, Resource=table_of("shop", "items"), Permissions=["ALL"])
    of_table = formation.call("ListPermissions", JOB, Resource=table_of("shop", "new"))["PrincipalResourcePermissions"]
    assert {each["Principal"]["DataLakePrincipalIdentifier"] for each in of_table} == {ANA}


def test_others_permissions_are_seen_as_far_as_the_caller_has_them(formation: Formation) -> None:
    formation.grant(JOB, table_of("shop", "orders"), "SELECT", "DROP", grantable=True)
    formation.grant(ANA, table_of("shop", "orders"), "SELECT")
    assert held(formation, JOB, by=ANA) == [("Table", ["SELECT"], ["SELECT"])]
    assert held(formation, JOB, by=JOB) == [("Table", ["DROP", "SELECT"], ["DROP", "SELECT"])]


@pytest.mark.parametrize(
    ("principal", "resource", "permissions", "reason"),
    [
        (ANA, table_of("shop", "nope"), ["SELECT"], "EntityNotFoundException: Table not found: shop.nope"),
        (ANA, columns_of("shop", "orders", "nope"), ["SELECT"], "EntityNotFoundException: Column not found: nope"),
        (ANA, columns_of("shop", "orders", "id"), ["DROP"], "InvalidInputException: Permissions modification is invalid"),
        (ANA, database_of("shop"), ["SELECT"], "InvalidInputException: Permissions modification is invalid"),
        (ANA, tagged("TABLE", layer=["silver"]), ["SELECT"], "EntityNotFoundException: Tag key not found: layer"),
        (ANA, {"LFTagPolicy": {"ResourceType": "TABLE", "ExpressionName": "x"}}, ["SELECT"], "no resources of the kind LFTagPolicy"),
        (ANA, {"Database": {"Name": "shop", "CatalogId": "222222222222"}}, ["DROP"], "has no catalog 222222222222"),
        ("ana", table_of("shop", "orders"), ["SELECT"], "InvalidInputException: Invalid principal"),
        (ANA, table_of("shop", "orders"), [], "InvalidInputException: Permissions are missing"),
    ],
)
def test_what_means_nothing_is_refused(formation: Formation, principal: str, resource: Any, permissions: list[str], reason: str) -> None:
    with pytest.raises(ServiceError, match=reason):
        formation.grant(principal, resource, *permissions)


def test_a_batch_tells_each_failure(formation: Formation) -> None:
    entries = [
        {"Id": name, "Principal": {"DataLakePrincipalIdentifier": ANA}, "Resource": table_of("shop", name), "Permissions": ["SELECT"]}
        for name in ("orders", "nope")
    ]
    [failure] = formation.call("BatchGrantPermissions", Entries=entries)["Failures"]
    assert (failure["RequestEntry"]["Id"], failure["Error"]["ErrorCode"]) == ("nope", "EntityNotFoundException")
    assert held(formation, ANA) == [("Table", ["SELECT"], [])]
    [failure] = formation.call("BatchRevokePermissions", Entries=[*entries[:1], {**entries[0], "Id": "again"}])["Failures"]
    assert failure["RequestEntry"]["Id"] == "again"
    assert held(formation, ANA) == []


def test_permissions_of_a_path_are_those_of_what_lies_there(formation: Formation) -> None:
    formation.grant(ANA, table_of("shop", "orders"), "SELECT")
    below = formation.call("GetEffectivePermissionsForPath", ResourceArn="arn:aws:s3:::lake/shop/orders")["Permissions"]
    assert [each["Principal"]["DataLakePrincipalIdentifier"] for each in below] == [ANA]


def test_a_table_that_is_made_again_has_none_of_the_old_ones_grants(formation: Formation) -> None:
    formation.grant(ANA, table_of("shop", "orders"), "SELECT")
    formation.records.make("shop", "orders", created=2, id="bigint")
    assert held(formation, ANA) == []


def test_what_exists_keeps_the_defaults_of_its_time(formation: Formation) -> None:
    formation.call("PutDataLakeSettings", DataLakeSettings={"CreateDatabaseDefaultPermissions": [_of_everybody()]})
    formation.records.make("old")
    formation.call("PutDataLakeSettings", DataLakeSettings={})
    formation.records.make("new")
    assert formation.governing.governed_databases() == {"shop", "new"}


def test_a_database_says_itself_whether_its_tables_are_governed(formation: Formation) -> None:
    everybody = {"CreateDatabaseDefaultPermissions": [_of_everybody()], "CreateTableDefaultPermissions": [_of_everybody()]}
    formation.call("PutDataLakeSettings", DataLakeSettings=everybody)
    formation.records.make("own")
    formation.records.make("open")
    formation.records.make("open", "table", id="bigint")
    formation.guard.note_database("own", {"CreateTableDefaultPermissions": []})
    formation.records.make("own", "table", id="bigint")
    assert formation.governing.governed_databases() == {"own", "shop"}


def test_all_of_it_outlives_the_process(formation: Formation) -> None:
    formation.call("CreateLFTag", TagKey="layer", TagValues=["silver"])
    formation.call("AddLFTagsToResource", Resource=database_of("shop"), LFTags=[{"TagKey": "layer", "TagValues": ["silver"]}])
    formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake/shop", RoleArn=JOB)
    formation.grant(ANA, tagged("TABLE", layer=["silver"]), "SELECT", grantable=True)
    kept = DataLake(ACCOUNT)
    kept.load(json.loads(json.dumps(formation.lake.saved())))
    assert kept.saved() == formation.lake.saved()
    assert kept.state() == formation.lake.state()


def test_one_resource_is_changed_by_one_request_at_a_time(formation: Formation) -> None:
    refused: list[ServiceError] = []

    def grant() -> None:
        begun.wait()
        try:
            formation.grant(ANA, table_of("shop", "orders"), "SELECT")
        except ServiceError as error:
            refused.append(error)

    begun = threading.Barrier(4)
    threads = [threading.Thread(target=grant) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {error.code for error in refused} == {"ConcurrentModificationException"}


def _of_everybody() -> dict[str, Any]:
    return {"Principal": {"DataLakePrincipalIdentifier": EVERYBODY}, "Permissions": ["ALL"]}
