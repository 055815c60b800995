"""What is shown of a deployment, from what the pinned CDK CLI said (recorded in `cdk/`, on a laptop's AWS)."""

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import main
from cli.context import Context
from cli.deployment import approval, deploy
from cli.deployment.display import Display
from cli.deployment.process import LOGS_KEPT, follow, new_log
from cli.deployment.said import Other, ResourceEvent, read
from cli.terminal import failures
from cli.terminal.screen import Screen

SAID = Path(__file__).parent / "cdk"
CAUSE = (
    "local-lake: GoldDatabase (AWS::Glue::Database): CREATE_FAILED: AWS::Glue::Database create failed: "
    """b'{"__type": "AlreadyExistsException", "message": "Database local_gold already exists"}'"""
)


def said(name: str) -> list[str]:
    return (SAID / f"{name}.txt").read_text().splitlines(keepends=True)


def shown(lines: list[str], *, fails: bool = False, on_aws: bool = True, terminal: bool = False) -> list[str]:
    """What a person sees of it; a second passes with each line."""
    stream, seconds = io.StringIO(), iter(range(10_000))
    display = Display(Screen(stream, width=80, terminal=terminal), on_aws=on_aws, clock=lambda: float(next(seconds)))
    with display:
        for line in lines:
            display.line(line)
    if fails:
        display.give_up()
    return [line for line in stream.getvalue().splitlines() if line]


def without_seconds(lines: list[str]) -> list[str]:
    return [line.rpartition(", ")[0] if line.endswith(" s") and ", " in line else line for line in lines]


def test_a_stack_is_a_line_when_it_begins_and_one_when_it_ends() -> None:
    _, synthesized, *stacks = shown(said("deployed"))
    assert synthesized.startswith("✓ synthesizing the templates: ")
    assert without_seconds(stacks) == [
        "  [1/6] local-network: started",
        "✓ [1/6] local-network: 38 resources",
        "  [2/6] local-lake: started",
        "✓ [2/6] local-lake: 44 resources",
        "  [3/6] local-sample-sources: started",
        "✓ [3/6] local-sample-sources: 10 resources",
    ]


def test_a_stack_that_is_as_it_should_be_is_told() -> None:
    assert "= [1/6] local-network: no changes" in shown(said("unchanged"))


def test_a_bootstrap_is_one_stack() -> None:
    *_, policy, done = without_seconds(shown(said("bootstrapped")))
    # What it opens is seen.
    assert "AdministratorAccess" in policy
    assert done == "✓ CDKToolkit: 13 resources"


def test_what_failed_is_told_once_with_its_reason_and_its_stack_last() -> None:
    lines = shown(said("failed"), fails=True, on_aws=False)
    assert lines[-2] == f"    ✗ {CAUSE}"
    assert without_seconds(lines[-1:]) == ["✗ [2/6] local-lake: failed (rollback complete)"]
    assert "".join(lines).count("already") == 1


def test_what_the_cdk_adds_to_a_failure_is_told() -> None:
    *_, remark = shown(said("failed"), fails=True)
    assert "re-run `cdk diagnose`" in remark
    lines = said("failed")
    lines[lines.index("  exists\"}'\n")] = "  exists\"}'\n  Somebody else has made it.\n"
    assert "Somebody else has made it." in "\n".join(shown(lines, fails=True))


def test_a_bootstrap_that_failed_is_told_once_without_where_in_the_cdk() -> None:
    lines = shown(said("not_bootstrapped"), fails=True)
    assert lines[-2] == (
        "    ✗ CDKToolkit: StagingBucket (AWS::S3::Bucket): CREATE_FAILED: "
        "An error occurred (AccessDenied) when calling the PutBucketTagging operation: Access Denied"
    )
    assert without_seconds(lines[-1:]) == ["✗ CDKToolkit: failed (rollback complete)"]


def test_templates_that_can_not_be_made_are_told_with_the_reason() -> None:
    assert shown(said("not_synthesized"), fails=True)[1:] == [
        "  /nonexistent/config: has no configuration; write local.yaml there",
        "  .venv/bin/python app.py: Subprocess exited with error 2",
    ]


def test_a_failure_before_any_event_is_told_in_the_words_of_the_cdk() -> None:
    lines = ["local-lake: deploying... [2/6]\n", "❌  local-lake failed to deploy\n", "‣ AccessDenied: no\n", "\n", "what [/b] it is\n"]
    assert without_seconds(shown(lines, fails=True)[1:]) == [
        "  [2/6] local-lake: started",
        "✗ [2/6] local-lake: failed (not deployed)",
        "  ❌  local-lake failed to deploy",
        "  ‣ AccessDenied: no",
        "  what [/b] it is",
    ]


@pytest.mark.parametrize("name", ["deployed", "unchanged", "failed", "bootstrapped"])
def test_no_line_that_the_cdk_writes_today_is_unknown_before_it_fails(name: str) -> None:
    lines = said(name)
    end = next((number for number, line in enumerate(lines) if "❌" in line), len(lines))
    unknown = [found.text for line in lines[:end] if isinstance(found := read(line), Other)]
    assert [line for line in unknown if "AdministratorAccess" not in line] == []


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "dev-lake | 4/9 | 17:46:21 | UPDATE_COMPLETE         | AWS::S3::Bucket | BronzeBucket ",
            ResourceEvent("dev-lake", 8, "UPDATE_COMPLETE", "AWS::S3::Bucket", "BronzeBucket"),
        ),
        (
            "dev-lake |  4 | 5:46:21 PM | CREATE_FAILED           | AWS::IAM::Role | Job/Role (JobRole12) Resource handler returned message: (Service: Iam, Status Code: 403) | x",
            ResourceEvent(
                "dev-lake",
                None,
                "CREATE_FAILED",
                "AWS::IAM::Role",
                "JobRole12",
                "Resource handler returned message: (Service: Iam, Status Code: 403) | x",
            ),
        ),
        (
            "dev-lake | 4/9 | 5:46:21 PM | CREATE_FAILED           | AWS::IAM::Role | JobRole Role (admin) is there ",
            ResourceEvent("dev-lake", 8, "CREATE_FAILED", "AWS::IAM::Role", "JobRole", "Role (admin) is there"),
        ),
        (
            "dev-lake | 4/9 | 5:46:21 PM | DELETE_FAILED (skipped) | AWS::IAM::Role | JobRole (this will take a few minutes to recover)",
            ResourceEvent(
                "dev-lake", 8, "DELETE_FAILED", "AWS::IAM::Role", "JobRole", "(this will take a few minutes to recover)", left=True
            ),
        ),
    ],
    ids=["another clock", "no total, and brackets in the reason", "no path", "left behind"],
)
def test_an_event_is_read(line: str, event: ResourceEvent) -> None:
    assert read(line) == event


def test_colours_are_not_read() -> None:
    line = "dev-lake | 4/9 | 6:08:09 PM | \x1b[32mUPDATE_COMPLETE        \x1b[39m | AWS::KMS::Key | \x1b[32m\x1b[1mKey\x1b[22m\x1b[39m"
    assert read(line) == ResourceEvent("dev-lake", 8, "UPDATE_COMPLETE", "AWS::KMS::Key", "Key")


def test_the_cdk_is_told_to_use_none(tmp_path: Path) -> None:
    code = "import os; print(os.environ['FORCE_COLOR'], os.environ['NO_COLOR'])"
    lines: list[str] = []
    follow([sys.executable, "-c", code], folder=tmp_path, environ={"FORCE_COLOR": "1"}, log=tmp_path / "log", on_line=lines.append)
    assert lines == ["0 1\n"]


def test_what_is_cancelled_because_of_another_failure_is_none() -> None:
    event = "lake | 4/9 | 5:46:21 PM | CREATE_FAILED | AWS::IAM::Role | JobRole {}\n"
    lines = shown([event.format("Resource creation cancelled"), event.format("no"), event.format("no")])
    assert lines[1:] == ["    ✗ lake: JobRole (AWS::IAM::Role): CREATE_FAILED: no"]


def test_a_terminal_has_a_bar_for_the_stack_that_is_going(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    lines = said("deployed")
    begun = lines[: next(number for number, line in enumerate(lines) if "local-network | 20/39" in line)]
    *_, last = [line for line in shown(begun, terminal=True) if "local-network" in line]
    assert "19/38 resources" in last
    assert "━" in last


@pytest.mark.parametrize(
    ("code", "said", "stacks"),
    [
        (0, ["✨  Number of stacks with differences: 0\n"], 0),
        (1, ["Stack dev-lake", "✨  Number of stacks with differences: 2\n"], 2),
        (1, ["Unable to resolve AWS account to use\n"], None),
        (0, ["something else\n"], None),
        (1, ["✨  Number of stacks with differences: 0\n"], None),
    ],
    ids=["none", "two", "it failed", "it says something else", "it contradicts itself"],
)
def test_permissions_are_not_widened_only_where_the_cdk_says_so(code: int, said: list[str], stacks: int | None) -> None:
    assert approval.widened(code, said) == stacks


class Cdk:
    """A CDK CLI whose permissions question is answered, and that notes what it is asked to do."""

    def __init__(self, code: int, said: list[str]) -> None:
        self.code, self.said = code, said
        self.asked: list[list[str]] = []

    def follow(self, command: list[str], *, on_line: Callable[[str], None], log: Path, **_: object) -> int:
        self.asked.append(command)
        if command[0] != "diff":
            return 0
        for line in self.said:
            on_line(line)
        return self.code


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The account `dev`, bootstrapped; nothing of it is there."""
    monkeypatch.setattr(deploy, "is_bootstrapped", lambda _: True)
    monkeypatch.setattr(deploy, "deployed_release", lambda _: "r1")
    monkeypatch.setattr(deploy, "prepare_access", lambda _: None)
    monkeypatch.setattr(deploy, "apply_access", lambda *_: None)
    monkeypatch.setattr(deploy, "warn_of_drift", lambda _: None)
    monkeypatch.setattr(deploy, "command_line", lambda _, arguments: list(arguments))
    monkeypatch.setattr(deploy, "environ_of", lambda *_: {})
    return Context(environment="dev", home=tmp_path)


WIDENED = (1, ["✨  Number of stacks with differences: 2\n"])


def test_nobody_to_ask_is_no_agreement(dev: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cdk = Cdk(*WIDENED)
    monkeypatch.setattr("cli.deployment.process.follow", cdk.follow)
    with pytest.raises(failures.Refused, match=r"widened in 2 stacks.*`lake --env dev deploy --yes`"):
        deploy._quietly(dev, asked=True)
    assert [command[0] for command in cdk.asked] == ["diff"]


@pytest.mark.parametrize(("answer", "does"), [(True, ["diff", "deploy"]), (False, ["diff"])], ids=["yes", "no"])
def test_what_was_agreed_to_is_what_is_deployed(answer: bool, does: list[str], dev: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    cdk = Cdk(*WIDENED)
    monkeypatch.setattr("cli.deployment.process.follow", cdk.follow)
    monkeypatch.setattr("cli.deployment.approval.approve", lambda *_, **__: answer)
    assert (deploy._quietly(dev, asked=True) == 0) == answer
    assert [command[0] for command in cdk.asked] == does
    if answer:
        assembly = cdk.asked[0][cdk.asked[0].index("--output") + 1]
        assert cdk.asked[1][:4] == ["deploy", "--all", "--app", assembly]


def test_a_question_that_fails_deploys_nothing(dev: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cdk = Cdk(1, ["Unable to resolve AWS account to use\n"])
    monkeypatch.setattr("cli.deployment.process.follow", cdk.follow)
    assert deploy._quietly(dev, asked=True) == 1
    assert [command[0] for command in cdk.asked] == ["diff"]
    assert "Unable to resolve AWS account to use\nThe CDK CLI ended with exit code 1. All that it said: " in capsys.readouterr().err


def test_the_laptop_and_yes_ask_nothing(dev: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    cdk = Cdk(*WIDENED)
    monkeypatch.setattr("cli.deployment.process.follow", cdk.follow)
    assert deploy._quietly(dev, asked=False) == 0
    assert [command[0] for command in cdk.asked] == ["deploy"]
    assert cdk.asked[0][-4:] == ["--require-approval", "never", "--progress", "events"]


@pytest.mark.parametrize(("seed", "following"), [(True, "lake seed"), (False, "lake run")], ids=["sample data", "none"])
def test_the_next_step_is_one_that_the_lake_has(
    seed: bool, following: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if seed:
        (tmp_path / "seed").mkdir()
    monkeypatch.setattr(deploy, "_quietly", lambda *_, **__: 0)
    monkeypatch.setattr(deploy, "deployed_release", lambda _: "r1")
    monkeypatch.setattr(deploy, "apply_access", lambda *_: None)
    monkeypatch.setattr(deploy, "warn_of_drift", lambda _: None)
    assert main.call(["--lake", str(tmp_path), "deploy"]) == 0
    assert capsys.readouterr().out == f"Deployed release r1. Next: {following}\n"


# A CDK CLI whose Node is a child of its own.
SLOW = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'])"


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits only for whoever should take note of its end; it was killed, so that takes no time."""
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_an_interrupt_ends_the_cdk_with_its_children_and_keeps_what_was_said(tmp_path: Path) -> None:
    children: list[int] = []

    def interrupted(line: str) -> None:
        children.append(int(line))
        raise KeyboardInterrupt

    log = tmp_path / "log"
    with pytest.raises(KeyboardInterrupt):
        follow([sys.executable, "-c", SLOW], folder=tmp_path, environ=dict(os.environ), log=log, on_line=interrupted)
    assert int(log.read_text().splitlines()[0]) == children[0]
    assert has_ended(children[0])


def test_all_that_is_said_is_kept_in_order_and_the_exit_code_is_its_own(tmp_path: Path) -> None:
    log = new_log(tmp_path, "deploy-dev")
    code = "import sys; print('out', flush=True); sys.stderr.buffer.write(b'\\xff err\\n'); sys.exit(7)"
    lines: list[str] = []
    assert follow([sys.executable, "-c", code], folder=tmp_path, environ=dict(os.environ), log=log, on_line=lines.append) == 7
    assert log.read_text() == "".join(lines) == "out\n\ufffd err\n"


def test_old_logs_are_removed(tmp_path: Path) -> None:
    for number in range(LOGS_KEPT + 5):
        (tmp_path / f"deploy-{number:02}.log").touch()
        os.utime(tmp_path / f"deploy-{number:02}.log", (number, number))
    new_log(tmp_path, "deploy-dev").touch()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == LOGS_KEPT
    assert "deploy-24.log" in kept


def test_an_interrupted_deployment_says_what_goes_on_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(command: list[str], *, on_line: Callable[[str], None], **_: object) -> int:
        on_line("local-lake: deploying... [2/6]\n")
        raise KeyboardInterrupt

    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setattr(deploy, "is_bootstrapped", lambda _: True)
    monkeypatch.setattr(deploy, "prepare_access", lambda _: None)
    monkeypatch.setattr(deploy, "command_line", lambda _, arguments: list(arguments))
    monkeypatch.setattr(deploy, "environ_of", lambda *_: {})
    monkeypatch.setattr("cli.deployment.process.follow", interrupted)
    assert main.call(["deploy"]) == 130
    assert "CloudFormation goes on with local-lake by itself" in capsys.readouterr().err
