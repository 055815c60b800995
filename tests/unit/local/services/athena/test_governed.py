"""What is hidden of a table is hidden by every name that it ever had."""

from typing import Any

import pytest

from local.services.athena.errors import QueryFailed
from local.services.athena.governed import OF_FILES, limits_of
from local.services.athena.lineage import Lineage, Lineages, lineage_of
from local.services.athena.sql import failures
from local.services.athena.trino.client import TrinoFailed
from medallion.manifest.access.evaluate import ColumnAccess, TableAccess


def metadata(*schemas: dict[str, int]) -> dict[str, Any]:
    """An Iceberg metadata file with these fields by name; the last schema holds now."""
    return {
        "current-schema-id": len(schemas) - 1,
        "schemas": [
            {"schema-id": number, "fields": [{"id": field, "name": name} for name, field in fields.items()]}
            for number, fields in enumerate(schemas)
        ],
    }


def lineage(*schemas: dict[str, int]) -> Lineage:
    return lineage_of(metadata(*schemas))


def access(**answers: str | tuple[str, ...]) -> TableAccess:
    """What columns are: `yes`, `no`, or the expressions of rows."""
    columns = {
        name: ColumnAccess(answer="rows", rows=answer) if isinstance(answer, tuple) else ColumnAccess.model_validate({"answer": answer})
        for name, answer in answers.items()
    }
    return TableAccess(database="shop", table="orders", columns=columns)


@pytest.mark.parametrize(
    ("schemas", "granted", "hidden"),
    [
        pytest.param([{"id": 1, "email": 2}], {"id": "yes", "email": "no"}, {"email"}, id="denied"),
        pytest.param([{"id": 1, "Email": 2}], {"id": "yes", "Email": "no"}, {"email"}, id="in lower case"),
        pytest.param([{"id": 1}, {"id": 1, "drifted": 2}], {"id": "yes"}, {"drifted"}, id="not in the catalog yet"),
        pytest.param([{"id": 1, "gone": 2}, {"id": 1, "x": 3}], {"id": "yes", "x": "no"}, {"gone", "x"}, id="dropped"),
        pytest.param([{"town": 1, "x": 2}, {"city": 1, "x": 2}], {"city": "yes", "x": "no"}, {"town", "x"}, id="renamed"),
        pytest.param([{"a": 1, "x": 9}, {"x": 9}, {"x": 9, "a": 2}], {"a": "yes", "x": "no"}, {"x"}, id="made again"),
        pytest.param(
            [{"note": 1}, {"secret": 1, "note": 2}], {"note": "yes", "secret": "no"}, {"note", "secret"}, id="once another's name"
        ),
        pytest.param(
            [{"note": 1, "x": 9}, {"text": 1, "note": 2, "x": 9}], {"note": "yes", "text": "yes", "x": "no"}, {"x"}, id="both seen"
        ),
    ],
)
def test_a_name_is_seen_that_means_what_is_granted(schemas: list[dict[str, int]], granted: dict[str, Any], hidden: set[str]) -> None:
    assert limits_of(access(**granted), lineage(*schemas)).hidden == hidden | OF_FILES


def test_what_a_column_was_called_before_hides_nothing_of_it() -> None:
    assert lineage({"town": 1, "id": 2}, {"city": 1, "id": 2}).latest_names == {"city", "id"}
    assert lineage({"gone": 1, "id": 2}, {"id": 2}).latest_names == {"gone", "id"}


def test_cells_are_masked_where_their_filter_does_not_show_them() -> None:
    north, south = "region = 'north'", "region = 'south'"
    found = limits_of(access(id=(north, south), code=(north,), email="no"), lineage({"id": 1, "code": 2, "email": 3}))
    assert found.rows == f"({north}) OR ({south})"
    assert found.masks == (("code", f"({north})"),)
    every_row = limits_of(access(id="yes", code=(north,)), lineage({"id": 1, "code": 2}))
    assert (every_row.rows, every_row.masks) == (None, (("code", f"({north})"),))


@pytest.mark.parametrize("broken", [{}, {"schemas": []}, {"schemas": [{"schema-id": 0}], "current-schema-id": 0}, []])
def test_of_a_table_without_a_schema_nothing_is_shown(broken: Any) -> None:
    with pytest.raises(QueryFailed, match="ICEBERG_INVALID_METADATA"):
        lineage_of(broken)


def test_a_metadata_file_is_read_once() -> None:
    read: list[str] = []

    def of(location: str) -> dict[str, Any]:
        read.append(location)
        return metadata({"id": 1})

    lineages = Lineages(of)
    assert lineages.of("s3://a") is lineages.of("s3://a")
    assert read == ["s3://a"]


def failed(name: str, message: str) -> TrinoFailed:
    return TrinoFailed(name, message, "USER_ERROR")


REST = "cannot be resolved or requester is not authorized to access requested resources"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (
            failed("TYPE_MISMATCH", "line 1:14: '+' cannot be applied to varchar, integer"),
            f"COLUMN_NOT_FOUND: line 1:8: Column 'email' {REST}",
        ),
        (
            failed("PERMISSION_DENIED", "Access Denied: Cannot select from table a.b.people"),
            f"COLUMN_NOT_FOUND: line 1:8: Column 'email' {REST}",
        ),
        (failed("TABLE_NOT_FOUND", "line 1:8: Relation not found or not allowed"), f"COLUMN_NOT_FOUND: line 1:8: Column 'email' {REST}"),
        (failed("TABLE_NOT_FOUND", "line 1:23: Table 'a.b.x' does not exist"), "TABLE_NOT_FOUND: line 1:23: Table 'a.b.x' does not exist"),
        (failed("DIVISION_BY_ZERO", "Division by zero"), "DIVISION_BY_ZERO: Division by zero"),
    ],
    ids=["a type", "denied", "nothing left", "another table", "a value"],
)
def test_a_hidden_column_is_not_there_in_messages(failure: TrinoFailed, told: str) -> None:
    assert str(failures.translated(failure, "SELECT email + 1 FROM people", hidden={"email"})) == told


@pytest.mark.parametrize("name", ["MISMATCHED_COLUMN_ALIASES", "PERMISSION_DENIED"])
def test_how_many_columns_are_hidden_is_not_told(name: str) -> None:
    message = "line 1:15: Column alias list has 1 entries but 'p' has 7 columns available"
    failure = failed(name, message if name.startswith("MIS") else "Access Denied: Cannot select from table a.b.people")
    told = str(failures.translated(failure, "SELECT * FROM people AS p(a)", hidden={"email"}))
    assert (
        told == "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s): Required Select on all columns"
    )


def test_no_value_of_a_row_that_may_be_filtered_is_told() -> None:
    failure = failed("INVALID_CAST_ARGUMENT", "Cannot cast 's-two' to INT")
    assert "s-two" not in str(failures.translated(failure, "SELECT CAST(code AS integer) FROM sales", is_filtered=True))
    filter_failed = failed("INVALID_ROW_FILTER", "line 1:1: Invalid row filter for 'a.b.sales': Column 'region' cannot be resolved")
    assert "region" not in str(failures.translated(filter_failed, "SELECT 1 FROM sales", is_filtered=True))
