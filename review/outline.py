"""What a reviewer of a stack cares for, and nothing else; the baseline is this, written down."""

from pathlib import Path

import yaml

from medallion.manifest.frozen import Frozen
from review.access import rules_of
from review.assembly import Stack
from review.network import openings, public
from review.rule import Rule
from review.stateful import Stateful, stateful

LONGEST_LINE = 120


class Outline(Frozen):
    """One stack.

    Attributes:
        stack: Its name.
        protected: Whether it refuses to be deleted.
        stateful: What holds data, by logical id.
        access: Who may do what: rules by the role that has them or by the resource whose policy they are.
        network: Every way in, out and to a service.
        public: What everyone on the internet can reach.
        accepted: Accepted findings with their reason, by construct.
    """

    stack: str
    protected: bool = False
    stateful: dict[str, Stateful] = {}
    access: dict[str, tuple[Rule, ...]] = {}
    network: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    accepted: dict[str, dict[str, str]] = {}


def outline(stack: Stack) -> Outline:
    """The outline of a synthesized stack."""
    return Outline(
        stack=stack.name,
        protected=stack.protected,
        stateful=stateful(stack.resources),
        access=rules_of(stack.resources),
        network=openings(stack.resources),
        public=public(stack.resources),
        accepted=stack.accepted,
    )


def read_outlines(folder: Path) -> tuple[Outline, ...]:
    """The outlines in a folder, one YAML file a stack; none where there is no folder."""
    return tuple(Outline.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.yaml")))


def write_outlines(folder: Path, outlines: tuple[Outline, ...]) -> None:
    """Makes a folder hold these outlines and no other."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.yaml"):
        stale.unlink()
    for each in outlines:
        (folder / f"{each.stack}.yaml").write_text(_text(each), encoding="utf-8")


def _text(each: Outline) -> str:
    document = each.model_dump(mode="json", exclude_defaults=True)
    return f"# What a reviewer of {each.stack} looks at, written by `make baseline`.\n" + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )


class _Dumper(yaml.SafeDumper):
    """Short lists of names stand on one line."""

    def ignore_aliases(self, data: object) -> bool:
        """Writes everything out, however often it occurs."""
        del data
        return True


def _list(dumper: yaml.SafeDumper, items: list[object]) -> yaml.SequenceNode:
    names = all(isinstance(item, str) and " " not in item for item in items)
    flow = names and sum(len(str(item)) + 2 for item in items) < LONGEST_LINE
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flow)


_Dumper.add_representer(list, _list)
