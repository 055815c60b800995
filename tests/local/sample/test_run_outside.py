"""A lake outside the repository, with the sample lake absent, on a second laptop beside the first: as `docs/existing-database.md` says.

Beside its database it has documents of another kind than the sample's, and two models that are asked about them: files, and no code.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.gemini_server import KEY, GeminiServer
from tests.local.job_runs import refreshed
from tests.local.lake import ROOT, Lake
from tests.local.page import Reader, blocks, clients, lake_command, shell_environment
from tests.local.sample.clinic.notes import NOTES, TEXTS
from tests.local.waiting import until
from tests.ports import free_port

SHARED = (".venv", ".tools", "node_modules")
CODE = ("cli", "glue_jobs", "lambdas", "local", "medallion", "mwaa_dags", "stacks")
COPIED = (*CODE, "app.py", "cdk.json", "pyproject.toml", "README.md", "LICENSE")
CLINIC = Path(__file__).parent / "clinic"
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
def gemini() -> Iterator[GeminiServer]:
    with GeminiServer().running() as server:
        yield server


def add_notes(lake: Lake, gemini: GeminiServer) -> None:
    """Writes what the notes need: contracts, three sources, and the key of the model that is reached by an address."""
    shutil.copytree(CLINIC / "contracts", lake.folder / "contracts", dirs_exist_ok=True)
    sources = yaml.safe_load((CLINIC / "sources.yaml").read_text())
    sources["assistant"]["base_url"] = gemini.url
    file = lake.folder / "config" / "local.yaml"
    configuration = yaml.safe_load(file.read_text())
    configuration["sources"] |= sources
    file.write_text(yaml.safe_dump(configuration))
    lake.client("secretsmanager").create_secret(Name="clinic/gemini", SecretString=json.dumps({"api_key": KEY}))


def send_notes(lake: Lake) -> None:
    """Uploads the notes, and waits until the gate has let them in."""
    for number, text in enumerate(TEXTS):
        lake.client("s3").put_object(Bucket="local-landing-111111111111-eu-west-1", Key=f"ward/note-{number}.txt", Body=text.encode())
    until(lambda: len(lake.decisions()) == len(TEXTS), seconds=120)


@pytest.fixture(scope="module")
def clinic(repository: Path, database: Database, gemini: GeminiServer) -> Iterator[Clinic]:
    home = Path(tempfile.mkdtemp(prefix="reader-"))
    lake = Lake(home / "clinic-laptop", free_port(following=3), home / "clinic", repository)
    lake_command(home, repository)
    reader = Reader(repository, shell_environment(home, clients(), HOME=str(home), PGPASSWORD=PASSWORD))
    own = {"4600": str(lake.port), "5432": str(database.port), "choose-one": PASSWORD}
    printed: dict[str, list[str]] = {}
    try:
        for block in PAGE:
            if "lake deploy" in block.text:
                add_notes(lake, gemini)
            if "lake run" in block.text:
                send_notes(lake)
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
    bronze = {"practice__visits", "ward__notes", "reader__stays", "assistant__prescriptions"}
    silver = {f"{table}{suffix}" for table in ("visits", "stays", "prescriptions") for suffix in ("", "__quarantine")}
    assert set(lake.metadata_locations()) == {f"local_bronze.{name}" for name in bronze} | {f"local_silver.{name}" for name in silver}


def test_what_the_laptops_model_finds_in_notes_of_a_hospital_is_in_silver_with_its_words(clinic: Clinic) -> None:
    found = clinic.lake.query("SELECT ward, diagnosis, discharged_on, follow_up, words FROM local_silver.stays ORDER BY discharged_on")
    assert found == [
        {
            "ward": note.ward,
            "diagnosis": note.diagnosis,
            "discharged_on": str(note.discharged_on),
            # A model is not told that something is not so.
            "follow_up": note.follow_up or None,
            "words": note.told,
        }
        for note in NOTES
    ]
    where = "_evidence['diagnosis']"
    stands = f'substr(text, {where}.start + 1, {where}."end" - {where}.start)'
    told = clinic.lake.query(
        f"SELECT diagnosis, {stands} AS stands FROM local_bronze.reader__stays JOIN local_bronze.ward__notes USING (document_id)"
        " WHERE diagnosis IS NOT NULL ORDER BY 1"
    )
    assert told == [{"diagnosis": code, "stands": code} for code in ("I21.4", "K35.8", "O80", "U07.1")]


def test_what_silver_or_a_model_refuses_is_in_quarantine(clinic: Clinic) -> None:
    refused = "SELECT array_join(_rules, ',') AS rules, json_extract_scalar(_row, '$.{}') AS why FROM local_silver.{}__quarantine"
    assert clinic.lake.query(refused.format("diagnosis", "stays")) == [{"rules": "diagnosis.pattern", "why": "U07.1"}]
    (answer,) = clinic.lake.query(refused.format("_refused", "prescriptions"))
    assert (answer["rules"], answer["why"].partition(":")[0]) == ("answer.refused", "safety")


def test_a_model_behind_an_address_of_this_machine_is_asked_once_about_each_note(clinic: Clinic, gemini: GeminiServer) -> None:
    lake = clinic.lake
    assert sorted(gemini.seen) == sorted(TEXTS)
    found = lake.query("SELECT prescription, dose_mg FROM local_silver.prescriptions ORDER BY dose_mg")
    assert found == [
        {"prescription": f"{drug} {dose} mg", "dose_mg": dose}
        for drug, dose in (("dexamethasone", 6), ("metoprolol", 50), ("aspirin", 100), ("ibuprofen", 400))
    ]
    taken = lake.one("SELECT sum(_attempts) AS calls, sum(_cost_usd) > 0 AS paid FROM local_bronze.assistant__prescriptions")
    assert taken == {"calls": len(TEXTS), "paid": True}
    before = lake.metadata_locations()
    refreshed(lake, "local-ingest-assistant")
    assert (len(gemini.seen), lake.metadata_locations()) == (len(TEXTS), before)


def test_the_page_leads_from_a_database_to_an_answer(clinic: Clinic) -> None:
    doctor = clinic.printed["4. The secret"][-1]
    levels = {words[1]: words[0] for line in doctor.splitlines() if len(words := line.split()) > 1}
    assert (levels["secrets"], levels["databases"], levels["templates"]) == ("ok", "ok", "fail")
    assert "2 contracts, no problem" in clinic.printed["5. Contracts"][0]
    assert "visits" in clinic.printed["6. Deploy, run, ask"][-1]


def test_two_laptops_side_by_side_know_nothing_of_each_other(clinic: Clinic, lake: Lake) -> None:
    assert clinic.lake.port != lake.port
    assert "local_silver.transactions" in lake.metadata_locations()
    assert "local_silver.transactions" not in clinic.lake.metadata_locations()
    secrets = {
        name: {secret["Name"] for secret in one.client("secretsmanager").list_secrets()["SecretList"]}
        for name, one in (("clinic", clinic.lake), ("lake", lake))
    }
    assert secrets["clinic"] == {"clinic/reader", "clinic/gemini"}
    assert not secrets["clinic"] & secrets["lake"]


def test_destroy_leaves_no_stack_of_the_lake(clinic: Clinic) -> None:
    lake = clinic.lake
    lake.command("cdk", "destroy", "--all", "--force")
    stacks = lake.client("cloudformation").list_stacks()["StackSummaries"]
    left = {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
    assert left == {"CDKToolkit"}
    assert lake.client("glue").get_databases()["DatabaseList"] == []
