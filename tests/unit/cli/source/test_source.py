"""What a command says of a source that it can't look at, and which tables a prefix leads to."""

import json
import traceback
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cli.context import Context
from cli.source.engines.postgres.catalog import object_name
from cli.source.engines.postgres.connection import connect
from cli.source.engines.postgres.tables import PostgresTables
from cli.source.engines.registry import configured, source_of
from cli.terminal.failures import Refused, Unreachable
from medallion.manifest.credentials import parse_credentials
from medallion.manifest.engines.postgres.settings import PostgresSource
from tests.unit.aws import Clients

CONFIGURATION = """
account: "111111111111"
region: eu-west-1
network: {mode: create}
sources: {shop: {engine: postgres, secret: shop/reader}, till: {engine: postgres, demo: true}}
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(CONFIGURATION)
    return Context(lake=tmp_path)


def looked_at(context: Context, name: str) -> PostgresTables:
    source = source_of(context, name)
    assert isinstance(source, PostgresTables)
    return source


@pytest.fixture
def secrets(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Secrets Manager that commands look into."""
    client = aws("secretsmanager")
    monkeypatch.setattr(Context, "client", lambda self, service: client)
    return client


def test_an_unknown_source_is_refused_with_those_that_there_are(context: Context) -> None:
    with pytest.raises(Refused, match=r"local\.yaml: sources: has no 'shp'; it has shop, till"):
        configured(context, "shp")


def secret(**fields: object) -> str:
    return json.dumps({"host": "h", "port": 5432, "dbname": "d", "username": "u", "password": "hunter2"} | fields)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(None, "does not exist in local; docs/existing-database.md shows how it is written", id="missing"),
        pytest.param('{"host": "h", "port": 1}', "dbname, username, password missing", id="incomplete"),
        pytest.param("hunter2", "is no JSON object", id="no JSON"),
        pytest.param('["hunter2"]', "is no JSON object", id="a list"),
        pytest.param(secret(port="hunter2"), "port is not a number from 1 to 65535", id="a port that is no number"),
        pytest.param(secret(port=70_000), "port is not a number from 1 to 65535", id="a port that there is not"),
        pytest.param(secret(host="", username=7), "host is empty; username is not a text", id="two fields"),
    ],
)
def test_a_secret_that_does_not_serve_is_told_in_one_line_without_its_content(
    context: Context, secrets: Any, text: str | None, told: str
) -> None:
    if text is not None:
        secrets.create_secret(Name="shop/reader", SecretString=text)
    with pytest.raises(Refused) as raised:
        looked_at(context, "shop").observed()
    assert str(raised.value).startswith(f"secret shop/reader: {told}")
    assert "\n" not in str(raised.value)
    # What is shown with LAKE_DEBUG=1 too.
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_a_port_may_be_written_as_text() -> None:
    assert parse_credentials("shop/reader", secret(port="5432")).port == 5432


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        pytest.param(
            'connection failed: connection to server at "10.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "u"\n'
            'connection to server at "10.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "u"',
            Refused,
            "username or password: h:5432/d refused them; write the right ones into the secret",
            id="a wrong password",
        ),
        pytest.param(
            'connection failed: connection to server at "10.0.0.1", port 5432 failed: FATAL:  database "d" does not exist',
            Refused,
            'h:5432/d refused the login: database "d" does not exist',
            id="no such database",
        ),
        pytest.param(
            "Multiple connection attempts failed. All failures were:\n"
            '- host: h, port: 5432, hostaddr: ::1: connection failed: connection to server at "::1", port 5432 failed: FATAL:  too many clients\n'
            '- host: h, port: 5432, hostaddr: 127.0.0.1: connection failed: connection to server at "127.0.0.1", port 5432 failed: refused',
            Unreachable,
            "h:5432/d takes no connection now: too many clients",
            id="full",
        ),
        pytest.param(
            'connection failed: connection to server at "10.0.0.1", port 5432 failed: server does not support SSL, but SSL was required',
            Refused,
            "h:5432/d: server does not support SSL, but SSL was required; `tls: false` of the source reads it without encryption",
            id="no encryption",
        ),
        pytest.param(
            'connection failed: connection to server at "10.0.0.1", port 5432 failed: Connection refused\n\tIs the server running on that host?',
            Unreachable,
            "h:5432/d does not answer: Connection refused",
            id="nobody there",
        ),
        pytest.param(
            "failed to resolve host 'h': [Errno -2] Name or service not known",
            Unreachable,
            "h:5432/d does not answer: failed to resolve host 'h': [Errno -2] Name or service not known",
            id="no such host",
        ),
    ],
)
def test_a_refused_login_is_not_called_a_server_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, said: str, error: type[Exception], told: str
) -> None:
    def refuse(**_: object) -> None:
        raise psycopg.OperationalError(said)

    monkeypatch.setattr(psycopg, "connect", refuse)
    source = PostgresSource(engine="postgres", secret="shop/reader")
    with pytest.raises(error) as raised:
        connect(parse_credentials("shop/reader", secret()), source, "shop/reader")
    assert str(raised.value) == f"secret shop/reader: {told}"


def test_a_demo_source_has_the_secret_of_its_name(context: Context, secrets: Any) -> None:
    asked: list[str] = []
    secrets.meta.events.register(
        "before-parameter-build.secrets-manager.GetSecretValue", lambda params, **_: asked.append(params["SecretId"])
    )
    with pytest.raises(Refused):
        looked_at(context, "till").observed()
    assert asked == ["local/sources/till"]


@pytest.mark.parametrize(
    ("prefix", "schema", "name", "visible", "expected"),
    [
        ("public.", "public", "orders", True, "orders"),
        ("public.", "other", "orders", False, None),
        ("public.erp_", "public", "erp_orders", True, "orders"),
        ("public.erp_", "public", "orders", True, None),
        ("public.erp_", "public", "erp_", True, None),
        ("", "public", "orders", True, "orders"),
        ("", "other", "orders", False, "other.orders"),
        ("erp_", "public", "erp_orders", True, "orders"),
        ("erp_", "other", "erp_orders", False, None),
    ],
)
def test_a_prefix_leads_to_its_tables(prefix: str, schema: str, name: str, visible: bool, expected: str | None) -> None:
    arguments: dict[str, Any] = {"visible": visible}
    assert object_name(prefix, schema, name, **arguments) == expected
