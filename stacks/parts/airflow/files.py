"""What an Airflow environment is started with: requirements, plugins and start-up script, each under a key that its content names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from medallion.manifest.document import shown
from medallion.manifest.errors import Invalid, InvalidField, Location
from medallion.manifest.names import Names
from stacks.parts.airflow.image import MwaaImage, read_wheel
from stacks.parts.delivery.archive import archive
from stacks.parts.delivery.release import place

FOLDER = "airflow"
KNOWN = ("plugins", "requirements.txt", "startup.sh")
# What DAG files import, besides Airflow.
OWN = ("apache-airflow-providers-amazon",)
# Where MWAA unpacks plugins.zip. Nothing is fetched, so that an environment starts with no way to the internet, and twice the same.
OFFLINE = "--no-index\n--find-links /usr/local/airflow/plugins\n"
DIGITS = 16


@dataclass(frozen=True)
class AirflowFolder:
    """What a lake adds to its Airflow: its folder `airflow/`, which most have no need of.

    Attributes:
        where: The folder, as a person would type it.
        requirements: `NAME==VERSION` lines.
        plugins: Files by their path in the folder's `plugins/`: Airflow plugins, and the wheels of what is required.
        startup: A shell script that each of Airflow's processes begins with.
    """

    where: str = FOLDER
    requirements: str = ""
    plugins: Mapping[str, bytes] = field(default_factory=dict)
    startup: bytes | None = None


@dataclass(frozen=True)
class AirflowFiles:
    """The files of one Airflow environment.

    Attributes:
        directory: Holds them under their keys.
        requirements: The key of the requirements file.
        plugins: The key of plugins.zip, None where there are no plugins.
        startup: The key of the start-up script, None where there is none.
    """

    directory: Path
    requirements: str
    plugins: str | None
    startup: str | None


def read_airflow_folder(lake: Path) -> AirflowFolder:
    """The folder `airflow/` of a lake.

    Raises:
        Invalid: Something is in it that no Airflow environment would get.
    """
    folder = lake / FOLDER
    if strangers := sorted(path for path in folder.glob("*") if path.name not in KNOWN and not path.name.startswith(".")):
        problem = f"is not delivered to Airflow; what is: {', '.join(KNOWN)}"
        raise Invalid([InvalidField(Location(shown(stranger)), problem) for stranger in strangers])
    requirements, startup = folder / "requirements.txt", folder / "startup.sh"
    return AirflowFolder(
        where=shown(folder),
        requirements=requirements.read_text() if requirements.is_file() else "",
        plugins=_files(folder / "plugins"),
        startup=startup.read_bytes() if startup.is_file() else None,
    )


def build_airflow_files(root: Path, folder: AirflowFolder, *, version: str, names: Names) -> AirflowFiles:
    """Write the files of an environment to `build/airflow/<prefix>/<hash>/`; the same input gives the same bytes, and nothing is fetched.

    Args:
        root: The repository.
        folder: What the lake adds.
        version: Airflow's.
        names: Whose environment it is.

    Raises:
        Invalid: What is required is not what MWAA's image has, and its wheel does not come along.
    """
    where = Location(f"{folder.where}/requirements.txt")
    wheels = [
        read_wheel(path, content, Location(f"{folder.where}/plugins/{path}"))
        for path, content in folder.plugins.items()
        if path.endswith(".whl")
    ]
    image = MwaaImage.read(root, version)
    if problems := list(image.problems(folder.requirements, wheels, where)):
        raise Invalid(problems)
    own = "".join(f"{image.pin(name)}\n" for name in OWN)
    requirements = f"{OFFLINE}{own}{folder.requirements}".encode()
    files = {_key("requirements", "txt", requirements): requirements}
    plugins, startup = None, None
    if folder.plugins:
        content = archive(folder.plugins)
        plugins = _key("plugins", "zip", content)
        files[plugins] = content
    if folder.startup:
        startup = _key("startup", "sh", folder.startup)
        files[startup] = folder.startup
    directory = root / "build" / "airflow" / names.dashed / sha256("\n".join(files).encode()).hexdigest()[:DIGITS]
    place(directory, files)
    return AirflowFiles(directory=directory, requirements=next(iter(files)), plugins=plugins, startup=startup)


def _key(kind: str, suffix: str, content: bytes) -> str:
    return f"{kind}/{sha256(content).hexdigest()[:DIGITS]}.{suffix}"


def _files(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their paths in it; those that tools leave behind are not meant."""
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        path.as_posix(): file.read_bytes()
        for path, file in found.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    }
