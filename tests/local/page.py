"""A page of the docs as a reader follows it: block after block, in one shell."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS, TOOLS = ROOT / "docs", ROOT / ".tools"
_BLOCK = re.compile(r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
INTERPRETERS = {"sh": ["bash", "-euo", "pipefail"], "python": ["python"]}


@dataclass(frozen=True)
class Block:
    """A block of code of a page.

    Attributes:
        page: The page's file name.
        line: Where it begins.
        heading: What it stands under.
        language: As the fence says.
        text: Its lines.
        note: Of the comment before it: `not run: WHY`, or `file: ~/PATH` where the reader writes it into a file; else empty.
    """

    page: str
    line: int
    heading: str
    language: str
    text: str
    note: str

    @property
    def runs(self) -> bool:
        """Whether it is a command, and one that can be run here."""
        return self.language in INTERPRETERS and not self.note.startswith(("not run", "file"))

    @property
    def file(self) -> str | None:
        """The file that it is written into."""
        return self.note.removeprefix("file: ") if self.note.startswith("file: ") else None


def blocks(page: str) -> list[Block]:
    """The blocks of a page of `docs/`, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        # A comment of a shell's block looks like a heading too.
        before = _BLOCK.sub("", text[: match.start()])
        heading = _HEADING.findall(before)[-1]
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, heading, match["language"], match["text"], match["note"] or ""))
    return found


class Reader:
    """Someone who types what a page says, in one shell; what one block exports, the next ones have.

    Attributes:
        folder: Where the shell is.
        environment: Its variables.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, dict(environment)

    def follow(self, block: Block, replaced: Mapping[str, str] | None = None) -> str:
        """Runs a block, or writes its file; returns what was printed.

        Args:
            block: The block.
            replaced: Texts that the reader has others for, such as a port.
        """
        text = block.text
        for old, new in (replaced or {}).items():
            text = text.replace(old, new)
        if block.file:
            Path(block.file.replace("~", self.environment["HOME"], 1)).write_text(text)
            return ""
        kept, end = self.folder / ".shell-environment", ""
        if block.language == "sh":
            end = f'\nenv -0 > "{kept}"\n'
        done = subprocess.run(
            INTERPRETERS[block.language],
            input=text + end,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"docs/{block.page}:{block.line} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        if end:
            pairs = (pair.partition("=") for pair in kept.read_text().split("\0") if pair)
            self.environment = {name: value for name, _, value in pairs}
        return done.stdout


def clients() -> Path:
    """The folder of the programs that a reader has installed: Python with AWS's clients, and the AWS CLI."""
    folder = TOOLS / "clients" / "bin"
    assert folder.is_dir(), f"{folder} is missing: `make .tools/stamps/clients`"
    return folder


def lake_command(folder: Path, root: Path) -> Path:
    """`lake` of a repository, made as a program in a folder for the path, whatever repository is installed."""
    program = folder / "lake"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -c "from cli.main import run; run()" "$@"\n')
    program.chmod(0o755)
    return program


def shell_environment(*first_on_path: Path, **variables: str) -> dict[str, str]:
    """The variables of a fresh shell of the one who tests, without what a test runner or an AWS session has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAKE", "PYTHON", "VIRTUAL_ENV"))}
    path = os.pathsep.join([*map(str, first_on_path), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, **variables}
