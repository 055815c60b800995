"""Where a catalog points: its statement, and what of it is told."""

from pathlib import Path

import pytest

from local.services.athena.trino.client import Answer, Trino
from local.services.athena.trino.files import Folder
from local.services.athena.trino.pointing import Target, lease

TARGET = Target("http://127.0.0.1:4566", "eu-west-1", "AKIA", "it's secret")


def test_a_quote_in_a_secret_ends_no_text() -> None:
    statement = TARGET.statement()
    assert """"s3.aws-secret-key" = 'it''s secret'""" in statement
    assert """"hive.metastore.glue.endpoint-url" = 'http://127.0.0.1:4566'""" in statement


def test_a_secret_is_in_no_description() -> None:
    assert "secret" not in repr(TARGET)
    assert "secret" not in TARGET.fingerprint


def test_another_key_of_the_same_endpoint_is_another_target() -> None:
    assert TARGET.fingerprint != Target("http://127.0.0.1:4566", "eu-west-1", "AKIA", "other").fingerprint
    assert TARGET.fingerprint == Target("http://127.0.0.1:4566", "eu-west-1", "AKIA", "it's secret").fingerprint


class Pointed(Trino):
    """A Trino that is pointed wherever one likes."""

    def run(self, sql: str, *, user: str, schema: str | None = None, scan_limit_bytes: int | None = None) -> Answer:
        return Answer((), (), 0)


def test_who_gives_up_waits_no_longer_for_the_turn_of_others(tmp_path: Path) -> None:
    trino, other = Pointed(Folder(tmp_path)), Target(TARGET.endpoint, TARGET.region, TARGET.key, "other")
    with lease(trino, TARGET):
        with pytest.raises(InterruptedError), lease(trino, other, lambda: True):
            pass
        with lease(trino, TARGET, lambda: True):
            pass
    with lease(trino, other, lambda: True):
        pass
