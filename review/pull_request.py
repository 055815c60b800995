"""What a branch changes in the templates of a lake's environments, as Markdown for the page of a pull request."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from medallion.manifest.access.matrix import differences, summary
from medallion.manifest.configuration import environment_names
from medallion.manifest.errors import Invalid, Terminal
from review.assembly import read_assembly, synthesize
from review.baseline import outlines
from review.change import Change
from review.compare import changes
from review.price import idle_price
from review.restricted import matrix_of

# What a page of GitHub holds is a megabyte for all jobs together.
LONGEST_DIFFERENCE = 60_000
SET_UP = ("requirements", "pyproject.toml", "tools", "Makefile")


class NoBase(Terminal):
    """The commit to compare with is not there."""


@dataclass(frozen=True)
class Difference:
    """What one environment's templates change.

    Attributes:
        environment: Its name.
        found: For a reviewer.
        resources: `cdk diff` of each stack that differs, by stack.
        price: US dollars a month when idle, before and after; None where the environment is not on that side.
    """

    environment: str
    found: tuple[Change, ...]
    resources: dict[str, str]
    price: tuple[float | None, float | None]


def compare_assemblies(root: Path, environment: str, base: Path | None, head: Path | None, scratch: Path) -> Difference:
    """Compares two cloud assemblies of an environment; None where a side does not have it."""
    found = changes(outlines(base) if base else (), outlines(head) if head else ())
    old = {stack.name: stack for stack in read_assembly(base)} if base else {}
    new = {stack.name: stack for stack in read_assembly(head)} if head else {}
    told = {}
    for name, stack in new.items():
        if name not in old or old[name].template != stack.template:
            template = base / f"{name}.template.json" if base and name in old else _empty(scratch)
            assert head is not None
            told[name] = _cdk_diff(root, head, name, template)
    price = tuple(idle_price([stack.template for stack in side.values()]).total if side else None for side in (old, new))
    return Difference(environment, found, told, (price[0], price[1]))


def markdown(differences: list[Difference], base: str) -> str:
    """The page."""
    parts = [f"## What changes in the templates, compared with {base}"]
    for difference in differences:
        parts.append(f"### {difference.environment}{_price(*difference.price)}")
        if not difference.found:
            parts.append("Nothing that a reviewer has to look at." if difference.resources else "No difference.")
        for kind, group in groupby(difference.found, key=lambda change: change.kind):
            parts.append(f"**{kind.title}** ({kind.weight.value}): {kind.meaning}\n")
            parts += [f"- `{change.stack}`: {_escaped(change.what)}" for change in group]
            parts.append("")
        for stack, text in difference.resources.items():
            cut = "\n… cut here; `make review` shows all" if len(text) > LONGEST_DIFFERENCE else ""
            fence = "```"
            parts.append(
                f"<details><summary>cdk diff of {stack}</summary>\n\n{fence}\n{text[:LONGEST_DIFFERENCE]}{cut}\n{fence}\n</details>\n"
            )
    return "\n".join(parts) + "\n"


def access_markdown(base: Path, head: Path) -> str:
    """What contracts and personas open and close, between two folders of one lake; nothing where nobody sees more or less."""
    try:
        before = matrix_of(base)
    except Invalid as error:
        # Contracts of another release of the compiler.
        return f"\n## Who sees which column\n\nWhat the base says can't be read by this release:\n\n{_escaped(str(error))}\n"
    lines = summary(differences(before, matrix_of(head)))
    if not lines:
        return ""
    listed = [f"- {_escaped(line.strip())}" if line.startswith(" ") else f"\n**{line.removesuffix(':')}**\n" for line in lines]
    return "\n".join(["\n## Who sees which column", *listed]) + "\n"


def review(root: Path, lake: str, base: str, work: Path) -> str:
    """Synthesizes each environment of the base commit and of this checkout, and compares them.

    Args:
        root: This checkout, set up.
        lake: The lake's folder, below the root.
        base: A commit.
        work: A folder for the base's checkout and the assemblies; it is emptied.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with checkout(root, base, work / "base") as other:
        before, after = environment_names(other / lake), environment_names(root / lake)
        compared = []
        for name in sorted({*before, *after}):
            old = synthesize(other, name, other / lake, work / "old" / name) if name in before else None
            new = synthesize(root, name, root / lake, work / "new" / name) if name in after else None
            compared.append(compare_assemblies(root, name, old, new, work))
        return markdown(compared, base) + access_markdown(other / lake, root / lake)


@contextmanager
def checkout(root: Path, commit: str, where: Path) -> Iterator[Path]:
    """Another commit of the repository, set up to synthesize; gone afterwards.

    Raises:
        NoBase: There is no such commit here, or its own set-up failed.
    """
    made = _git(root, "worktree", "add", "--detach", "--force", str(where), commit)
    if made.returncode:
        raise NoBase(f"{commit} can't be checked out: {made.stderr.strip()}; fetch it first, as in `git fetch origin main`")
    try:
        # With the same locks the same environment does; otherwise the base gets its own.
        if _git(root, "diff", "--quiet", commit, "--", *SET_UP).returncode == 0:
            for name in (".venv", ".tools"):
                (where / name).symlink_to((root / name).resolve())
        elif subprocess.run(
            ["make", "--silent", ".tools/stamps/venv", ".tools/stamps/wheels"], cwd=where, stdout=sys.stderr, check=False
        ).returncode:
            raise NoBase(f"{commit} could not be set up in {where}; what `make` says is above")
        yield where
    finally:
        _git(root, "worktree", "remove", "--force", str(where))


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)


def _empty(scratch: Path) -> Path:
    path = scratch / "empty.template.json"
    path.write_text('{"Resources": {}}')
    return path


def _cdk_diff(root: Path, assembly: Path, stack: str, template: Path) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_"))}
    done = subprocess.run(
        [
            str(root / "node_modules" / ".bin" / "cdk"),
            "diff",
            stack,
            "--exclusively",
            "--app",
            str(assembly),
            "--template",
            str(template),
            "--no-color",
            "--no-notices",
        ],
        env={
            **kept,
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "PATH": os.pathsep.join([str(root / ".venv" / "bin"), kept.get("PATH", os.defpath)]),
        },
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoBase(f"`cdk diff` of {stack} failed:\n{done.stderr.strip()[-2000:]}")
    return (done.stdout + done.stderr).strip()


def _price(before: float | None, after: float | None) -> str:
    if before is not None and after is not None and before != after:
        return f": idle price ${before:,.2f} a month, then ${after:,.2f}"
    if after is None:
        return ": no longer an environment"
    return f": idle price ${after:,.2f} a month" + (", a new environment" if before is None else "")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")
