"""Who sees which column, as contracts and personas say."""

from collections.abc import Sequence
from itertools import groupby

from medallion.manifest.access.matrix import MatrixRow, in_words, share
from report.facts import Facts
from report.markup import Html, element, join
from report.sections import section

TITLE = "Who sees what"
_CLASSES = {"yes": "good", "no": "zero", "rows": "warn", "ungoverned": "bad"}


def access(facts: Facts) -> Html | None:
    """Each table, how much of it each persona sees, and column by column; None where Lake Formation does not decide."""
    if not facts.access:
        return None
    personas = {persona.name: persona.description for persona in facts.manifest.personas}
    intro = (
        "What each persona sees of each table by the contracts and personas of this release, a column at a time. "
        "A column that is not seen is absent, wherever it is asked for; what no contract names is as restricted as its database."
    )
    people = element(
        "dl",
        *(element("div", element("dt", element("strong", name)), element("dd", description)) for name, description in personas.items()),
    )
    tables = [_table(name, list(columns), list(personas)) for name, columns in groupby(facts.access, key=lambda column: column.table)]
    return section("access", TITLE, intro, people, *tables)


def _table(name: str, columns: Sequence[MatrixRow], personas: Sequence[str]) -> Html:
    layer, _, table = name.partition(".")
    much = " · ".join(f"{persona} {share(columns, persona)}" for persona in personas)
    head_line = join(element("span", layer, class_=f"layer {layer}"), " ", element("strong", table), element("span", much, class_="count"))
    head = element("tr", *(element("th", title, scope="col") for title in ("column", "class", *personas)))
    lines = [
        element(
            "tr",
            element("th", element("code", column.name), scope="row"),
            element("td", element("span", column.classification, class_=f"class {column.classification}")),
            *(element("td", in_words(column.access[persona]), class_=_CLASSES[column.access[persona].answer]) for persona in personas),
        )
        for column in columns
    ]
    caption = f"Who sees which column of {name}"
    body = join(element("caption", caption), element("thead", head), element("tbody", *lines))
    wide = element("div", element("table", body), class_="wide", tabindex=0, role="region", aria_label=caption)
    return element("details", element("summary", head_line), wide)


__all__ = ["TITLE", "access"]
