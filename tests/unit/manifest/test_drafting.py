"""How names, conditions and texts of a source become those of a contract."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medallion.manifest.document import _Loader
from medallion.manifest.drafting.naming import own_name, unused
from medallion.manifest.drafting.personal import judged
from medallion.manifest.drafting.scalar import comment, scalar
from medallion.manifest.engines.postgres.constraints import NotPlain, limits


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("orders", "orders"),
        ("OrderItems", "order_items"),
        ("CustomerID", "customer_id"),
        ("HTTPStatus2", "http_status2"),
        ("ORDER_LINES", "order_lines"),
        ("Order  Lines!", "order_lines"),
        ("a__b", "a_b"),
        ("_id", "id"),
        ("Größe", "groe"),
        ("2024", "t_2024"),
        ("注文", None),
    ],
)
def test_a_name_is_mapped(theirs: str, ours: str | None) -> None:
    assert own_name(theirs, "t") == ours


def test_a_taken_name_gets_a_number() -> None:
    assert unused(["a", "b"], {"a"}) == "b"
    assert unused(["a", "b"], {"a", "b", "a_2"}) == "a_3"


@given(st.text())
def test_every_text_survives_yaml(text: str) -> None:
    for loader in (_Loader, yaml.SafeLoader):
        assert yaml.load(f"{{a: {scalar(text)}, b: [{scalar(text)}]}}", Loader=loader) == {"a": text, "b": [text]}
        assert yaml.load(f"{comment(text)}\na: 1", Loader=loader) == {"a": 1}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(a > 0)", [("a", "exclusiveMinimum", (Decimal(0),))]),
        ("(a >= (0)::numeric)", [("a", "minimum", (Decimal(0),))]),
        ("(0 < a)", [("a", "exclusiveMinimum", (Decimal(0),))]),
        ("(a > '-5'::integer)", [("a", "exclusiveMinimum", (Decimal(-5),))]),
        ("((a >= 0) AND (a <= 10))", [("a", "minimum", (Decimal(0),)), ("a", "maximum", (Decimal(10),))]),
        ("(a = ANY (ARRAY['x'::text, 'it''s'::text]))", [("a", "enum", ("x", "it's"))]),
        ("((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying(5)])::text[]))", [("a", "enum", ("x", "y"))]),
        ('("Odd ""x" = ANY (ARRAY[1, 2]))', [('Odd "x', "enum", (Decimal(1), Decimal(2)))]),
        ("(a = 'x'::text)", [("a", "enum", ("x",))]),
    ],
)
def test_a_condition_of_one_column_is_a_limit(condition: str, expected: list[tuple[str, str, tuple[object, ...]]]) -> None:
    assert [(limit.column, limit.option, limit.values) for limit in limits(condition)] == expected


@pytest.mark.parametrize(
    "condition",
    [
        "(a < b)",
        "((a > 0) OR (b > 0))",
        "(length(a) > 3)",
        "(a ~ '^x'::text)",
        "(a <> 0)",
        "(NOT (a > 0))",
        "((a + b) > 0)",
        "(a > '2024-01-01'::date)",
        "(a IS NOT NULL)",
        "((a > 0) AND (a > 1))",
        "(a > 0) AND",
        "",
        "(a = ANY (b))",
        "lower(a) = a",
    ],
)
def test_any_other_condition_is_not_taken(condition: str) -> None:
    with pytest.raises(NotPlain):
        limits(condition)


@pytest.mark.parametrize(
    ("table", "name", "type", "classification"),
    [
        ("customers", "custEmail", "text", "restricted"),
        ("orders", "ShipToStreet", "text", "restricted"),
        ("customers", "name", "text", "restricted"),
        ("products", "name", "text", "internal"),
        ("visits", "client_ip", "text", "restricted"),
        ("visits", "ship", "text", "internal"),
        ("visits", "origin", "inet", "restricted"),
        ("events", "payload", "jsonb", "restricted"),
        ("accounts", "IBAN", "varchar(34)", "restricted"),
        ("staff", "geburtsdatum", "date", "restricted"),
        ("orders", "customer_id", "bigint", "confidential"),
        ("customers", "id", "bigint", "confidential"),
        ("orders", "id", "bigint", "internal"),
        ("orders", "total", "numeric(10,2)", "internal"),
        ("orders", "package_size", "text", "internal"),
    ],
)
def test_what_looks_personal(table: str, name: str, type: str, classification: str) -> None:
    assert judged(table, name, type)[0] == classification
