"""Every declared dependency is locked, in a version that fits, by hash and from no named host."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def declared(*groups: str) -> list[Requirement]:
    """The requirements of dependency groups, and of the project itself as `project`."""
    known = {**PROJECT["dependency-groups"], "project": PROJECT["project"]["dependencies"]}
    return [Requirement(line) for group in groups for line in known[group]]


def listed(path: str) -> list[Requirement]:
    """The requirements of a file that is written by hand."""
    lines = (ROOT / path).read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def locked(path: str) -> dict[str, str]:
    """The version of each package in a lock."""
    return {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / path).read_text(), re.MULTILINE)
    }


LOCKS = {
    "requirements/dev.txt": declared("project", "app", "spark", "functions", "extraction", "local", "dev"),
    "requirements.txt": declared("project", "app"),
    "requirements/glue-wheels.txt": declared("project"),
    "requirements/extraction-wheels.txt": declared("extraction"),
    "requirements/function-wheels.txt": declared("functions"),
    "requirements/emulator.txt": declared("emulator"),
    "requirements/glue.txt": listed("requirements/glue.in"),
    "requirements/airflow.txt": listed("requirements/airflow.in"),
    "requirements/langextract.txt": listed("requirements/langextract.in"),
    "requirements/bootstrap.txt": listed("requirements/bootstrap.in"),
    "requirements/jdk.txt": listed("requirements/jdk.in"),
    "requirements/trino-jdk.txt": listed("requirements/trino-jdk.in"),
}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_declared(lock: str) -> None:
    versions = locked(lock)
    missing = [
        str(requirement)
        for requirement in LOCKS[lock]
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"), prereleases=True)
        or canonicalize_name(requirement.name) not in versions
    ]
    assert not missing, f"not in {lock}: {missing}; run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert [entry.partition(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_app_and_what_is_shipped_have_the_versions_that_are_tested() -> None:
    tested = locked("requirements/dev.txt")
    for lock in (
        "requirements.txt",
        "requirements/glue-wheels.txt",
        "requirements/extraction-wheels.txt",
        "requirements/function-wheels.txt",
    ):
        assert locked(lock).items() <= tested.items()


def test_a_job_is_brought_no_package_twice_and_none_of_its_own() -> None:
    added = set(locked("requirements/extraction-wheels.txt"))
    assert added.isdisjoint(locked("requirements/glue-wheels.txt"))
    assert added.isdisjoint(locked("requirements/glue.txt"))


def test_the_airflow_of_the_laptop_has_the_versions_of_the_image() -> None:
    image = locked("requirements/mwaa/constraints-mwaa-3.3.1.txt")
    laptop = locked("requirements/airflow.txt")
    assert {name: version for name, version in laptop.items() if image.get(name, version) != version} == {}


def test_the_command_line_of_the_cdk_is_pinned_by_hash_and_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages["node_modules/aws-cdk"]["version"] == "2.1148.1"
    assert [name for name, package in packages.items() if name and ("integrity" not in package or "resolved" in package)] == []
