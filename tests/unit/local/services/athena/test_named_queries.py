"""Named queries are a workgroup's: listed with it, and IAM is asked for it whatever names them."""

from pathlib import Path
from typing import Any

import pytest

from local.service import Context, ServiceError
from local.services.athena.named_queries import NamedQueries


def refuse_unknown(workgroup: str) -> None:
    if workgroup not in {"primary", "analysts", "readers"}:
        raise ServiceError("InvalidRequestException", f"WorkGroup {workgroup} is not found.")


@pytest.fixture
def queries(tmp_path: Path) -> NamedQueries:
    return NamedQueries(tmp_path / "kept", refuse_unknown)


CONTEXT = Context("111111111111", "eu-west-1", "arn:aws:iam::111111111111:root", lambda request: request)


def save(queries: NamedQueries, name: str, **fields: Any) -> str:
    request = {"Name": name, "Database": "gold", "QueryString": "SELECT 1", **fields}
    return str(queries.create(request, CONTEXT)["NamedQueryId"])


def test_a_query_is_listed_with_its_workgroup_and_with_no_other(queries: NamedQueries) -> None:
    analysts, readers, nobodys = save(queries, "a", WorkGroup="analysts"), save(queries, "b", WorkGroup="readers"), save(queries, "c")
    assert queries.list_all({"WorkGroup": "analysts"}, CONTEXT) == {"NamedQueryIds": [analysts]}
    assert queries.list_all({"WorkGroup": "readers"}, CONTEXT) == {"NamedQueryIds": [readers]}
    assert queries.list_all({}, CONTEXT) == {"NamedQueryIds": [nobodys]}


def test_iam_is_asked_for_the_workgroups_of_the_queries_that_are_named(queries: NamedQueries) -> None:
    analysts, readers = save(queries, "a", WorkGroup="analysts"), save(queries, "b", WorkGroup="readers")
    assert queries.workgroups({"NamedQueryId": readers}) == ("readers",)
    assert queries.workgroups({"NamedQueryIds": [readers, analysts, "gone"]}) == ("analysts", "readers")
    assert queries.workgroups({"NamedQueryId": "gone"}) == ()
    assert queries.workgroups({"WorkGroup": "readers"}) == ("readers",)
    assert queries.workgroups({}) == ("primary",)


def test_a_query_outlives_the_laptop_and_is_changed_and_deleted(queries: NamedQueries, tmp_path: Path) -> None:
    saved = save(queries, "a", Description="first", WorkGroup="analysts", ClientRequestToken="t")
    assert save(queries, "a", ClientRequestToken="t") == saved
    queries.update({"NamedQueryId": saved, "Name": "b", "QueryString": "SELECT 2"}, CONTEXT)
    again = NamedQueries(tmp_path / "kept", refuse_unknown)
    kept = {
        "NamedQueryId": saved,
        "Name": "b",
        "Description": "first",
        "Database": "gold",
        "QueryString": "SELECT 2",
        "WorkGroup": "analysts",
    }
    assert again.get({"NamedQueryId": saved}, CONTEXT) == {"NamedQuery": kept}
    found = again.get_many({"NamedQueryIds": [saved, "gone"]}, CONTEXT)
    assert found["NamedQueries"] == [kept]
    assert [missing["NamedQueryId"] for missing in found["UnprocessedNamedQueryIds"]] == ["gone"]
    again.delete({"NamedQueryId": saved}, CONTEXT)
    again.delete({"NamedQueryId": saved}, CONTEXT)
    with pytest.raises(ServiceError, match=f"NamedQuery {saved} was not found"):
        again.get({"NamedQueryId": saved}, CONTEXT)
    assert NamedQueries(tmp_path / "kept", refuse_unknown).list_all({"WorkGroup": "analysts"}, CONTEXT) == {"NamedQueryIds": []}


def test_a_query_is_of_a_workgroup_that_there_is(queries: NamedQueries) -> None:
    with pytest.raises(ServiceError, match="WorkGroup nobodys is not found"):
        save(queries, "a", WorkGroup="nobodys")
