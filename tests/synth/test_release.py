"""A release is named by its content, and the same content gives the same bytes."""

import ast
import shutil
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from medallion.manifest.files import parse_manifest
from medallion.manifest.names import Names
from stacks.parts.delivery.archive import archive, unpack
from stacks.parts.delivery.release import build_release
from stacks.parts.delivery.wheelhouse import WheelsMissing, wheelhouse
from tests.synth.assembly import ROOT, manifest_of_one_source, manifest_of_two_sources

DEV = Names(prefix="dev_a", account="111111111111", region="eu-west-1")
PROD = Names(prefix="prod_a", account="222222222222", region="us-east-1")
INPUT = (
    "medallion",
    "glue_jobs",
    "mwaa_dags",
    "requirements",
    "lambdas",
    ".tools/wheels",
    ".tools/extraction-wheels",
    ".tools/function-wheels",
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """All that a release is made from, in a folder of its own."""
    for folder in INPUT:
        if (ROOT / folder).exists():
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def content(directory: Path) -> dict[str, str]:
    return {str(p.relative_to(directory)): sha256(p.read_bytes()).hexdigest() for p in sorted(directory.rglob("*")) if p.is_file()}


def test_two_builds_in_two_places_give_the_same_bytes(repository: Path) -> None:
    manifest = manifest_of_one_source()
    here, there = build_release(ROOT, manifest, DEV, governed=False), build_release(repository, manifest, DEV, governed=False)
    assert here.release == there.release
    assert content(here.directory) == content(there.directory)


def test_a_release_has_one_name_in_every_environment(repository: Path) -> None:
    manifest = manifest_of_one_source()
    dev, prod = build_release(repository, manifest, DEV, governed=False), build_release(repository, manifest, PROD, governed=False)
    assert dev.release == prod.release
    assert dev.directory != prod.directory
    differing = {name for name, digest in content(dev.directory).items() if content(prod.directory)[name] != digest}
    assert differing == {"dags/trade.py"}


@pytest.mark.parametrize("file", ["glue_jobs/refine.py", "mwaa_dags/factory.py", "medallion/manifest/names.py"])
def test_a_changed_file_makes_another_release(file: str, repository: Path) -> None:
    manifest = manifest_of_one_source()
    before = build_release(repository, manifest, DEV, governed=False).release
    changed = repository / file
    changed.write_text(changed.read_text() + "\n# changed\n")
    assert build_release(repository, manifest, DEV, governed=False).release != before


def test_a_changed_contract_makes_another_release(repository: Path) -> None:
    one, two = (
        build_release(repository, manifest, DEV, governed=False) for manifest in (manifest_of_one_source(), manifest_of_two_sources())
    )
    assert one.release != two.release


def test_a_release_holds_what_jobs_and_dags_run(repository: Path) -> None:
    manifest = manifest_of_two_sources()
    release = build_release(repository, manifest, DEV, governed=False)
    assert parse_manifest((release.directory / "manifest.json").read_bytes()) == manifest
    for script in ("apply_contracts", "ingest_jdbc", "refine", "aggregate"):
        ast.parse((release.directory / "scripts" / f"{script}.py").read_text())
    dag = (release.directory / "dags" / "trade.py").read_text()
    ast.parse(dag)
    assert release.release in dag
    with ZipFile(release.directory / "medallion.gluewheels.zip") as wheels:
        names = wheels.namelist()
        assert names == sorted(names)
        (ours,) = [name for name in names if name.startswith("medallion-")]
        with ZipFile(BytesIO(wheels.read(ours))) as wheel:
            assert {"medallion/__init__.py", "medallion/manifest/model.py"} <= set(wheel.namelist())
            assert wheel.testzip() is None
    assert {name.partition("-")[0] for name in names} >= {"pydantic", "pydantic_core", "medallion"}


def test_what_a_model_outside_needs_is_in_a_release_only_where_something_is_extracted(repository: Path) -> None:
    release = build_release(repository, manifest_of_two_sources(), DEV, governed=False)
    with ZipFile(release.directory / "extraction.gluewheels.zip") as wheels:
        brought = {name.partition("-")[0] for name in wheels.namelist()}
        assert wheels.namelist() == sorted(wheels.namelist())
    with ZipFile(release.directory / "medallion.gluewheels.zip") as wheels:
        ours = {name.partition("-")[0] for name in wheels.namelist()}
    assert "google_genai" in brought
    # pip takes two files of one package for a conflict, and boto3 with what it needs is Glue's own.
    assert brought.isdisjoint(ours | {"boto3", "botocore", "pyspark", "urllib3"})
    shutil.rmtree(repository / ".tools" / "extraction-wheels")
    with pytest.raises(WheelsMissing, match="extraction-wheels: there is no wheel for the job of an extraction; run `make setup`"):
        build_release(repository, manifest_of_two_sources(), DEV, governed=False)
    assert not (build_release(repository, manifest_of_one_source(), DEV, governed=False).directory / "extraction.gluewheels.zip").exists()


def test_a_build_leaves_what_is_already_right_alone(repository: Path) -> None:
    manifest = manifest_of_one_source()
    first = build_release(repository, manifest, DEV, governed=False)
    moment = (first.directory / "manifest.json").stat().st_mtime_ns
    build_release(repository, manifest, DEV, governed=False)
    assert (first.directory / "manifest.json").stat().st_mtime_ns == moment


def test_a_half_written_release_is_made_again(repository: Path) -> None:
    manifest = manifest_of_one_source()
    first = build_release(repository, manifest, DEV, governed=False)
    whole = content(first.directory)
    (first.directory / "medallion.gluewheels.zip").write_bytes(b"half")
    assert content(build_release(repository, manifest, DEV, governed=False).directory) == whole


def test_without_wheels_the_reader_is_told_how_to_fetch_them(repository: Path) -> None:
    shutil.rmtree(repository / ".tools")
    with pytest.raises(WheelsMissing, match="make setup"):
        wheelhouse(repository)


def test_a_wheel_that_is_not_locked_is_refused(repository: Path) -> None:
    (repository / ".tools" / "wheels" / "stranger-1.0-py3-none-any.whl").write_bytes(b"not locked")
    with pytest.raises(WheelsMissing, match=r"stranger-1\.0.*not locked"):
        wheelhouse(repository)


def test_an_archive_s_bytes_follow_from_its_content() -> None:
    files = {"b.txt": b"2", "a/c.txt": b"1"}
    assert archive(files) == archive(dict(files))
    assert unpack(archive(files)) == files
