"""Java trusts whom the other tools trust."""

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from local.services.glue.spark.runtime import SparkRuntime
from tests.unit.test_rooms import ROOT
from tools.trust_store import certificates, java_options, trust_store

# Any bytes: what is in a certificate is Java's matter.
PEM = b"".join(
    b"# A name\n-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(content) + b"-----END CERTIFICATE-----\n"
    for content in (b"first" * 40, b"second", b"first" * 40)
)


def test_each_certificate_of_a_bundle_is_taken_once() -> None:
    assert certificates(PEM) == [b"first" * 40, b"second"]


def test_a_store_ends_with_the_digest_that_java_checks() -> None:
    store = trust_store([b"one"], 0.0)
    assert store.startswith(bytes.fromhex("feedfeed 00000002 00000001 00000002"))
    assert store[-20:] == hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + store[:-20]).digest()


def test_java_reads_the_store(tmp_path: Path) -> None:
    bundle = next(
        (path for path in map(Path, ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")) if path.exists()), None
    )
    if bundle is None:
        pytest.skip("this system keeps its certificates elsewhere")
    options = java_options({"SSL_CERT_FILE": str(bundle)}, tmp_path / "trusted ü.jks")
    asked = tmp_path / "Asked.java"
    asked.write_text(
        "import javax.net.ssl.*; class Asked { public static void main(String[] a) throws Exception {"
        " var f = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()); f.init((java.security.KeyStore) null);"
        " System.out.println(((X509TrustManager) f.getTrustManagers()[0]).getAcceptedIssuers().length); } }"
    )
    done = subprocess.run(
        [SparkRuntime(ROOT).java, *options, asked], env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False
    )
    if "jdk.compiler" in done.stderr:
        pytest.skip("this Java has no compiler")
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == len(certificates(bundle.read_bytes()))


def test_java_goes_through_the_proxy_that_others_go_through(tmp_path: Path) -> None:
    environment = {"HTTPS_PROXY": "http://proxy.example:3128", "http_proxy": "other.example:80", "NO_PROXY": "localhost, .intern"}
    assert java_options(environment, tmp_path / "store") == [
        "-Dhttp.proxyHost=other.example",
        "-Dhttp.proxyPort=80",
        "-Dhttps.proxyHost=proxy.example",
        "-Dhttps.proxyPort=3128",
        "-Dhttp.nonProxyHosts=localhost|*.intern",
    ]


def test_where_nothing_is_set_java_is_told_nothing(tmp_path: Path) -> None:
    assert java_options({"SSL_CERT_FILE": str(tmp_path / "gone")}, tmp_path / "store") == []
