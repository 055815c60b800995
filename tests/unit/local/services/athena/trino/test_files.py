"""What a Trino's folder holds lets nobody in but who has the folder's key."""

import datetime as dt
import ipaddress
import stat
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.services.athena.trino.files import Folder, certificate_of_loopback, properties, server_properties

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_it_listens_by_https_alone_and_asks_for_a_token() -> None:
    given = server_properties(Folder(Path("/home/athena")), 4700, Path("/tools/plugin"), "secret")
    assert given["http-server.http.enabled"] == "false"
    assert given["http-server.authentication.type"] == "JWT"
    assert given["http-server.process-forwarded"] == "false"
    assert given["web-ui.enabled"] == "false"
    assert given["internal-communication.https.required"] == "true"
    assert [name for name in given if "insecure" in name] == []
    assert given["discovery.uri"] == "https://127.0.0.1:4700"


def test_the_secrets_are_for_their_owner_and_outlive_a_start(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "athena")
    folder.prepare(4700, Path("/tools/plugin"))
    kept = [file.read_bytes() for file in (folder.key, folder.key_and_certificate, folder.certificate)]
    configured = (folder.settings / "config.properties").read_text()

    folder.prepare(4701, Path("/tools/plugin"))

    assert [file.read_bytes() for file in (folder.key, folder.key_and_certificate, folder.certificate)] == kept
    assert len(folder.read_key()) == 48
    assert folder.read_port() == 4701
    assert (folder.settings / "config.properties").read_text() != configured
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.path.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder.path, folder.settings)} == {0o700}


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    folders = [Folder(tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        folder.prepare(4700, Path("/tools/plugin"))
    assert folders[0].read_key() != folders[1].read_key()


def test_the_certificate_is_of_the_loopback_address_and_of_its_key() -> None:
    private, public = certificate_of_loopback(NOW)
    certificate = x509.load_pem_x509_certificate(public)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert load_pem_private_key(private, None).public_key() == certificate.public_key()


def test_a_backslash_in_a_path_is_no_escape() -> None:
    assert properties({"plugin.dir": r"/srv/a\b"}) == b"plugin.dir=/srv/a\\\\b\n"
