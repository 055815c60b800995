"""YAML is read as what it looks like."""

from pathlib import Path

import pytest

from medallion.manifest.document import read_document
from medallion.manifest.errors import Invalid


def read(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return read_document(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("2017-01-01", "2017-01-01"),
        ("12:30:00", "12:30:00"),
        ("0123", 123),
        ("1_000", "1_000"),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("~", None),
        ("", None),
        (".nan", ".nan"),
        ("'0123'", "0123"),
    ],
)
def test_a_plain_value_is_read_by_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, f"a: {text}") == {"a": value}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the field 'a' appears twice"),
        ("a:\n  b: 1\n  b: 2\n", "line 3, column 3: the field 'b' appears twice"),
        ("1: a\n", "line 1, column 1: a field's name must be text; put it in quotes"),
        ("a: [1\n", "line 2, column 1: "),
        ("a: !!python/name:os.system\n", "line 1, column 4: could not determine a constructor"),
        ("- a\n", "must hold fields, such as `name: value`, and holds list"),
        ("", "and holds nothing"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(tmp_path, text)
    assert problem in str(raised.value)
    assert "file.yaml" in str(raised.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_bytes(b"a: \xff")
    with pytest.raises(Invalid, match=r"file\.yaml: can't be read: "):
        read_document(tmp_path / "file.yaml")
