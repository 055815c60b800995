"""What Lake Formation does not grant is not there: not in an answer, not in a plan, and not in a message."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.laptop import Laptop
from local.services.athena.trino.server import Server
from tests.local.athena.bypasses import SECRETS, Attempt, attempts
from tests.local.athena.personas import ACCOUNT, DATABASE, DESCRIBED, SEEN, Household, Persona, columns_of, table_of
from tests.local.athena.suite import Refused

# Of the attempts that all of `make nightly` makes.
EVERY = 12

Tried = Callable[[Attempt], None]


@pytest.fixture(scope="module")
def household(writable: Laptop, server: Server) -> Household:
    return Household(writable, server)


@pytest.fixture(scope="module")
def analyst(household: Household) -> Persona:
    """Some columns of the people, the sales of the north, and views; nothing of the vault."""
    views = (table_of(name, "SELECT", "DESCRIBE") for name in ("named", "everything", "forged"))
    household.forge("forged", "SELECT email FROM clients.people", owner="lake:filterer")
    analyst = household.persona(
        "analyst", DESCRIBED, columns_of("people", *SEEN, "note"), household.filter("north", "region = 'north'"), *views, scratch=SCRATCH
    )
    analyst.ask("CREATE TABLE scratch.kept WITH (location = 's3://lake/scratch/kept/') AS SELECT name FROM people")
    household.root.ask("PREPARE stolen FROM SELECT email FROM people", "analyst")
    return analyst


SCRATCH = {"Action": "s3:*", "Resource": "arn:aws:s3:::lake/scratch/*"}


@pytest.fixture(scope="module")
def officer(household: Household) -> Persona:
    """Everything."""
    return household.persona("officer", DESCRIBED, *(table_of(name, "SELECT", "DESCRIBE") for name in ("people", "sales", "vault")))


def test_a_star_has_the_columns_that_are_granted(analyst: Persona, officer: Persona) -> None:
    assert analyst.ask("SELECT * FROM people ORDER BY id")[:2] == [list(SEEN), ["1", "ann", "north", "A"]]
    assert officer.columns("SELECT * FROM people") == ["id", "name", "email", "region", "secret", "city", "note"]
    assert officer.ask('SELECT count(*) FROM "people$files"')[1] != ["0"]


def test_rows_that_a_filter_leaves_out_are_not_there(analyst: Persona, officer: Persona) -> None:
    assert analyst.ask("SELECT count(*), sum(amount) FROM sales")[1] == ["1", "10"]
    assert officer.ask("SELECT count(*), sum(amount) FROM sales")[1] == ["3", "60"]


@pytest.fixture
def tried(household: Household, analyst: Persona, record_property: Callable[[str, object], None]) -> Tried:
    """Makes an attempt, and counts it."""

    def tried(attempt: Attempt) -> None:
        sql = attempt.sql.replace("{first}", household.first_snapshot)
        try:
            answer, reason = json.dumps(analyst.ask(sql)), None
        except Refused as refused:
            answer, reason = "", str(refused)
        # What the analyst does not see, apart from what its own statement has: names of columns in an answer, and values anywhere.
        leaks = [name for name in ("email", "secret", "gone", "town") if name in answer.lower() and name not in sql.lower()]
        leaks += [value for value in SECRETS if value in (reason or answer) and value not in sql]
        if attempt.refused is not None and reason is None:
            leaks.append(answer)
        record_property("bypasses", 1)
        record_property("leaks", bool(leaks))
        assert not leaks, answer or reason
        assert (reason is None) == (attempt.refused is None), reason
        assert reason is None or re.search(str(attempt.refused), reason), reason

    return tried


def some(*, of_nightly: bool) -> list[Any]:
    return [pytest.param(attempt, id=attempt.sql) for place, attempt in enumerate(attempts()) if (place % EVERY != 0) == of_nightly]


@pytest.mark.parametrize("attempt", some(of_nightly=False))
def test_no_way_leads_around_a_grant(tried: Tried, attempt: Attempt) -> None:
    tried(attempt)


@pytest.mark.full_size
@pytest.mark.parametrize("attempt", some(of_nightly=True))
def test_no_other_way_leads_around_a_grant(tried: Tried, attempt: Attempt) -> None:
    tried(attempt)


def test_a_hundred_ways_are_tried() -> None:
    assert len(list(attempts())) >= 100


def test_the_catalog_shows_what_is_granted(analyst: Persona) -> None:
    athena, glue = analyst.clients("athena"), analyst.clients("glue")
    [people] = [
        table
        for table in athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=DATABASE)["TableMetadataList"]
        if table["Name"] == "people"
    ]
    assert [column["Name"] for column in people["Columns"]] == [*SEEN, "note"]
    listed = {table["Name"] for table in glue.get_tables(DatabaseName=DATABASE)["TableList"]}
    assert listed == {"people", "sales", "named", "everything", "forged"}
    with pytest.raises(ClientError, match=r"AccessDenied.*Required Describe on vault"):
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=DATABASE, TableName="vault")
    with pytest.raises(ClientError, match=r"AccessDenied.*Required Alter on people"):
        glue.update_table(DatabaseName=DATABASE, TableInput={"Name": "people"})
    with pytest.raises(ClientError, match=r"not authorized to perform: lakeformation:GrantPermissions"):
        analyst.clients("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/analyst"}, **table_of("vault", "SELECT")
        )


def test_the_files_and_icebergs_own_catalog_are_closed(household: Household, analyst: Persona, officer: Persona) -> None:
    location = household.laptop.client("glue").get_table(DatabaseName=DATABASE, Name="people")["Table"]["Parameters"]["metadata_location"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    for persona in (analyst, officer):
        with pytest.raises(ClientError, match=r"AccessDenied|403|Forbidden"):
            persona.clients("s3").get_object(Bucket=bucket, Key=key)
    assert household.iceberg(analyst, f"namespaces/{DATABASE}/tables/people") == 403
    assert household.iceberg(analyst, "namespaces") == 403
    assert household.iceberg(officer, f"namespaces/{DATABASE}/tables/people") == 200


def test_anothers_results_can_not_be_read(analyst: Persona, officer: Persona) -> None:
    execution = officer.run("SELECT email FROM people")
    with pytest.raises(ClientError, match="AccessDenied"):
        analyst.clients("athena").get_query_results(QueryExecutionId=execution)
    with pytest.raises(ClientError, match=r"AccessDenied|403"):
        analyst.clients("s3").get_object(Bucket="results", Key=f"officer/{execution}.csv")


def test_without_data_access_or_a_role_that_reads_nothing_is_read(household: Household) -> None:
    all_of_people = table_of("people", "SELECT", "DESCRIBE")
    without = household.persona("without", DESCRIBED, all_of_people, data_access=False)
    with pytest.raises(Refused, match="not authorized to perform: lakeformation:GetDataAccess"):
        without.ask("SELECT * FROM people")
    within = household.persona("within", DESCRIBED, all_of_people)
    assert within.ask("SELECT count(*) FROM people")[1] == ["4"]
    arn = f"arn:aws:s3:::lake/{DATABASE}"
    household.lake.deregister_resource(ResourceArn=arn)
    try:
        with pytest.raises(Refused, match=r"Access Denied \(Service: Amazon S3"):
            within.ask("SELECT count(*) FROM people")
    finally:
        household.lake.register_resource(ResourceArn=arn, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/location")


def test_cells_of_two_filters_are_united(household: Household) -> None:
    south = household.filter("south_amounts", "region = 'south'", "id", "amount")
    mixed = household.persona("mixed", DESCRIBED, household.filter("north_all", "region = 'north'"), south)
    assert mixed.ask("SELECT id, amount, code FROM sales ORDER BY id") == [
        ["id", "amount", "code"],
        ["1", "10", "s-one"],
        ["2", "20", None],
        ["3", "30", None],
    ]


def test_a_column_that_is_no_more_is_not_seen_by_who_sees_all_that_are(household: Household) -> None:
    named = household.persona("named", DESCRIBED, columns_of("people", "id", "name", "email", "region", "secret", "city", "note"))
    assert "gone" not in named.columns(f"SELECT * FROM people FOR VERSION AS OF {household.first_snapshot}")
    with pytest.raises(Refused, match="COLUMN_NOT_FOUND"):
        named.ask(f"SELECT gone FROM people FOR VERSION AS OF {household.first_snapshot}")
    with pytest.raises(Refused, match="Required Select on all columns"):
        named.ask('SELECT * FROM "people$files"')


def test_what_is_taken_away_is_gone_at_once(household: Household) -> None:
    grant = columns_of("people", "id")
    passing = household.persona("passing", DESCRIBED, grant)
    assert passing.columns("SELECT * FROM people") == ["id"]
    principal = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/passing"}
    household.lake.revoke_permissions(Principal=principal, **grant)
    with pytest.raises(Refused, match="Insufficient Lake Formation permission"):
        passing.ask("SELECT * FROM people")


@pytest.mark.full_size
def test_grants_outlive_the_process(household: Household, analyst: Persona) -> None:
    before = household.lake.list_permissions(MaxResults=1000)["PrincipalResourcePermissions"]
    household.laptop.down()
    household.laptop.up()
    assert household.lake.list_permissions(MaxResults=1000)["PrincipalResourcePermissions"] == before


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Settings": {
            "Type": "AWS::LakeFormation::DataLakeSettings",
            "Properties": {
                "MutationType": "APPEND",
                "Admins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/deployer"}],
                "CreateTableDefaultPermissions": [],
            },
        },
        "Location": {
            "Type": "AWS::LakeFormation::Resource",
            "Properties": {
                "ResourceArn": "arn:aws:s3:::lake/elsewhere",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/location",
                "UseServiceLinkedRole": False,
            },
        },
        "Class": {"Type": "AWS::LakeFormation::Tag", "Properties": {"TagKey": "of-stack", "TagValues": ["open", "closed"]}},
        "Tagged": {
            "Type": "AWS::LakeFormation::TagAssociation",
            "Properties": {
                "Resource": {"Database": {"CatalogId": ACCOUNT, "Name": DATABASE}},
                "LFTags": [{"CatalogId": ACCOUNT, "TagKey": {"Ref": "Class"}, "TagValues": ["closed"]}],
            },
        },
        "Granted": {
            "Type": "AWS::LakeFormation::PrincipalPermissions",
            "Properties": {
                "Principal": {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/analyst"},
                "Resource": {
                    "LFTagPolicy": {
                        "CatalogId": ACCOUNT,
                        "ResourceType": "TABLE",
                        "Expression": [{"TagKey": {"Ref": "Class"}, "TagValues": ["open"]}],
                    }
                },
                "Permissions": ["SELECT"],
                "PermissionsWithGrantOption": [],
            },
        },
        "Filter": {
            "Type": "AWS::LakeFormation::DataCellsFilter",
            "Properties": {
                "TableCatalogId": ACCOUNT,
                "DatabaseName": DATABASE,
                "TableName": "sales",
                "Name": "of_stack",
                "RowFilter": {"FilterExpression": "amount > 5"},
                "ColumnWildcard": {},
            },
        },
    }
}


def test_a_stack_makes_changes_and_removes_all_of_it(household: Household, analyst: Persona) -> None:
    stacks, lake = household.laptop.client("cloudformation"), household.lake
    before = lake.get_data_lake_settings()["DataLakeSettings"]
    principal = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/analyst"}

    def granted() -> list[list[str]]:
        found = lake.list_permissions(Principal=principal, ResourceType="LF_TAG_POLICY_TABLE")["PrincipalResourcePermissions"]
        return [each["Permissions"] for each in found]

    stacks.create_stack(StackName="governing", TemplateBody=json.dumps(TEMPLATE))
    stacks.get_waiter("stack_create_complete").wait(StackName="governing", WaiterConfig={"Delay": 1})
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    # As on AWS, an empty list of defaults changes nothing.
    assert settings["CreateTableDefaultPermissions"] == before["CreateTableDefaultPermissions"] != []
    assert {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/deployer"} in settings["DataLakeAdmins"]
    assert lake.get_resource_lf_tags(Resource={"Database": {"Name": DATABASE}})["LFTagOnDatabase"][0]["TagValues"] == ["closed"]
    assert granted() == [["SELECT"]]
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Granted"]["Properties"]["Permissions"] = ["DESCRIBE"]
    changed["Resources"]["Class"]["Properties"]["TagValues"] = ["open", "closed", "new"]
    stacks.update_stack(StackName="governing", TemplateBody=json.dumps(changed))
    stacks.get_waiter("stack_update_complete").wait(StackName="governing", WaiterConfig={"Delay": 1})
    assert granted() == [["DESCRIBE"]]
    assert lake.get_lf_tag(TagKey="of-stack")["TagValues"] == ["open", "closed", "new"]
    stacks.delete_stack(StackName="governing")
    stacks.get_waiter("stack_delete_complete").wait(StackName="governing", WaiterConfig={"Delay": 1})
    assert granted() == []
    assert lake.get_data_lake_settings()["DataLakeSettings"] == before
    assert "of-stack" not in [tag["TagKey"] for tag in lake.list_lf_tags()["LFTags"]]
    filters = lake.list_data_cells_filter(Table={"DatabaseName": DATABASE, "Name": "sales"})["DataCellsFilters"]
    assert "of_stack" not in [each["Name"] for each in filters]
