"""Tables and coloured lines: text whoever wrote it, and one place that makes them."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from cli.query import answer
from cli.terminal import output
from cli.terminal.screen import Activity, Screen, cell, plain

ROOT = Path(__file__).resolve().parents[4]
# Colours and styles alone, of all that can be told to a terminal.
STYLE = re.compile(r"\x1b\[[0-9;]*m")
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
MARKUP = st.text(alphabet=st.sampled_from("[]/b=#@ a\x1b\x07\n\r'"), max_size=30)


def screen(*, terminal: bool = False, width: int | None = 80) -> tuple[Screen, io.StringIO]:
    stream = io.StringIO()
    return Screen(stream, width=width, terminal=terminal), stream


@given(ANYTHING | MARKUP)
def test_a_cell_reaches_a_terminal_as_text(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        console, stream = screen(terminal=True)
    table = Table("column")
    table.add_row(cell(value))
    # Whoever forgets to make a cell of it gets text all the same.
    table.add_row(value)
    console.show(table)
    console.line_of(value, plain(value, "red"))
    console.print(value)
    written = STYLE.sub("", stream.getvalue())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written)


@pytest.mark.parametrize(
    "value", ["[total.type]", "[/b]", "[/nope]", "[red]x[/red]", r"\[x]", ":smile:", "['abc','d']", "[abc, d]", "[link=x]y"]
)
def test_what_reads_like_markup_is_shown_as_it_is(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer.show_rows([value], ["varchar"], [(value,)])
    heading, _, row, *_ = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert (heading, row) == (value, value)


@given(ANYTHING, ANYTHING)
def test_null_is_no_text(one: str, other: str) -> None:
    assert cell(None).plain == "NULL"
    assert cell(one).plain != "NULL"
    assert (cell(one).plain == cell(other).plain) == (one == other) or re.search("[␀-␡]|<U", one + other)


def test_null_an_empty_text_and_texts_that_read_like_null_differ() -> None:
    assert [cell(value).plain for value in (None, "", "NULL", "'NULL'", "null", "it's")] == [
        "NULL",
        "",
        "'NULL'",
        "'''NULL'''",
        "null",
        "it's",
    ]


def test_a_pipe_gets_whole_values(capsys: pytest.CaptureFixture[str]) -> None:
    value = "x" * 700
    answer.show_rows(["a", "b"], ["varchar", "bigint"], [(value, 1), (None, None)])
    out = capsys.readouterr().out
    assert value in out
    assert "\x1b" not in out


@pytest.mark.parametrize("terminal", ["dumb", "unknown", None])
def test_no_cursor_moves_where_it_may_not(terminal: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if terminal is None:
        monkeypatch.setenv("TERM", "xterm-256color")
        # What CI systems set for colours.
        monkeypatch.setenv("FORCE_COLOR", "1")
        console, stream = screen()
    else:
        monkeypatch.setenv("TERM", terminal)
        console, stream = screen(terminal=True)
    with Activity(console, lambda: [plain("going on")]):
        console.line_of("a line", plain(" in red", "red"))
    assert stream.getvalue() == "a line in red\n"


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    console, stream = screen(terminal=True)
    console.line_of(plain("red", "red"))
    assert stream.getvalue() == "red\n"


def test_what_goes_on_is_shown_below_what_was_said_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    console, stream = screen(terminal=True)
    with Activity(console, lambda: [plain("[going] on")]):
        console.line_of("said")
    written = stream.getvalue()
    assert "[going] on" in written
    assert written.index("said") < written.rindex("[going] on")
    # The cursor is shown again, and the line removed.
    assert "\x1b[?25h" in written
    assert written.rstrip("\r").endswith("\x1b[1A\x1b[2K")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "cli").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


# Who may use Rich's Text and Live, which believe what they are given; a table and its box take everything through the screen.
MADE_HERE = {"cli/terminal/screen.py"}
TYPES_ONLY = {"rich.table", "rich.box"}


def test_consoles_and_text_are_made_in_one_place() -> None:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich") and name not in MADE_HERE:
                made = {"Text", "RenderableType"} if node.module in {"rich.text", "rich.console"} else set()
                assert node.module in TYPES_ONLY or {alias.name for alias in node.names} <= made, (
                    f"{name}:{node.lineno} imports {node.module}"
                )
            if isinstance(node, ast.Call) and name not in MADE_HERE:
                called = ast.unparse(node.func)
                assert called not in {"Text", "Text.from_markup", "Text.from_ansi"}, (
                    f"{name}:{node.lineno}: use cli.terminal.screen.plain or cell"
                )


def test_nothing_is_written_but_by_output_and_screen() -> None:
    writing = {
        "print",
        "typer.echo",
        "typer.secho",
        "click.echo",
        "sys.stdout.write",
        "sys.stderr.write",
        "json.dump",
        "traceback.print_exception",
    }
    for name, tree in modules():
        if name == "cli/terminal/output.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in writing, f"{name}:{node.lineno}: use cli.terminal.output.say or print_json"


def test_a_row_is_made_of_cells() -> None:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_row":
                written = ast.unparse(node)
                assert "cell" in written or "plain(" in written, f"{name}:{node.lineno}: {written}"


def test_the_output_module_is_quick_to_import() -> None:
    assert "rich" not in {name.split(".")[0] for name in vars(output)}
