"""A step as one value: which comes before which, and what its task and its job are called."""

from itertools import permutations

import pytest

from medallion.manifest.model import BronzeTable, GoldTable, Product, SilverTable
from medallion.manifest.names import Names
from medallion.manifest.steps import AGGREGATE, APPLY_CONTRACTS, INGEST, KINDS, REFINE, Step, before, in_order, jobs, step_of, steps_of

NAMES = Names(prefix="dev_eu", account="222222222222", region="eu-west-1")
BRONZE = BronzeTable(
    product="shop", name="till__orders", contract="", version="1", columns=(), source="till", object="orders", mode="snapshot"
)
SILVER = SilverTable(product="shop", name="orders", contract="", version="1", columns=(), input="till__orders", key=("id",))


def gold(name: str, *inputs: str) -> GoldTable:
    return GoldTable(product="shop", name=name, contract="", version="1", columns=(), inputs=inputs, sql="")


# Steps of one layer that are made from each other, as an ingestion may be from another one's table.
DAILY, WEEKLY, YEARLY = (
    Step(kind=AGGREGATE, source=name, tables=(gold(name, *inputs),))
    for name, inputs in (("daily", ("orders",)), ("weekly", ("daily",)), ("yearly", ("weekly", "daily")))
)


@pytest.mark.parametrize("steps", list(permutations((DAILY, WEEKLY, YEARLY))), ids=lambda steps: " ".join(step.source for step in steps))
def test_steps_of_one_layer_follow_those_whose_tables_they_read(steps: tuple[Step, ...]) -> None:
    assert in_order(steps) == (DAILY, WEEKLY, YEARLY)
    assert before(YEARLY, steps) == (WEEKLY,)
    assert before(DAILY, steps) == ()


def test_a_layer_follows_the_whole_of_the_one_below() -> None:
    loose = Step(kind=INGEST, source="loose")
    assert all(loose.is_before(step) for step in (Step(kind=REFINE), DAILY))
    assert Step(kind=APPLY_CONTRACTS).is_before(loose)


def test_steps_that_wait_for_each_other_are_refused_by_name() -> None:
    one = Step(kind=AGGREGATE, source="one", tables=(gold("a", "b"),))
    other = Step(kind=AGGREGATE, source="other", tables=(gold("b", "a"),))
    with pytest.raises(ValueError, match="aggregate_one and aggregate_other would wait for each other"):
        in_order((one, other))


def test_each_table_is_written_by_one_step_of_its_product() -> None:
    product = Product(name="shop", tables=(BRONZE, SILVER, DAILY.tables[0]))
    steps = steps_of(product, governed=True)
    assert [step.kind for step in steps] == list(KINDS)
    assert [(step.task, step.job(NAMES)) for step in steps] == [
        ("tighten_access", "dev-eu-apply-access"),
        ("apply_contracts", "dev-eu-apply-contracts"),
        ("open_access", "dev-eu-apply-access"),
        ("ingest_till", "dev-eu-ingest-till"),
        ("refine", "dev-eu-refine"),
        ("aggregate", "dev-eu-aggregate"),
    ]
    assert [step_of(table).job(NAMES) for table in product.tables] == [step.job(NAMES) for step in steps[3:]]
    assert set(jobs(NAMES, product.sources, governed=True)) == {step.job(NAMES) for step in steps}
    assert len(jobs(NAMES, product.sources, governed=True)) == 5
    assert jobs(NAMES, ["crm"], ["silver"], governed=False) == ("dev-eu-apply-contracts", "dev-eu-ingest-crm", "dev-eu-refine")
