"""The grocer's sales on one page, for Streamlit. It has no SQL of its own: each panel shows a saved query of this lake (`queries/`).

    AWS_PROFILE=laptop-bi-reader AWS_ATHENA_WORK_GROUP=local-bi-reader streamlit run lakes/grocer/bi/sales.py

docs/bi.md says how to install Streamlit and how to make the profile, on the laptop and on an account.
"""

import os
from typing import Any

import boto3
import pandas as pd
import streamlit
from pyathena import connect

# The saved query, the kind of chart, the column below it and those that it draws.
PANELS = (
    ("Sales by month", "line", "month", ("net_sales", "discounts")),
    ("Departments by sales", "bar", "department", ("net_sales",)),
    ("Sales by day of the week", "bar", "weekday", ("net_sales",)),
    ("Complaints by department", "bar", "department", ("complaints", "praises")),
    ("Campaigns by take-up", "table", "campaign_id", ("redeeming_percent", "sales")),
)
WORKGROUP = os.environ.get("AWS_ATHENA_WORK_GROUP", "local-bi-reader")
FRESH_SECONDS = 600


@streamlit.cache_data(ttl=FRESH_SECONDS)
def saved_queries() -> dict[str, dict[str, Any]]:
    """The saved queries of the workgroup, by name."""
    athena = boto3.client("athena")
    found: dict[str, dict[str, Any]] = {}
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=WORKGROUP):
        if page["NamedQueryIds"]:
            for query in athena.batch_get_named_query(NamedQueryIds=page["NamedQueryIds"])["NamedQueries"]:
                found[query["Name"]] = query
    return found


@streamlit.cache_data(ttl=FRESH_SECONDS)
def answer(sql: str, database: str) -> pd.DataFrame:
    """What Athena answers."""
    with connect(work_group=WORKGROUP, schema_name=database) as connection:
        cursor = connection.cursor().execute(sql)
        return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description or []])


def show(name: str, kind: str, below: str, drawn: tuple[str, ...]) -> None:
    """Draws one panel."""
    query = saved_queries().get(name)
    streamlit.subheader(name)
    if query is None:
        streamlit.error(f"{WORKGROUP} has no saved query of this name; `lake deploy` saves it")
        return
    streamlit.caption(query["Description"])
    rows = answer(query["QueryString"], query["Database"])
    if kind == "table":
        streamlit.dataframe(rows, hide_index=True)
        return
    # Decimals are exact, and a chart wants numbers.
    numbers = rows[[below, *drawn]].astype(dict.fromkeys(drawn, float))
    draw = streamlit.line_chart if kind == "line" else streamlit.bar_chart
    draw(numbers, x=below, y=list(drawn))


streamlit.set_page_config(page_title="The grocer's sales", layout="wide")
streamlit.title("The grocer's sales")
left, right = streamlit.columns(2)
for place, panel in enumerate(PANELS):
    with (left, right)[place % 2]:
        show(*panel)
