"""A lake outside the repository, with the sample lake absent, on a second laptop beside the first: as `docs/existing-database.md` says."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.local.lake import ROOT, Lake
from tests.local.page import Reader, blocks, clients, lake_command, shell_environment
from tests.ports import free_port

SHARED = (".venv", ".tools", "node_modules")
COPIED = ("cli", "glue_jobs", "local", "medallion", "mwaa_dags", "stacks", "app.py", "cdk.json", "pyproject.toml", "README.md", "LICENSE")
PAGE = blocks("existing-database.md")
PASSWORD = "a-long-password"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository that has no lake at all."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for name in SHARED:
        (root / name).symlink_to(ROOT / name)
    return root


@dataclass(frozen=True)
class Database:
    """A database of the reader's own, whose owner has not yet let anyone in.

    Attributes:
        owner: A connection as its owner.
        port: Where it listens on 127.0.0.1.
    """

    owner: psycopg.Connection
    port: int


@pytest.fixture(scope="module")
def database(seeded: Lake) -> Iterator[Database]:
    # Its server is the first laptop's, to the second one any server of this machine.
    store = seeded.secret("store")
    server = {"host": store["host"], "port": store["port"], "user": store["username"], "password": store["password"]}
    with psycopg.connect(dbname=store["dbname"], **server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE clinic")
        with psycopg.connect(dbname="clinic", **server, autocommit=True) as owner:
            owner.execute("CREATE TABLE visits (id bigint PRIMARY KEY, email text, fee numeric(10,2) NOT NULL, state text NOT NULL)")
            owner.execute("INSERT INTO visits VALUES (1, 'a@clinic.example', 10.50, 'paid'), (2, NULL, 20.25, 'open')")
            yield Database(owner, store["port"])
        connection.execute("DROP DATABASE clinic WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS reader")


@dataclass(frozen=True)
class Clinic:
    """What the reader of the page has at its end.

    Attributes:
        lake: The lake.
        printed: What each block of the page printed, by its heading, in order.
    """

    lake: Lake
    printed: dict[str, list[str]]


@pytest.fixture(scope="module")
def clinic(repository: Path, database: Database) -> Iterator[Clinic]:
    home = Path(tempfile.mkdtemp(prefix="reader-"))
    lake = Lake(home / "clinic-laptop", free_port(following=3), home / "clinic", repository)
    lake_command(home, repository)
    reader = Reader(repository, shell_environment(home, clients(), HOME=str(home), PGPASSWORD=PASSWORD))
    own = {"4600": str(lake.port), "5432": str(database.port), "choose-one": PASSWORD}
    printed: dict[str, list[str]] = {}
    try:
        for block in PAGE:
            if block.language == "sql":
                database.owner.execute(block.text.replace("choose-one", PASSWORD).encode())
            else:
                printed.setdefault(block.heading, []).append(reader.follow(block, own))
        yield Clinic(lake, printed)
    finally:
        if lake.home.exists():
            lake.command("down")
        shutil.rmtree(home)


def test_a_lake_outside_the_repository_deploys_and_runs_without_the_sample(clinic: Clinic, repository: Path) -> None:
    assert not (repository / "lakes").exists()
    lake = clinic.lake
    assert lake.query("SELECT id, fee FROM local_silver.visits ORDER BY id") == [{"id": 1, "fee": "10.50"}, {"id": 2, "fee": "20.25"}]
    assert lake.one("SELECT count(*) AS n FROM local_silver.visits__quarantine") == {"n": 0}
    assert set(lake.metadata_locations()) == {"local_bronze.practice__visits", "local_silver.visits", "local_silver.visits__quarantine"}


def test_the_page_leads_from_a_database_to_an_answer(clinic: Clinic) -> None:
    doctor = clinic.printed["4. The secret"][-1]
    levels = {words[1]: words[0] for line in doctor.splitlines() if len(words := line.split()) > 1}
    assert (levels["secrets"], levels["databases"], levels["templates"]) == ("ok", "ok", "fail")
    assert "2 contracts, no problem" in clinic.printed["5. Contracts"][0]
    assert "visits" in clinic.printed["6. Deploy, run, ask"][0]


def test_two_laptops_side_by_side_know_nothing_of_each_other(clinic: Clinic, lake: Lake) -> None:
    assert clinic.lake.port != lake.port
    assert "local_silver.transactions" in lake.metadata_locations()
    assert "local_silver.transactions" not in clinic.lake.metadata_locations()
    secrets = {
        name: {secret["Name"] for secret in one.client("secretsmanager").list_secrets()["SecretList"]}
        for name, one in (("clinic", clinic.lake), ("lake", lake))
    }
    assert secrets["clinic"] == {"clinic/reader"}
    assert "clinic/reader" not in secrets["lake"]


def test_destroy_leaves_no_stack_of_the_lake(clinic: Clinic) -> None:
    lake = clinic.lake
    lake.command("cdk", "destroy", "--all", "--force")
    stacks = lake.client("cloudformation").list_stacks()["StackSummaries"]
    left = {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
    assert left == {"CDKToolkit"}
    assert lake.client("glue").get_databases()["DatabaseList"] == []
