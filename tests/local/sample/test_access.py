"""Who sees what of the sample lake, by what is deployed and what a run has made."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from bench.without_airflow import without_airflow
from cli.access.live import live_state
from cli.context import Context
from cli.deployment.deployed import deployed_manifest
from cli.query.athena import QueryFailed
from medallion.manifest.access.drift import access_drift
from medallion.manifest.access.permissions import IAM_ALLOWED_PRINCIPALS, State
from tests.local.lake import Lake, up
from tests.local.prepared import GROCER, sample
from tests.ports import free_port

# What the demo asks.
EMAIL = GROCER / "email.sql"
NOT_THERE = "Column 'email' cannot be resolved or requester is not authorized to access requested resources"
ACCOUNT = "111111111111"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def context_of(lake: Lake) -> Context:
    return Context(lake=lake.folder, home=lake.home)


def drift(lake: Lake) -> Any:
    """How the account differs from what its contracts ask."""
    context = context_of(lake)
    return access_drift(context.configuration, deployed_manifest(context)[1], live_state(context))


def tell_apart(lake: Lake) -> None:
    """The analyst is refused the e-mail column, and the privacy officer sees it."""
    with pytest.raises(QueryFailed, match=NOT_THERE):
        lake.query(EMAIL.read_text(), "analyst")
    assert "@" in lake.query(EMAIL.read_text(), "privacy_officer")[0]["email"]


def test_the_analyst_is_refused_the_email_column_and_the_privacy_officer_sees_it(lake: Lake) -> None:
    tell_apart(lake)


def test_whoever_names_nobody_asks_as_the_environment_says(lake: Lake) -> None:
    told = lake.command("query", "--file", str(EMAIL), fails=True)
    assert told.err.splitlines() == [
        f"COLUMN_NOT_FOUND: line 2:8: {NOT_THERE}",
        "Asked as data_engineer; `lake access` shows who sees what.",
    ]


def test_refused_rows_are_shown_as_far_as_they_are_seen(lake: Lake) -> None:
    told = lake.command("quarantine", "list", "households", "--json")
    assert told.json
    assert {name for row in told.json for name in row} == {"_quarantined_at", "_run_id", "_rules"}
    assert told.err == "data_engineer does not see _row; --as PERSONA asks as another.\n"


def test_the_account_is_as_the_contracts_ask(lake: Lake) -> None:
    assert drift(lake) == ()


def clients(lake: Lake, **keys: Any) -> Any:
    """Athena with some keys."""
    return boto3.client("athena", endpoint_url=lake.laptop.endpoint, region_name="eu-west-1", **keys)


@pytest.fixture(scope="module")
def results(seeded: Lake) -> str:
    """A query of the privacy officer's that has an answer."""
    query = seeded.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="local-privacy-officer")
    return str(query["QueryExecutionId"])


def wrong_keys() -> Iterator[Any]:
    """What is changed of keys that are good, and how they are refused."""
    yield pytest.param({}, {"aws_secret_access_key": "x" * 40}, "SignatureDoesNotMatch|InvalidSignature", id="another secret")
    yield pytest.param({}, {"aws_session_token": "x" * 80}, "InvalidClientTokenId|UnrecognizedClient", id="another token")
    yield pytest.param({}, {"aws_session_token": None}, "InvalidClientTokenId|UnrecognizedClient", id="no token")
    yield pytest.param({}, {"config": Config(signature_version=UNSIGNED)}, "MissingAuthenticationToken|AccessDenied", id="no signature")
    # On AWS a session lasts for 15 minutes at least.
    yield pytest.param({"DurationSeconds": -1}, {}, "ExpiredToken", id="expired")


@pytest.mark.parametrize(("asked", "changed", "refused"), list(wrong_keys()))
def test_credentials_that_are_not_right_get_nothing(
    lake: Lake, results: str, asked: dict[str, Any], changed: dict[str, Any], refused: str
) -> None:
    root = lake.laptop.client_environment()
    sts = boto3.client(
        "sts",
        endpoint_url=lake.laptop.endpoint,
        region_name="eu-west-1",
        aws_access_key_id=root["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=root["AWS_SECRET_ACCESS_KEY"],
        config=Config(parameter_validation=False),
    )
    given = sts.assume_role(RoleArn=role("local-privacy-officer"), RoleSessionName="test", **asked)["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    athena = clients(lake, **{**keys, **changed})
    with pytest.raises(ClientError, match=refused):
        athena.start_query_execution(QueryString=EMAIL.read_text(), WorkGroup="local-privacy-officer")
    with pytest.raises(ClientError, match=refused):
        athena.get_query_results(QueryExecutionId=results)


def held(state: State) -> set[Any]:
    """Every permission, tag and filter, whatever the order of an answer."""
    permissions = {(grant.principal, grant.resource, permission) for grant in state.grants for permission in grant.permissions}
    tags = {
        (place, tag) for some in (state.database_tags, state.table_tags, state.column_tags) for place, all in some.items() for tag in all
    }
    return {*permissions, *tags, *state.filters, *state.admins}


@pytest.mark.full_size
def test_a_second_deploy_changes_nothing_and_a_persona_that_goes_takes_its_own_grants_alone() -> None:
    with sample("run once") as lake:
        before = held(live_state(context_of(lake)))
        lake.command("deploy")
        assert held(live_state(context_of(lake))) == before

        for name in ("personas", "local"):
            file = lake.folder / "config" / f"{name}.yaml"
            said = yaml.safe_load(file.read_text())
            del (said["personas"] if name == "local" else said)["bi_reader"]
            file.write_text(yaml.safe_dump(said))
        for file in (lake.folder / "queries").glob("*.sql"):
            file.write_text(file.read_text().replace(", bi_reader\n", "\n"))
        lake.command("deploy")
        after = held(live_state(context_of(lake)))
        assert not after - before
        assert {each[0] for each in before - after} == {role("local-bi-reader")}
        assert not [each for each in after if each[0] == role("local-bi-reader")]
        assert "local-bi-reader" not in {one["RoleName"] for one in lake.client("iam").list_roles()["Roles"]}
        assert drift(lake) == ()
        tell_apart(lake)


@pytest.mark.full_size
@pytest.mark.parametrize("mode", ["manage", "adopt"])
def test_a_lake_comes_into_an_account_where_lake_formation_is_in_charge(mode: str) -> None:
    home = Path(tempfile.mkdtemp(prefix="laptop-"))
    try:
        with up(Lake(home, free_port(following=3), without_airflow(GROCER, home))) as lake:
            file = lake.folder / "config" / "local.yaml"
            file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "lake_formation": mode}))
            formation, steward, deploying = (
                lake.client("lakeformation"),
                {"DataLakePrincipalIdentifier": role("steward")},
                {"DataLakePrincipalIdentifier": role(f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-west-1")},
            )
            # Whoever runs Lake Formation makes it one before a lake adopts that.
            admins = [steward, deploying] if mode == "adopt" else [steward]
            closed: dict[str, list[Any]] = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
            formation.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins, **closed})
            formation.revoke_permissions(
                Principal={"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS},
                Resource={"Catalog": {}},
                Permissions=["CREATE_DATABASE"],
            )
            before = formation.get_data_lake_settings()["DataLakeSettings"]
            lake.command("deploy")
            settings = formation.get_data_lake_settings()["DataLakeSettings"]
            assert settings == {**before, "DataLakeAdmins": [steward, deploying]}
            assert {name: settings[name] for name in closed} == closed
            lake.command("seed", "--rows", "50")
            lake.run()
            assert drift(lake) == ()
            tell_apart(lake)
    finally:
        shutil.rmtree(home)
