"""Where a catalog points: its statement, and what of it is told."""

from local.services.athena.trino.pointing import Target

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
