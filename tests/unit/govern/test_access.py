"""Whose contracts are applied, when that is noted, and what becomes of two runs that do the same."""

from collections.abc import Iterator

import pytest

from medallion.govern import access
from medallion.govern.access import apply_access, converge
from medallion.govern.actions import Action, TakeTags
from medallion.govern.lake_formation import LakeFormation
from medallion.manifest.access.permissions import Tag
from medallion.manifest.errors import Terminal
from medallion.manifest.files import manifest_bytes
from medallion.manifest.model import Manifest
from medallion.manifest.names import Names
from tests.unit.aws import Clients

NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
MANIFEST = Manifest(lake="acme", products=())
TAKEN = TakeTags(database="dev_silver", table="orders", tags=(Tag(key="dev-class", value="public"),))


@pytest.fixture
def deployed(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """A lake whose release `r2` is deployed, and of which Lake Formation has all already."""
    monkeypatch.setattr(access, "converge", lambda _, manifest, *__: [] if manifest == MANIFEST else None)
    monkeypatch.setattr(access, "left_to_do", lambda *_: ())
    bucket = NAMES.bucket("artifacts")
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": NAMES.region})
    aws("s3").put_object(Bucket=bucket, Key="releases/r2/manifest.json", Body=manifest_bytes(MANIFEST))
    set_parameter(aws, NAMES.parameter("transform", "release"), "r2")
    return aws


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, aws: Clients) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def set_parameter(aws: Clients, name: str, value: str) -> None:
    aws("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def applied(aws: Clients) -> list[str]:
    return [found["Value"] for found in aws("ssm").get_parameters(Names=[NAMES.applied_access])["Parameters"]]


def test_a_release_is_noted_once_the_tables_have_its_contracts_and_all_is_open(deployed: Clients) -> None:
    apply_access(NAMES, "open", "r2")
    set_parameter(deployed, NAMES.applied_release, "r1")
    apply_access(NAMES, "open", "r2")
    assert applied(deployed) == []
    set_parameter(deployed, NAMES.applied_release, "r2")
    apply_access(NAMES, "tighten", "r2")
    assert applied(deployed) == []
    apply_access(NAMES, "open", "r2")
    assert applied(deployed) == ["r2"]


def test_a_release_is_not_noted_while_something_is_open_that_its_contracts_close(
    deployed: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_parameter(deployed, NAMES.applied_release, "r2")
    monkeypatch.setattr(access, "left_to_do", lambda *arguments: (TAKEN,) if arguments[-1] == "tighten" else ())
    apply_access(NAMES, "open", "r2")
    assert applied(deployed) == []


def test_nobody_who_starts_the_job_chooses_the_contracts(deployed: Clients) -> None:
    with pytest.raises(Terminal, match="release r2 was deployed meanwhile"):
        apply_access(NAMES, "open", "r1")


def doing(monkeypatch: pytest.MonkeyPatch, left: Iterator[tuple[Action, ...]], refusals: int) -> list[int]:
    """Lets that much be left to do each time, and the first attempts be refused; gives how many actions each attempt had."""
    attempts: list[int] = []

    def attempt(_: LakeFormation, actions: tuple[Action, ...]) -> None:
        attempts.append(len(actions))
        if len(attempts) <= refusals:
            raise Terminal("lakeformation batch_revoke_permissions: InvalidInputException")

    monkeypatch.setattr(access, "left_to_do", lambda *_: next(left))
    monkeypatch.setattr(access, "apply", attempt)
    return attempts


def test_what_another_run_has_done_meanwhile_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = doing(monkeypatch, iter([(TAKEN, TAKEN), (TAKEN,)]), refusals=1)
    assert len(converge(LakeFormation(NAMES), MANIFEST, NAMES, "tighten")) == 1
    assert attempts == [2, 1]


def test_what_stays_to_be_done_and_is_refused_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = doing(monkeypatch, iter([(TAKEN,), (TAKEN,)]), refusals=2)
    with pytest.raises(Terminal, match="InvalidInputException"):
        converge(LakeFormation(NAMES), MANIFEST, NAMES, "tighten")
    assert attempts == [1, 1]
