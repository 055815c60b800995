"""What lies in the folder of a Trino: its configuration, its rules, its key and its certificate."""

import base64
import datetime as dt
import ipaddress
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.whole_file import write_whole

# Athena's name for the Glue catalog of an account; Trino's names have no capitals.
CATALOG = "awsdatacatalog"
AUDIENCE = "athena"
# No IAM name and no ARN can have this form, so that no caller is taken for it.
OPERATOR = "lake:operator"
CERTIFICATE_DAYS = 3650
# Of the JVM; of it, what one query may use, and what Trino does not count and needs all the same.
HEAP_MEGABYTES = 1024
_QUERY_MEGABYTES = HEAP_MEGABYTES * 6 // 10
_HEADROOM_MEGABYTES = HEAP_MEGABYTES // 5
REFRESH_SECONDS = 0.02
"""How old the rules may be that Trino goes by."""


@dataclass(frozen=True)
class Folder:
    """A Trino's folder.

    Attributes:
        path: Absolute, for the user of the laptop alone.
    """

    path: Path

    @property
    def settings(self) -> Path:
        """What the server reads as it starts."""
        return self.path / "etc"

    @property
    def rules(self) -> Path:
        """Who may do what; see `rules`."""
        return self.settings / "rules.json"

    @property
    def key(self) -> Path:
        """The secret of the tokens, as Trino reads it: base64."""
        return self.path / "key"

    @property
    def certificate(self) -> Path:
        """By which clients know the server; not secret."""
        return self.path / "certificate.pem"

    @property
    def key_and_certificate(self) -> Path:
        """By which the server proves itself."""
        return self.path / "server.pem"

    @property
    def process(self) -> Path:
        """Which process serves it."""
        return self.path / "trino.pid"

    @property
    def port(self) -> Path:
        """Where it listens on 127.0.0.1."""
        return self.path / "port"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.path / "trino.log"

    @property
    def data(self) -> Path:
        """Trino's own scratch space."""
        return self.path / "data"

    def read_key(self) -> bytes:
        """The secret of the tokens."""
        return base64.b64decode(self.key.read_bytes())

    def read_port(self) -> int:
        """Where it listens.

        Raises:
            FileNotFoundError: It was never started.
        """
        return int(self.port.read_text("ascii"))

    def prepare(self, port: int, plugins: Path) -> None:
        """Writes all that a start needs beside the rules; key and certificate stay what they were.

        Args:
            port: Where it shall listen.
            plugins: The folder of its plugins.
        """
        for folder in (self.path, self.settings, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not self.key.exists():
            write_whole(self.key, base64.b64encode(secrets.token_bytes(48)))
        if not self.key_and_certificate.exists():
            private, certificate = certificate_of_loopback(dt.datetime.now(dt.UTC))
            write_whole(self.certificate, certificate)
            write_whole(self.key_and_certificate, private + certificate)
        configuration = server_properties(self, port, plugins, secrets.token_urlsafe(48))
        write_whole(self.settings / "config.properties", properties(configuration))
        write_whole(self.settings / "access-control.properties", properties(access_control_properties(self)))
        write_whole(self.settings / "log.properties", properties({"": "WARN", "io.trino.server.Server": "INFO"}))
        write_whole(self.port, f"{port}\n".encode())

    def write_rules(self, rules: Mapping[str, object]) -> None:
        """Puts other rules in force, once `REFRESH_SECONDS` have passed."""
        write_whole(self.rules, json.dumps(rules, indent=1).encode())


def properties(values: Mapping[str, str]) -> bytes:
    """A file of Java's properties; a backslash has a meaning of its own there."""
    return "".join(f"{name}={value.replace('\\', '\\\\')}\n" for name, value in values.items()).encode()


def server_properties(folder: Folder, port: int, plugins: Path, internal_secret: str) -> dict[str, str]:
    """`config.properties`: one node, reached by HTTPS and by tokens of the folder's key, with no catalog yet.

    Args:
        folder: Whose it is.
        port: Where it listens.
        plugins: The folder of its plugins.
        internal_secret: By which the server's parts know each other.
    """
    address = f"https://127.0.0.1:{port}"
    return {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "discovery.uri": address,
        "node.internal-address": "127.0.0.1",
        "plugin.dir": str(plugins),
        "catalog.management": "dynamic",
        "catalog.store": "memory",
        "access-control.config-files": str(folder.settings / "access-control.properties"),
        # A column that is not permitted is not there.
        "hide-inaccessible-columns": "true",
        "http-server.http.enabled": "false",
        "http-server.https.enabled": "true",
        "http-server.https.port": str(port),
        "http-server.https.keystore.path": str(folder.key_and_certificate),
        "http-server.process-forwarded": "false",
        "http-server.log.enabled": "false",
        "http-server.authentication.type": "JWT",
        "http-server.authentication.jwt.key-file": str(folder.key),
        "http-server.authentication.jwt.required-audience": AUDIENCE,
        "internal-communication.https.required": "true",
        "internal-communication.shared-secret": internal_secret,
        "internal-communication.https.truststore.path": str(folder.certificate),
        "web-ui.enabled": "false",
        "query.max-memory": f"{_QUERY_MEGABYTES}MB",
        "query.max-memory-per-node": f"{_QUERY_MEGABYTES}MB",
        "memory.heap-headroom-per-node": f"{_HEADROOM_MEGABYTES}MB",
        "query.max-history": "20",
        "query.min-expire-age": "1m",
    }


def access_control_properties(folder: Folder) -> dict[str, str]:
    """`access-control.properties`: the rules are a file."""
    return {
        "access-control.name": "file",
        "security.config-file": str(folder.rules),
        "security.refresh-period": f"{REFRESH_SECONDS * 1000:.0f}ms",
    }


def certificate_of_loopback(moment: dt.datetime) -> tuple[bytes, bytes]:
    """A private key and its self-signed certificate for 127.0.0.1, in PEM.

    Args:
        moment: From when on it counts.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the laptop's Trino")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of a machine may be set back.
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret, certificate.public_bytes(serialization.Encoding.PEM)
