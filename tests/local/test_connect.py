"""`docs/connect.md`, followed to the letter: each client asks the laptop, and gets the answer that the page shows."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.lake import ROOT, Lake
from tests.local.page import Block, Reader, blocks, shell_environment

PAGE = blocks("connect.md")
ENVIRONMENT = next(block for block in PAGE if block.runs)
[ANSWER] = [block.text for block in PAGE if block.language == "text"]
CLIENTS = [block for block in PAGE if block.runs and block is not ENVIRONMENT]
INSTALLED = ROOT / ".tools" / "clients" / "bin"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the reader is, with `lake` on the path as the page wants it."""
    folder = Path(tempfile.mkdtemp(prefix="reader-"))
    command = folder / "lake"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -c "from cli.main import run; run()" "$@"\n')
    command.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def reader(lake: Lake, folder: Path) -> Reader:
    assert INSTALLED.is_dir(), f"{INSTALLED} is missing: `make .tools/stamps/clients`"
    reader = Reader(folder, shell_environment(folder, INSTALLED, LAKE_HOME=str(lake.home), LAKE_PORT=str(lake.port)))
    reader.follow(ENVIRONMENT)
    return reader


@pytest.mark.parametrize("block", CLIENTS, ids=lambda block: block.heading)
def test_a_client_of_the_page_gets_the_answer_of_the_page(reader: Reader, block: Block) -> None:
    printed = reader.follow(block).split()
    missing = [word for word in ANSWER.split() if word not in printed]
    assert not missing, f"{missing} missing from {printed}"


def test_the_page_has_a_block_of_each_client() -> None:
    assert [block.heading for block in CLIENTS] == ["AWS CLI", "boto3", "PyAthena", "SQLAlchemy and pandas", "awswrangler", "pyiceberg"]
