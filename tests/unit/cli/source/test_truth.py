"""What a seed tells of documents is kept for the report, beside the laptop's state."""

from pathlib import Path

import pytest

from cli.context import Context
from cli.source.truth import keep, kept
from cli.terminal.failures import Refused


def told(**documents: list[dict[str, str]]) -> dict[str, dict[str, dict[str, object]]]:
    about = {id: {"kind": "one", "records": records} for id, records in documents.items()}
    return {"store": {"products": {"rows": 3}}, "mail": {"letters": {"rows": len(about), "documents": about}}}


def test_documents_that_were_seeded_before_are_still_known(tmp_path: Path) -> None:
    context = Context(environment="dev", home=tmp_path / "not there yet")
    assert kept(context) == {}
    keep(context, told(d1=[{"kind": "a"}], d2=[]))
    keep(context, told(d1=[{"kind": "b"}], d3=[]))
    assert kept(context) == {"mail__letters": {"d1": [{"kind": "b"}], "d2": [], "d3": []}}
    assert kept(Context(environment="prod", home=context.home)) == {}


def test_a_seed_without_documents_leaves_nothing(tmp_path: Path) -> None:
    keep(Context(environment="dev", home=tmp_path), {"store": {"products": {"rows": 3}}})
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    context = Context(environment="dev", home=tmp_path)
    (tmp_path / "truth-dev.json").write_text('{"mail__letters": ')
    with pytest.raises(Refused, match=r"truth-dev\.json is not complete; remove it, and `lake --env dev seed` writes it again"):
        kept(context)
