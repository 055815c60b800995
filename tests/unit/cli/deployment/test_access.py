"""What a deployment does about who sees what: nothing before there are tables, and nothing twice."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cli.access import differences
from cli.deployment.access import is_due, make_default_database, warn_of_drift
from cli.terminal.failures import Refused
from medallion.manifest.access.drift import Finding
from medallion.manifest.access.permissions import CatalogResource, Grant, State, Table
from medallion.manifest.names import Names

SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1")
NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
CONTEXT: Any = SimpleNamespace(names=NAMES, command="lake --env dev", configuration=SimpleNamespace(governed=True))
STEWARD = Grant(principal=NAMES.role_arn("dev-apply-access"), resource=CatalogResource(), permissions=("DESCRIBE",))
STALE = Finding(kind="by hand", who="arn:aws:iam::222222222222:role/dev-analyst", place="dev-class is restricted", detail="SELECT")
ORDERS = Table(database="dev_silver", name="orders", columns=("id",))
RELEASE, ACCESS = "/medallion/dev/applied-release", "/medallion/dev/applied-access"


def stubbed(client: Any, answer: Callable[[Stubber], None]) -> Any:
    stubber = Stubber(client)
    answer(stubber)
    stubber.activate()
    return client


def glue() -> Any:
    return SESSION.client("glue")


@pytest.mark.parametrize(
    ("values", "due"),
    [
        pytest.param({}, False, id="no table yet"),
        pytest.param({RELEASE: "r1"}, True, id="tables, and Lake Formation knows nothing"),
        pytest.param({RELEASE: "r1", ACCESS: "r1"}, True, id="another release"),
        pytest.param({RELEASE: "r2", ACCESS: "r2"}, False, id="done"),
    ],
)
def test_access_is_applied_where_there_are_tables_and_only_once_a_release(values: dict[str, str], due: bool) -> None:
    found = {"Parameters": [{"Name": name, "Value": value} for name, value in values.items()]}
    ssm = stubbed(SESSION.client("ssm"), lambda stub: stub.add_response("get_parameters", found, {"Names": [RELEASE, ACCESS]}))
    assert is_due(ssm, RELEASE, ACCESS, "r2") is due


def test_the_database_default_is_made_where_it_is_missing_and_left_alone_where_it_is_not() -> None:
    def missing(stub: Stubber) -> None:
        stub.add_client_error("get_database", "EntityNotFoundException")
        stub.add_response("create_database", {}, {"DatabaseInput": {"Name": "default", "Description": "Clients of Athena look here first"}})

    make_default_database(stubbed(glue(), missing))
    make_default_database(stubbed(glue(), lambda stub: stub.add_response("get_database", {"Database": {"Name": "default"}})))


def test_who_may_not_make_it_is_told_who_has_to() -> None:
    def refused(stub: Stubber) -> None:
        stub.add_client_error("get_database", "EntityNotFoundException")
        stub.add_client_error("create_database", "AccessDeniedException")

    with pytest.raises(Refused, match="let a data lake administrator run"):
        make_default_database(stubbed(glue(), refused))


@pytest.mark.parametrize(
    ("state", "found", "told"),
    [
        pytest.param(State(grants=(STEWARD,), tables=(ORDERS,)), (), [], id="as declared"),
        pytest.param(State(grants=(STEWARD,)), (STALE,), [], id="before the first run"),
        pytest.param(
            State(grants=(STEWARD,), tables=(ORDERS,)),
            (STALE,),
            [
                "Warning: the account is not as release r1 asks:",
                "Granted by hand:",
                f"  {STALE.who}: dev-class is restricted: SELECT",
                "Next: set right what is named above, then `lake --env dev access check --live`",
            ],
            id="a grant that was not taken back",
        ),
        pytest.param(
            State(tables=(ORDERS,)),
            (STALE,),
            [
                (
                    "Warning: these credentials see none of the lake's grants: let a data lake administrator run "
                    "`lake --env dev access check --live`"
                )
            ],
            id="no administrator",
        ),
    ],
)
def test_a_deployment_names_what_is_granted_otherwise_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: State, found: tuple[Finding, ...], told: list[str]
) -> None:
    monkeypatch.setattr(differences, "differences", lambda _: ("r1", state, found))
    warn_of_drift(CONTEXT)
    shown = capsys.readouterr()
    assert (shown.out, shown.err.splitlines()) == ("", told)


def test_who_may_not_look_is_told_who_may(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, "ListPermissions")

    monkeypatch.setattr(differences, "differences", refused)
    warn_of_drift(CONTEXT)
    assert capsys.readouterr().err.splitlines() == [
        (
            "Warning: who is granted what was not looked at (AccessDeniedException): let a data lake administrator run "
            "`lake --env dev access check --live`"
        )
    ]
