"""What import-linter can't see: scripts that are no package, the sample lake's names, and the hosts of registries."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from medallion.manifest.engines.registry import ENGINES
from medallion.manifest.model import Mode

ROOT = Path(__file__).resolve().parents[2]

SCRIPTS = {
    "app.py": {"aws_cdk", "jsii", "stacks", "medallion.manifest"},
    "glue_jobs": {"medallion"},
    "mwaa_dags": {"airflow", "botocore"},
    "lambdas": {"aws_lambda_powertools", "boto3", "botocore"},
}
"""What a script of each room may import beside the standard library."""

MANIFEST_ALONE = ("stacks",)
"""Packages that may know the manifest and no other module of `medallion`."""

SAMPLE = ROOT / "lakes" / "grocer"
READ_BY_MACHINES = {".py", ".sql", ".yaml", ".yml", ".json", ".toml", ".sh", ".ini", ""}

# Put together here, or this file would be the first to name one.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("maven", "org"),
        ("maven", "apache", "org"),
        ("spark-packages", "org"),
        ("sonatype", "org"),
        ("conda", "anaconda", "org"),
    )
)


def files() -> list[Path]:
    """Every file that is, or with the next commit would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def text(path: Path) -> str:
    """A file's text; empty where it is none."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


def imported(source: str) -> set[str]:
    """The modules that Python code imports, in any place of it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def strangers(modules: Iterable[str], allowed: set[str]) -> set[str]:
    """The modules that are neither of the standard library nor below one that is allowed."""
    return {
        module
        for module in modules
        if module.partition(".")[0] not in sys.stdlib_module_names and not any(f"{module}.".startswith(f"{known}.") for known in allowed)
    }


def sample_tables() -> set[str]:
    """The names of the sample lake's tables."""
    return {path.stem for path in (SAMPLE / "contracts").glob("*/*/*.yaml")}


def uses(source: str, tables: set[str]) -> Iterator[str]:
    """The places where a text means one of the tables.

    A name that is also an ordinary word, such as a plural, counts only where it can be nothing but a table: qualified by a layer or a
    source, or after a word of SQL.
    """
    for table in tables:
        name = re.escape(table)
        unmistakable = rf"\b{name}\b" if "_" in table else rf"\w__{name}\b|(?:bronze|silver|gold|public)[./]{name}\b"
        in_sql = rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:\w+\.)*{name}\b"
        for match in re.finditer(rf"{unmistakable}|{in_sql}", source):
            yield match.group()


def scripts(room: str) -> list[Path]:
    """The Python files of a room that is no package."""
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == room]


@pytest.mark.parametrize("room", SCRIPTS)
def test_a_script_imports_only_what_its_room_may(room: str) -> None:
    wrong = {str(path.relative_to(ROOT)): found for path in scripts(room) if (found := strangers(imported(text(path)), SCRIPTS[room]))}
    assert not wrong


def test_a_stack_knows_nothing_of_the_package_but_the_manifest() -> None:
    wrong = {
        str(path.relative_to(ROOT)): found
        for room in MANIFEST_ALONE
        for path in scripts(room)
        if (found := {module for module in strangers(imported(text(path)), {"medallion.manifest"}) if module.startswith("medallion")})
    }
    assert not wrong


# In .venv and not in a job: the libraries of those who compile contracts.
NOT_IN_GLUE = ("open_data_contract_standard", "sqlglot", "yaml", "aws_cdk", "typer", "psycopg")


def test_a_job_imports_nothing_that_glue_lacks() -> None:
    modules = {found.rpartition(".")[0] for path in scripts("glue_jobs") for found in imported(text(path)) if found.startswith("medallion")}
    assert "medallion.job" in modules
    code = f"import sys; sys.modules.update(dict.fromkeys({NOT_IN_GLUE!r})); import {', '.join(sorted(modules))}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


ENGINE_ROOMS = (
    "medallion/manifest/engines/",
    "medallion/ingest/",
    "glue_jobs/",
    "stacks/parts/sources/",
    "cli/source/engines/",
    "tests/",
    "bench/",
)


def test_only_the_rooms_of_engines_know_one_from_another() -> None:
    """Whoever else reads a source asks its engine, so that one more engine is one more folder in each of these rooms."""
    engines = {path.parent.name for path in (ROOT / "medallion/manifest/engines").glob("*/engine.py")}
    assert engines == set(ENGINES)
    own = re.compile(
        rf"medallion\.(manifest\.engines|ingest)\.({'|'.join((*engines, 'jdbc', 'export'))})\b|\b\w*engine in \(|\.engine [!=]= |\.mode (?:[!=]= \"|in \()"
    )
    found = {
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix == ".py" and not str(path.relative_to(ROOT)).startswith(ENGINE_ROOMS) and own.search(text(path))
    }
    # ODCS calls the one who runs a check of quality an engine.
    assert found - {"medallion/manifest/compiler/quality.py"} == set()


ENGINE_FOLDERS = ("medallion/manifest/engines", "cli/source/engines")
"""The rooms that have a folder for each engine."""
ENGINE_LISTS = {"registry.py", "settings.py"}
"""What lists all engines, beside their folders."""
DRIVERS = {"psycopg": "postgres"}
NOT_AN_ENGINE = {
    "medallion/manifest/credentials.py": "a secret that names no engine is Postgres's",
    "medallion/manifest/glue_version.py": "Glue brings the driver of Postgres, in a version of its own",
    "stacks/parts/network/created.py": "the gateway endpoint of DynamoDB is free and in every network",
}
"""Modules that name an engine and are not about sources, each with the reason."""


def engines_named(source: str) -> set[str]:
    """The engines that Python code names by a module, a name or a string that is nothing else; prose is free to."""
    modules, words, strings = imported(source), set[str](), set[str]()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.keyword(arg=str(word)):
                words.add(word.lower())
            case ast.FunctionDef(name=word) | ast.ClassDef(name=word):
                words.add(word.lower())
            case ast.Constant(value=str(word)):
                strings.add(word)
    # The name of a way to read is a word of contracts, whatever else is called so.
    unmistakable = set(ENGINES) - set(get_args(Mode))
    found = {engine for engine in ENGINES if any(f".engines.{engine}." in f"{module}." for module in modules)}
    found |= {engine for engine in unmistakable if engine in strings or any(engine in word for word in words)}
    return found | {engine for driver, engine in DRIVERS.items() if any(f"{module}.".startswith(f"{driver}.") for module in modules)}


def test_no_module_outside_the_rooms_of_engines_names_one() -> None:
    rooms = {"app.py", "medallion", "stacks", "cli", "report", "review", "glue_jobs", "mwaa_dags", "lambdas"}
    found = {
        name: named
        for room in rooms
        for path in scripts(room)
        if not (name := str(path.relative_to(ROOT))).startswith(ENGINE_ROOMS) and (named := engines_named(text(path)))
    }
    assert {name: named for name, named in found.items() if name not in NOT_AN_ENGINE} == {}
    assert set(NOT_AN_ENGINE) <= set(found), "a reason that is not needed any more"


@pytest.mark.parametrize("room", ENGINE_FOLDERS)
def test_an_engine_is_known_in_its_own_folder_and_where_all_are_listed(room: str) -> None:
    assert {path.parent.name for path in (ROOT / room).glob("*/__init__.py")} == set(ENGINES)
    wrong = {
        str(path.relative_to(ROOT)): named
        for path in scripts(room.partition("/")[0])
        if path.is_relative_to(ROOT / room)
        and (own := path.relative_to(ROOT / room).parts[0]) not in ENGINE_LISTS
        and (named := engines_named(text(path)) - {own})
    }
    assert not wrong


def test_nobody_borrows_from_a_command() -> None:
    """What two commands need is a module of its own; only `cli.main`, and the command of the same noun, know a module with a command."""
    modules = {path.relative_to(ROOT).with_suffix(""): text(path) for path in scripts("cli")}
    commands = {path for path, source in modules.items() if re.search(r"^def mount\(", source, re.MULTILINE)}
    assert len(commands) > 10, "a command is a module with `mount`"
    wrong = {
        f"{path} imports {command}"
        for path, source in modules.items()
        for command in commands
        if ".".join(command.parts) in {found for each in imported(source) for found in (each, each.rpartition(".")[0])}
        and path != Path("cli/main")
        and not (path.name == "command" and path.parent == command.parent)
    }
    assert not wrong


def test_only_the_lake_and_the_tests_know_the_sample_tables() -> None:
    tables = sample_tables()
    assert tables, f"{SAMPLE} has no contracts"
    wrong = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in files()
        if path.suffix in READ_BY_MACHINES
        and path.relative_to(ROOT).parts[0] not in {"lakes", "tests"}
        and (found := set(uses(text(path), tables)))
    }
    assert not wrong


def test_no_file_names_the_host_of_a_registry() -> None:
    wrong = {str(path.relative_to(ROOT)): found for path in files() if (found := [host for host in REGISTRIES if host in text(path)])}
    assert not wrong


@pytest.mark.parametrize(
    ("source", "allowed", "expected"),
    [
        pytest.param("import json, boto3", {"medallion"}, {"boto3"}, id="another package"),
        pytest.param("from medallion.refine import merge", {"medallion"}, set(), id="below an allowed one"),
        pytest.param("from medallion.refine import merge", {"medallion.manifest"}, {"medallion.refine.merge"}, id="beside an allowed one"),
        pytest.param("def f():\n    from local import laptop", {"medallion"}, {"local.laptop"}, id="inside a function"),
        pytest.param("from .checks import refused", {"boto3"}, set(), id="of its own folder"),
        pytest.param("import medallionette", {"medallion"}, {"medallionette"}, id="a name that only begins alike"),
    ],
)
def test_a_strange_import_is_found(source: str, allowed: set[str], expected: set[str]) -> None:
    assert strangers(imported(source), allowed) == expected


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("from cli.source.engines.documents.uploads import Documents", {"documents"}, id="a module of it"),
        pytest.param("documents = 1", set(), id="a name that is an ordinary word"),
        pytest.param("def f(source: PostgresSource): ...", {"postgres"}, id="a name"),
        pytest.param('client("dynamodb")', {"dynamodb"}, id="a string"),
        pytest.param('"""What DynamoDB does."""  # as Postgres', set(), id="prose"),
        pytest.param("def f():\n    import psycopg", {"postgres"}, id="its driver"),
    ],
)
def test_an_engine_is_found_where_code_names_it(source: str, found: set[str]) -> None:
    assert engines_named(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("the products of this lake", [], id="an ordinary word"),
        pytest.param("manifest.products", [], id="an attribute"),
        pytest.param("INSERT INTO products VALUES (1)", ["INTO products"], id="SQL"),
        pytest.param("local_silver.products", ["silver.products"], id="qualified by a layer"),
        pytest.param("store__products", ["e__products"], id="qualified by a source"),
        pytest.param("daily_sales", ["daily_sales"], id="a name that is no word"),
    ],
)
def test_a_sample_table_is_found_where_it_is_meant(source: str, found: list[str]) -> None:
    assert list(uses(source, {"products", "daily_sales"})) == found
