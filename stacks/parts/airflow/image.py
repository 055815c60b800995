"""What is installed in MWAA's image, and what may be installed beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from medallion.manifest.errors import InvalidField, Location

PYTHON = (3, 12)
# The image is Amazon Linux 2023's.
GLIBC_MINOR = 34
MACHINE = "x86_64"
PLATFORMS = [
    *(f"manylinux_2_{minor}_{MACHINE}" for minor in range(GLIBC_MINOR, 4, -1)),
    *(f"{old}_{MACHINE}" for old in ("manylinux2014", "manylinux2010", "manylinux1", "linux")),
]
TAGS: frozenset[Tag] = frozenset(
    {*cpython_tags(PYTHON, platforms=PLATFORMS), *compatible_tags(PYTHON, interpreter="cp312", platforms=PLATFORMS)}
)


@dataclass(frozen=True)
class Wheel:
    """A wheel that a lake brings along.

    Attributes:
        name: Of the package.
        version: Of the package.
        needs: What it asks for on MWAA.
    """

    name: NormalizedName
    version: Version
    needs: tuple[Requirement, ...]


class MwaaImage:
    """The packages of the image of one version of Airflow.

    Its constraints hold what may be installed to a version, and name far more than it has. It surely has what Airflow and its provider for
    AWS need, which is what the laptop's Airflow is locked to.
    """

    def __init__(self, version: str, constraints: str, lock: str) -> None:
        """Know an image.

        Args:
            version: Airflow's.
            constraints: The image's own constraint file: `NAME==VERSION` lines.
            lock: What the laptop's Airflow is locked to: the same lines, with hashes below them.
        """
        self.version = version
        self._pins = dict(_pins(constraints))
        self._has = {name for name, _ in _pins(lock)} & self._pins.keys()

    @classmethod
    def read(cls, root: Path, version: str) -> "MwaaImage":
        """The image of a version whose constraints are in the repository."""
        folder = root / "requirements"
        return cls(version, (folder / "mwaa" / f"constraints-mwaa-{version}.txt").read_text(), (folder / "airflow.txt").read_text())

    def pin(self, name: str) -> str:
        """The requirement that asks for a package as the image has it; KeyError where its constraints don't name it."""
        return f"{name}=={self._pins[canonicalize_name(name)]}"

    def problems(self, requirements: str, wheels: Sequence[Wheel], where: Location) -> Iterator[InvalidField]:
        """What of a requirements file could not be installed, and what of the wheels beside it.

        Args:
            requirements: `NAME==VERSION` lines.
            wheels: What comes along; nothing else is installed.
            where: The requirements file.
        """
        brought = {wheel.name: wheel.version for wheel in wheels}
        for number, requirement in _lines(requirements):
            line = where.at(f"line {number}")
            if isinstance(requirement, str):
                yield InvalidField(line, requirement)
            else:
                yield from self._pinned(requirement, brought, line)
        for wheel in wheels:
            if wheel.version != self._pins.get(wheel.name, wheel.version):
                yield InvalidField(where, f"the wheel of {wheel.name} {wheel.version}: {self._held_to(wheel.name)}")
            for need in wheel.needs:
                if problem := self._missing(need, brought):
                    yield InvalidField(where, f"the wheel of {wheel.name} {wheel.version} needs {need}, and {problem}")

    def _pinned(self, requirement: Requirement, brought: Mapping[NormalizedName, Version], line: Location) -> Iterator[InvalidField]:
        pins = [one for one in requirement.specifier if one.operator == "==" and not one.version.endswith(".*")]
        if len(pins) != 1 or len(requirement.specifier) != 1 or requirement.url:
            yield InvalidField(line, f"{str(requirement)!r}: must be NAME==VERSION, so that each start of a worker installs the same")
        elif problem := self._missing(requirement, brought):
            yield InvalidField(line, f"{str(requirement)!r}: {problem}")

    def _missing(self, requirement: Requirement, brought: Mapping[NormalizedName, Version]) -> str | None:
        name = canonicalize_name(requirement.name)
        if name in self._pins and not requirement.specifier.contains(self._pins[name], prereleases=True):
            return self._held_to(name)
        if name in self._has:
            return None
        if name not in brought:
            return f"put its wheel into plugins/: nothing is fetched, and MWAA's image of Airflow {self.version} is not known to have it"
        if not requirement.specifier.contains(brought[name], prereleases=True):
            return f"the wheel that comes along is of {requirement.name} {brought[name]}"
        return None

    def _held_to(self, name: NormalizedName) -> str:
        return f"MWAA's image of Airflow {self.version} holds {name} to {self._pins[name]} and lets no other in"


def read_wheel(path: str, content: bytes, where: Location) -> Wheel:
    """A wheel that MWAA could install.

    Args:
        path: In the folder of plugins.
        content: The file.
        where: The file, as a person would type it.

    Raises:
        InvalidField: It is none, one of another Python or machine, or not where pip looks.
    """
    if "/" in path:
        raise InvalidField(where, "must lie in plugins/ itself: pip looks into no folder of it")
    try:
        name, version, _, tags = parse_wheel_filename(path)
        with ZipFile(BytesIO(content)) as archive:
            (metadata,) = [one for one in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one)]
            described = BytesParser().parsebytes(archive.read(metadata), headersonly=True)
        needs = [Requirement(text) for text in described.get_all("Requires-Dist", [])]
    except (InvalidWheelFilename, InvalidRequirement, BadZipFile, ValueError) as error:
        raise InvalidField(where, f"is no wheel: {error}") from error
    if not tags & TAGS:
        raise InvalidField(where, f"is a wheel for {', '.join(sorted(map(str, tags)))}; MWAA has Python 3.12 on Linux, {MACHINE}")
    return Wheel(name, version, tuple(need for need in needs if need.marker is None or need.marker.evaluate(_environment())))


def _environment() -> dict[str, str]:
    here = {name: str(value) for name, value in default_environment().items()}
    return here | {
        "extra": "",
        "platform_machine": MACHINE,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": "3.12",
        "python_full_version": "3.12.13",
        "implementation_version": "3.12.13",
    }


def _pins(lines: str) -> Iterator[tuple[NormalizedName, Version]]:
    """The `NAME==VERSION` at the beginning of lines; a marker or a hash may follow."""
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\\\]+)", lines, re.MULTILINE):
        yield canonicalize_name(name), Version(version)


def _lines(requirements: str) -> Iterator[tuple[int, Requirement | str]]:
    """The requirements with their line's number, or what is wrong with a line."""
    for number, line in enumerate(requirements.splitlines(), start=1):
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if not text:
            continue
        if text.startswith("-"):
            yield number, f"{text!r}: is an option of pip; write NAME==VERSION lines alone, where packages come from is not chosen here"
            continue
        try:
            yield number, Requirement(text)
        except InvalidRequirement as error:
            yield number, f"{text!r}: is no requirement: {str(error).splitlines()[0]}"
