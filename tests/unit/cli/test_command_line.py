"""What a command line is taken to mean, and how a failure is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from cli import main
from cli.context import Context
from cli.deployment.cdk_cli import completed, is_offline
from cli.run.job_runs import TableOutcome
from cli.run.selection import selection
from cli.terminal import failures
from local.errors import LaptopError
from medallion.manifest.errors import Invalid, InvalidField, LakeError, Location, UnknownValue
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import Names


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["query", "--json", "SELECT 1"], ["--json", "query", "SELECT 1"]),
        (["run", "t", "--env", "dev"], ["--env", "dev", "run", "t"]),
        (["run", "--env=dev", "--lake=/x"], ["--env=dev", "--lake=/x", "run"]),
        (["cdk", "diff", "--json"], ["cdk", "diff", "--json"]),
        (["--env", "dev", "cdk", "ls", "--json"], ["--env", "dev", "cdk", "ls", "--json"]),
        (["query", "--", "--json"], ["query", "--", "--json"]),
        (["--json", "status"], ["--json", "status"]),
    ],
    ids=" ".join,
)
def test_global_options_may_stand_after_the_verb(written: list[str], meant: list[str]) -> None:
    assert main.hoisted(written) == meant


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LakeError("a run failed"), 1),
        (Invalid([InvalidField(Location("a.yaml"), "is wrong")]), 2),
        (UnknownValue(Location("a.yaml"), "x", ["y"]), 2),
        (failures.Refused("no"), 2),
        (failures.Unreachable("no answer"), 3),
        (LaptopError("did not start"), 3),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), 3),
        (KeyboardInterrupt(), 130),
        (ValueError("a defect"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert failures.exit_code(error) == code


def test_a_failure_is_one_message_without_a_stack_trace(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_DEBUG", raising=False)
    assert failures.tell(failures.Refused("choose another port")) == 2
    shown = capsys.readouterr()
    assert shown.err == "choose another port\n"
    assert shown.out == ""


def test_a_stack_trace_is_there_for_those_who_ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_DEBUG", "1")
    failures.tell(failures.Refused("choose another port"))
    assert "Refused: choose another port" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise failures.Interrupted("stopped two runs; `lake run` goes on")

    monkeypatch.setattr("cli.context.Context.laptop", property(interrupted))
    assert main.call(["up"]) == 130
    assert capsys.readouterr().err == "stopped two runs; `lake run` goes on\n"


def test_an_unknown_verb_is_refused_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call(["nope"]) == 2
    assert "No such command" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["up", "down", "status", "deploy", "doctor", "run", "access unused"])
def test_every_command_explains_itself_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call([*verb.split(), "--help"]) == 0
    assert "Example" in capsys.readouterr().out


def test_help_imports_nothing_slow() -> None:
    slow = ["boto3", "botocore", "pyspark", "pydantic", "aws_cdk", "psycopg", "pyarrow", "duckdb", "sqlglot"]
    code = f"import sys, cli.main; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert done.stdout.strip() == "[]"


def test_the_cdk_is_told_environment_lake_and_a_folder_of_the_laptop(tmp_path: Path) -> None:
    context = Context(lake=tmp_path / "acme", home=tmp_path)
    assert completed(context, ["diff"]) == [
        "diff",
        "--context",
        "env=local",
        "--context",
        f"lake={tmp_path / 'acme'}",
        "--output",
        str(tmp_path / "cdk.out"),
    ]


def written(pair: str) -> list[list[str]]:
    """Each way to give the CDK CLI a context value."""
    return [["-c", pair], [f"-c{pair}"], [f"-c={pair}"], ["-vc", pair], ["--context", pair], [f"--context={pair}"]]


@pytest.mark.parametrize("given", written("env=dev"), ids=" ".join)
def test_what_the_cdk_is_told_already_stays(given: list[str], tmp_path: Path) -> None:
    arguments = completed(Context(environment="dev", lake=tmp_path, home=tmp_path), ["synth", *given, "--output", "here"])
    assert arguments == ["synth", *given, "--output", "here", "--context", "env=dev", "--context", f"lake={tmp_path}"]


@pytest.mark.parametrize("given", written("env=prod"), ids=" ".join)
def test_the_cdk_is_not_told_of_another_environment_than_the_command(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(failures.Refused, match="lake --env prod cdk"):
        completed(Context(environment="dev", lake=tmp_path, home=tmp_path), ["deploy", "--all", *given])


def test_two_environments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(failures.Refused, match="contradict"):
        completed(Context(environment="dev", lake=tmp_path, home=tmp_path), ["deploy", "-c", "env=prod", "-c", "env=dev"])


@pytest.mark.parametrize(
    ("arguments", "offline"),
    [
        ("synth", True),
        ("ls --long", True),
        ("--version", True),
        ("deploy --help", True),
        ("-c env=dev synth", True),
        ("deploy --all", False),
        ("diff synth", False),
        ("deploy -- --help", False),
        ("", False),
    ],
)
def test_only_what_acts_on_an_account_needs_credentials(arguments: str, offline: bool) -> None:
    assert is_offline(arguments.split()) == offline


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The environment variables of each CDK process that would have been started, on a machine without credentials."""
    found: list[dict[str, str]] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[bytes]:
        found.append(env)
        return subprocess.CompletedProcess(command, 0)

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setattr("cli.deployment.cdk_cli.subprocess.run", run)
    return found


@pytest.mark.parametrize("arguments", ["synth", "ls", "--help", "--version"])
def test_synthesis_of_an_account_needs_no_credentials(arguments: str, ran: list[dict[str, str]]) -> None:
    assert main.call(["--env", "dev", "cdk", arguments]) == 0
    assert [environment["AWS_EC2_METADATA_DISABLED"] for environment in ran] == ["true"]


def test_deploying_to_an_account_without_credentials_starts_nothing(ran: list[dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call(["--env", "dev", "cdk", "deploy", "--all"]) == 3
    assert "credentials" in capsys.readouterr().err
    assert ran == []


def test_the_account_is_that_of_the_lake_that_the_cdk_is_told_of(
    ran: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.call(["--env", "dev", "cdk", "deploy", "-c", f"lake={tmp_path / 'other'}"]) != 0
    assert str(tmp_path / "other") in capsys.readouterr().err
    assert ran == []


def test_the_port_that_the_laptop_had_counts_more_than_what_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_PORT", raising=False)
    assert Context(home=tmp_path).port == 4566
    monkeypatch.setenv("LAKE_PORT", "4600")
    assert Context(home=tmp_path).port == 4600
    (tmp_path / "port").write_text("4649\n")
    assert Context(home=tmp_path).port == 4649


@pytest.mark.parametrize("given", ["http", "0", "65535", "-1"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LAKE_PORT", given)
    with pytest.raises(failures.Refused, match=f"LAKE_PORT: '{given}'"):
        _ = Context(home=tmp_path).port


def test_a_closed_input_is_an_empty_one() -> None:
    tried = "import os; from cli.main import _open_closed_streams as opened; opened(); print(os.open(os.devnull, os.O_RDONLY))"
    done = subprocess.run(["sh", "-c", f"'{sys.executable}' -c '{tried}' <&-"], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 2


def test_files_are_read_as_utf_8_in_any_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda program, arguments: started.append(arguments))
    monkeypatch.setenv("PYTHONUTF8", "0")
    for encoding in ("utf-8", "UTF-8", "ISO-8859-1"):
        monkeypatch.setattr("locale.getpreferredencoding", lambda do_setlocale=True, said=encoding: said)
        main._read_files_as_utf8()
    assert len(started) == 1
    assert started[0][0] == sys.executable
    assert os.environ["PYTHONUTF8"] == "1"


def test_the_laptop_is_only_for_the_local_environment(tmp_path: Path) -> None:
    with pytest.raises(failures.Refused, match="leave --env prod away"):
        _ = Context(environment="prod", home=tmp_path).laptop


def test_an_outcome_is_read_from_its_log_line_and_other_lines_are_not() -> None:
    line = {"event": "table", "step": "refine", "table": "local_silver.x", "outcome": "published", "rows": {"read": 3}, "seconds": 1.2}
    outcome = TableOutcome.of_line(json.dumps({**line, "error": None}))
    assert outcome is not None
    assert (outcome.table, outcome.rows) == ("local_silver.x", {"read": 3})
    assert TableOutcome.of_line("INFO starting") is None
    assert TableOutcome.of_line('{"event": "table", cut off') is None


NAMES = Names(prefix="local", account="111111111111", region="eu-west-1")


def product(name: str, *tables: str) -> Product:
    made = tuple(
        BronzeTable(product=name, name=table, contract="", version="1", columns=(), source="s", object=table, mode="snapshot")
        for table in tables
    )
    return Product(name=name, tables=made)


def test_only_products_that_have_the_tables_are_run() -> None:
    lake = Manifest(lake="x", products=(product("one", "a", "b"), product("two", "c")))
    assert [(chosen.name, tables) for chosen, tables in selection(lake, NAMES, ["b"])] == [("one", ("b",))]
    assert [(chosen.name, tables) for chosen, tables in selection(lake, NAMES, [])] == [("one", ()), ("two", ())]


def test_a_product_is_run_after_those_that_it_is_made_from() -> None:
    gold = GoldTable(product="above", name="d", contract="", version="1", columns=(), inputs=("s",), sql="")
    silver = SilverTable(product="below", name="s", contract="", version="1", columns=(), input="a", key=("id",))
    below = product("below", "a")
    lake = Manifest(
        lake="x", products=(Product(name="above", tables=(gold,)), below.model_copy(update={"tables": (*below.tables, silver)}))
    )
    assert [chosen.name for chosen, _ in selection(lake, NAMES, [])] == ["below", "above"]


def test_a_table_that_no_product_has_is_refused() -> None:
    with pytest.raises(UnknownValue, match="did you mean 'alpha'"):
        selection(Manifest(lake="x", products=(product("one", "alpha"),)), NAMES, ["alfa"])
