"""How a command reaches its environment."""

from pathlib import Path

import pytest

from cli.context import Context
from local.laptop import Laptop


def test_a_client_is_made_once_and_anew_where_the_laptop_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "check_up", lambda _: None)
    monkeypatch.setattr(Laptop, "client", lambda laptop, service: [laptop.endpoint, service])
    context = Context(home=tmp_path)
    (tmp_path / "port").write_text("4600")
    first = context.client("glue")
    assert context.client("glue") is first
    assert context.client("s3") == ["http://127.0.0.1:4600", "s3"]
    (tmp_path / "port").write_text("4700")
    assert context.client("glue") == ["http://127.0.0.1:4700", "glue"]
