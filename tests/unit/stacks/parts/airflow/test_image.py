"""What is required beside MWAA's image is what the image has, or comes along as a wheel that fits."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from medallion.manifest.airflow import Mwaa
from medallion.manifest.errors import Invalid, InvalidField, Location
from medallion.manifest.names import Names
from stacks.parts.airflow.files import AirflowFolder, build_airflow_files, read_airflow_folder
from stacks.parts.airflow.image import MwaaImage, read_wheel

ROOT = Path(__file__).parents[5]
VERSIONS = Mwaa.model_fields["airflow_version"].annotation.__args__  # type: ignore[union-attr]
NAMES = Names(prefix="dev", account="111111111111", region="eu-west-1")


def wheel(name: str = "team", version: str = "1.0", *needs: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
        archive.writestr(f"{name}-{version}.dist-info/METADATA", "\n".join(lines) + "\n")
    return content.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose image of 3.3.1 has Airflow's provider and pendulum, and holds pandas to a version without having it."""
    folder = tmp_path / "requirements" / "mwaa"
    folder.mkdir(parents=True)
    constraints = "# as read from the image\nApache_Airflow-Providers.Amazon==9.34.0\npandas==3.0.5\npendulum==3.1.0\n"
    (folder / "constraints-mwaa-3.3.1.txt").write_text(constraints)
    lock = "apache-airflow-providers-amazon==9.34.0 \\\n    --hash=sha256:1\npendulum==3.1.0 ; sys_platform != 'win32' \\\n    --hash=sha256:2\n"
    (tmp_path / "requirements" / "airflow.txt").write_text(lock)
    return tmp_path


def built(root: Path, requirements: str, **plugins: bytes) -> str:
    files = build_airflow_files(root, AirflowFolder(requirements=requirements, plugins=plugins), version="3.3.1", names=NAMES)
    return (files.directory / files.requirements).read_text()


def refused(root: Path, requirements: str, **plugins: bytes) -> list[str]:
    with pytest.raises((Invalid, InvalidField)) as raised:
        built(root, requirements, **plugins)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("lake", sorted(path.name for path in (ROOT / "lakes").iterdir()))
def test_what_our_dags_and_each_lake_need_is_in_mwaa_s_image(lake: str, version: str) -> None:
    files = build_airflow_files(ROOT, read_airflow_folder(ROOT / "lakes" / lake), version=version, names=NAMES)
    lines = (files.directory / files.requirements).read_text().splitlines()
    constraints = (ROOT / "requirements" / "mwaa" / f"constraints-mwaa-{version}.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("--")]
    assert any(pin.startswith("apache-airflow-providers-amazon==") for pin in pins)
    assert set(pins) <= set(constraints)


def test_the_laptop_s_airflow_has_the_versions_of_mwaa_s_image() -> None:
    lock = (ROOT / "requirements" / "airflow.txt").read_text().splitlines()
    pins = [line.partition(" ")[0].rstrip("\\") for line in lock if "==" in line and not line.startswith((" ", "#"))]
    assert len(pins) > 100
    image = MwaaImage.read(ROOT, "3.3.1")
    where = Location("requirements/airflow.txt")
    # What the image lacks, the laptop may have: the command line's own helpers, and packages of other machines.
    wrong = [str(problem) for problem in image.problems("\n".join(pins), (), where) if "lets no other in" in str(problem)]
    assert wrong == []
    assert any(pin.startswith("apache-airflow==3.3.1") for pin in pins)


def test_nothing_is_fetched(root: Path) -> None:
    assert built(root, "pendulum==3.1.0\n") == (
        "--no-index\n--find-links /usr/local/airflow/plugins\napache-airflow-providers-amazon==9.34.0\npendulum==3.1.0\n"
    )


@pytest.mark.parametrize(
    ("requirements", "problem"),
    [
        (
            "pandas==2.0",
            "airflow/requirements.txt: line 1: 'pandas==2.0': MWAA's image of Airflow 3.3.1 holds pandas to 3.0.5 and lets no other in",
        ),
        ("# ours\n\npandas>=3\n", "airflow/requirements.txt: line 3: 'pandas>=3': must be NAME==VERSION, so that each start"),
        ("pandas==3.*", "line 1: 'pandas==3.*': must be NAME==VERSION"),
        ("pandas", "line 1: 'pandas': must be NAME==VERSION"),
        ("team @ https://example.com/team.whl", "must be NAME==VERSION"),
        (
            "team==1.0",
            "line 1: 'team==1.0': put its wheel into plugins/: nothing is fetched, and MWAA's image of Airflow 3.3.1 is not known",
        ),
        # Not all that the image's constraints hold to a version is in it.
        ("pandas==3.0.5", "line 1: 'pandas==3.0.5': put its wheel into plugins/"),
        ("--index-url https://example.com", "is an option of pip; write NAME==VERSION lines alone"),
        ("pan das", "line 1: 'pan das': is no requirement: "),
    ],
    ids=lambda value: value[:30],
)
def test_a_requirement_that_could_not_be_installed_is_told(root: Path, requirements: str, problem: str) -> None:
    (line,) = refused(root, requirements)
    assert problem in line


def test_a_wheel_that_comes_along_is_enough(root: Path) -> None:
    plugins = {"team-1.0-py3-none-any.whl": wheel("team", "1.0", "pendulum>=3", "nothere; extra == 'more'", "pywin32; os_name == 'nt'")}
    assert "team==1.0  # ours\n" in built(root, "team==1.0  # ours\n", **plugins)


def test_a_wheel_that_pip_would_not_find_is_told(root: Path) -> None:
    (line,) = refused(root, "", **{"wheels/team-1.0-py3-none-any.whl": wheel()})
    assert line == "airflow/plugins/wheels/team-1.0-py3-none-any.whl: must lie in plugins/ itself: pip looks into no folder of it"


def test_a_wheel_of_another_version_is_not(root: Path) -> None:
    (line,) = refused(root, "team==2.0", **{"team-1.0-py3-none-any.whl": wheel()})
    assert "'team==2.0': the wheel that comes along is of team 1.0" in line


def test_a_wheel_of_what_the_image_holds_to_a_version_must_be_of_that(root: Path) -> None:
    assert "pandas==3.0.5\n" in built(root, "pandas==3.0.5\n", **{"pandas-3.0.5-py3-none-any.whl": wheel("pandas", "3.0.5")})
    (line,) = refused(root, "", **{"pandas-2.0-py3-none-any.whl": wheel("pandas", "2.0")})
    assert "the wheel of pandas 2.0: MWAA's image of Airflow 3.3.1 holds pandas to 3.0.5" in line


def test_what_a_wheel_needs_must_be_there_too(root: Path) -> None:
    needs = ("pandas<3", "other>=1")
    one, two = refused(root, "team==1.0", **{"team-1.0-py3-none-any.whl": wheel("team", "1.0", *needs)})
    assert "the wheel of team 1.0 needs pandas<3, and MWAA's image of Airflow 3.3.1 holds pandas to 3.0.5" in one
    assert "the wheel of team 1.0 needs other>=1, and put its wheel into plugins/" in two
    wheels = {"team-1.0-py3-none-any.whl": wheel("team", "1.0", "other>=1"), "other-1.5-py3-none-any.whl": wheel("other", "1.5")}
    assert "team==1.0\n" in built(root, "team==1.0\n", **wheels)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "team-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
            wheel(),
            "is a wheel for cp313-cp313-manylinux_2_28_x86_64; MWAA has Python 3.12",
        ),
        ("team-1.0-cp312-cp312-macosx_11_0_arm64.whl", wheel(), "is a wheel for cp312-cp312-macosx_11_0_arm64"),
        ("team-1.0-py3-none-any.whl", b"half", "is no wheel: "),
        ("team.whl", wheel(), "is no wheel: "),
    ],
)
def test_a_wheel_that_does_not_fit_is_told(name: str, content: bytes, problem: str) -> None:
    with pytest.raises(InvalidField) as raised:
        read_wheel(name, content, Location(name))
    assert f"{name}: {problem}" in str(raised.value)


@pytest.mark.parametrize("tag", ["cp312-cp312-manylinux_2_28_x86_64", "cp39-abi3-manylinux2014_x86_64", "py2.py3-none-any"])
def test_a_wheel_that_fits_is_taken(tag: str) -> None:
    assert str(read_wheel(f"team-1.0-{tag}.whl", wheel(), Location("x")).version) == "1.0"


def test_the_folder_of_a_lake_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "airflow"
    (folder / "plugins" / "views" / "__pycache__").mkdir(parents=True)
    for path in (
        "requirements.txt",
        "startup.sh",
        "plugins/team.py",
        "plugins/views/page.py",
        "plugins/views/__pycache__/x.pyc",
        "plugins/.DS_Store",
    ):
        (folder / path).write_text(path)
    found = read_airflow_folder(tmp_path)
    assert (found.requirements, found.startup) == ("requirements.txt", b"startup.sh")
    assert found.plugins == {"team.py": b"plugins/team.py", "views/page.py": b"plugins/views/page.py"}


def test_a_lake_without_the_folder_adds_nothing(tmp_path: Path) -> None:
    found = read_airflow_folder(tmp_path)
    assert (found.requirements, found.plugins, found.startup) == ("", {}, None)


def test_a_file_that_would_not_be_delivered_is_told(tmp_path: Path) -> None:
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "requirement.txt").write_text("")
    with pytest.raises(
        Invalid, match=r"airflow/requirement\.txt: is not delivered to Airflow; what is: plugins, requirements\.txt, startup\.sh"
    ):
        read_airflow_folder(tmp_path)


def test_another_content_has_another_key_and_the_same_the_same(root: Path) -> None:
    def keys(**changes: object) -> tuple[str, str | None, str | None]:
        given = {"requirements": "pendulum==3.1.0\n", "plugins": {"a.py": b"1"}, "startup": b"1"} | changes
        files = build_airflow_files(root, AirflowFolder(**given), version="3.3.1", names=NAMES)  # type: ignore[arg-type]
        assert {path.relative_to(files.directory).as_posix() for path in files.directory.rglob("*.*")} == {
            files.requirements,
            files.plugins,
            files.startup,
        }
        return files.requirements, files.plugins, files.startup

    assert keys() == keys()
    changes: tuple[tuple[str, object], ...] = (("requirements", ""), ("plugins", {"a.py": b"2"}), ("startup", b"2"))
    for position, (name, other) in enumerate(changes):
        differ = [before != after for before, after in zip(keys(), keys(**{name: other}), strict=True)]
        assert differ == [position == place for place in range(3)]
