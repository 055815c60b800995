"""Trino's archives are the locked ones, byte for byte, or the set-up stops; what the laptop does not need is left out."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tools import trino


def test_ivy_is_asked_for_each_locked_archive_and_nothing_else() -> None:
    dependencies = ET.fromstring(trino.ivy_module(trino.locked())).findall("dependencies/dependency")
    assert [(found.get("name"), found.get("rev"), found[0].get("ext"), found.get("transitive")) for found in dependencies] == [
        ("trino-server-core", "476", "tar.gz", "false"),
        ("trino-iceberg", "476", "zip", "false"),
    ]


def test_a_mirror_is_used_where_one_is_named() -> None:
    assert ET.fromstring(trino.ivy_settings(None)).findall("resolvers/ibiblio")[0].get("root") is None
    named = ET.fromstring(trino.ivy_settings("https://mirror/a&b/"))
    assert named.findall("resolvers/ibiblio")[0].get("root") == "https://mirror/a&b/"


def test_an_archive_that_is_not_the_locked_one_stops_the_set_up(tmp_path: Path) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "a-1.zip").write_bytes(b"right")
    trino.check({"a-1.zip": hashlib.sha256(b"right").hexdigest()}, downloads)
    with pytest.raises(SystemExit, match=r"a-1\.zip has another SHA-256"):
        trino.check({"a-1.zip": hashlib.sha256(b"wrong").hexdigest()}, downloads)
    assert not downloads.exists()


def test_of_the_core_the_class_path_is_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "trino-server-core-476.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("lib/a.jar", "plugin/geospatial/b.jar", "bin/launcher"):
            member = tarfile.TarInfo(f"trino-server-core-476/{name}")
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
    trino.unpack(archive, tmp_path / "trino")
    assert [str(path.relative_to(tmp_path / "trino")) for path in (tmp_path / "trino").rglob("*.*")] == ["lib/a.jar"]


def test_of_a_plugin_what_the_laptop_can_not_use_is_left_out(tmp_path: Path) -> None:
    archive = tmp_path / "trino-iceberg-476.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("a.jar", "net.snowflake_snowflake-jdbc-3.24.2.jar", "org.rocksdb_rocksdbjni-7.0.3.jar"):
            packed.writestr(f"trino-iceberg-476/{name}", b"x")
    trino.unpack(archive, tmp_path / "trino")
    assert [str(path.relative_to(tmp_path / "trino")) for path in (tmp_path / "trino").rglob("*.*")] == ["plugin/iceberg/a.jar"]
