"""Java's trust store and proxy, of what the other tools are told: Java reads neither the system's file nor `HTTPS_PROXY`."""

import base64
import hashlib
import re
import struct
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

# Everybody knows it: it protects nothing, as what is in there is public.
PASSWORD = "changeit"  # noqa: S105
_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


def certificates(pem: bytes) -> list[bytes]:
    """The certificates of a file in PEM, each once, as DER."""
    return list(dict.fromkeys(base64.b64decode(b"".join(found.split())) for found in _CERTIFICATE.findall(pem)))


def trust_store(trusted: Iterable[bytes], moment: float) -> bytes:
    """A store in Java's own format, JKS, without the help of a `keytool`, which a small Java lacks.

    Args:
        trusted: Certificates as DER.
        moment: When they were put in, seconds since the epoch.
    """
    entries = [
        struct.pack(">I", _TRUSTED)
        + _text(f"authority-{number}")
        + struct.pack(">q", int(moment * 1000))
        + _text("X.509")
        + struct.pack(">I", len(certificate))
        + certificate
        for number, certificate in enumerate(trusted)
    ]
    content = struct.pack(">III", _MAGIC, _VERSION, len(entries)) + b"".join(entries)
    # What the format asks for: the password, a salt that is the same for all, the content.
    return content + hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + content).digest()  # noqa: S324


def java_options(environment: Mapping[str, str], store: Path) -> list[str]:
    """Options of a `java` that downloads; none where nothing is to be said.

    Args:
        environment: With `SSL_CERT_FILE` and the proxy's variables, as tools/certificates.sh leaves it.
        store: Where the trust store is written.
    """
    options = []
    bundle = environment.get("SSL_CERT_FILE")
    trusted = certificates(Path(bundle).read_bytes()) if bundle and Path(bundle).is_file() else []
    if trusted:
        store.write_bytes(trust_store(trusted, time.time()))
        options += [
            f"-Djavax.net.ssl.trustStore={store}",
            "-Djavax.net.ssl.trustStoreType=JKS",
            f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
        ]
    for scheme in ("http", "https"):
        proxy = environment.get(f"{scheme}_proxy") or environment.get(f"{scheme.upper()}_PROXY")
        if proxy:
            address = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
            options += [f"-D{scheme}.proxyHost={address.hostname}", f"-D{scheme}.proxyPort={address.port or 80}"]
    direct = environment.get("no_proxy") or environment.get("NO_PROXY")
    if direct and options:
        names = [name.strip() for name in direct.split(",") if name.strip()]
        options.append(f"-Dhttp.nonProxyHosts={'|'.join(f'*{name}' if name.startswith('.') else name for name in names)}")
    return options


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()
