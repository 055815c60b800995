"""What an account holds of a lake is read from its APIs."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.stub import Stubber

from cli.access.live import live_state
from cli.context import Context
from medallion.manifest.access import answers
from medallion.manifest.access.permissions import Grant, Table, TableResource, Tag, TagPolicyResource
from medallion.manifest.names import CATALOG_LAYERS, Names

if TYPE_CHECKING:
    from tests.unit.aws import Clients

NAMES = Names(prefix="acme", account="123456789012", region="eu-west-1")
ROLE = NAMES.role_arn("acme-analyst")


class Account:
    """What of a command's context is asked for; moto's Glue needs what is not installed here."""

    names = NAMES

    def __init__(self, aws: "Clients") -> None:
        self._aws = aws
        self.glue = aws("glue")

    def client(self, service: str) -> Any:
        return self.glue if service == "glue" else self._aws(service)


def test_tables_tags_and_grants_of_the_lake(aws: "Clients") -> None:
    account, lake_formation = Account(aws), aws("lakeformation")
    columns: list[dict[str, Any]] = [
        {"Name": "id", "Type": "bigint"},
        {"Name": "gone", "Type": "int", "Parameters": {"iceberg.field.current": "false"}},
    ]
    tables = {"acme_silver": [{"Name": "orders", "StorageDescriptor": {"Columns": columns}}]}
    stubber = Stubber(account.glue)
    for layer in CATALOG_LAYERS:
        database = NAMES.catalog_database(layer)
        stubber.add_response("get_tables", {"TableList": tables.get(database, [])}, {"DatabaseName": database})
    # moto knows no resource without a tag.
    places: list[dict[str, Any]] = [{"Database": {"Name": NAMES.catalog_database(layer)}} for layer in CATALOG_LAYERS]
    for key, some in (("acme-class", places), ("acme-rows-analyst", [{"Table": {"DatabaseName": "acme_silver", "Name": "orders"}}])):
        lake_formation.create_lf_tag(TagKey=key, TagValues=["restricted", "open"])
        value = "open" if "rows" in key else "restricted"
        for resource in some:
            lake_formation.add_lf_tags_to_resource(Resource=resource, LFTags=[{"TagKey": key, "TagValues": [value]}])
    for resource in (
        {"Table": {"DatabaseName": "acme_silver", "Name": "orders"}},
        {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "acme-class", "TagValues": ["restricted"]}]}},
    ):
        lake_formation.grant_permissions(Principal={"DataLakePrincipalIdentifier": ROLE}, Resource=resource, Permissions=["SELECT"])

    with stubber:
        state = live_state(cast("Context", account))

    assert state.tables == (Table(database="acme_silver", name="orders", columns=("id",)),)
    assert state.database_tags["acme_silver"] == (Tag(key="acme-class", value="restricted"),)
    assert state.table_tags == {("acme_silver", "orders"): (Tag(key="acme-rows-analyst", value="open"),)}
    by_name, by_tag = sorted(state.grants, key=lambda grant: isinstance(grant.resource, TagPolicyResource))
    assert by_name == Grant(principal=ROLE, resource=TableResource(database="acme_silver", table="orders"), permissions=("SELECT",))
    assert isinstance(by_tag.resource, TagPolicyResource)
    assert state.filters == ()


def test_grants_that_it_can_t_read_are_told(aws: "Clients", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    granted = {
        "PrincipalResourcePermissions": [
            {
                "Principal": {"DataLakePrincipalIdentifier": ROLE},
                "Resource": {"LFTagPolicy": {"ResourceType": "TABLE", "ExpressionName": "everything"}},
                "Permissions": ["SELECT"],
            }
        ]
    }
    monkeypatch.setattr(answers, "items_of", lambda _, key: granted.get(key, []))
    account = Account(aws)
    stubber = Stubber(account.glue)
    for layer in CATALOG_LAYERS:
        stubber.add_response("get_tables", {"TableList": []}, {"DatabaseName": NAMES.catalog_database(layer)})
        place = {"Database": {"Name": NAMES.catalog_database(layer)}}
        if layer == CATALOG_LAYERS[0]:
            aws("lakeformation").create_lf_tag(TagKey="acme-class", TagValues=["restricted"])
        # moto knows no resource without a tag.
        aws("lakeformation").add_lf_tags_to_resource(Resource=place, LFTags=[{"TagKey": "acme-class", "TagValues": ["restricted"]}])
    with stubber:
        assert live_state(cast("Context", account)).grants == ()
    assert "not looked at: 1 of the account's grants" in capsys.readouterr().err
