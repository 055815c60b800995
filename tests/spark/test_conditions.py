"""Conditions of wide tables: as many as there are columns, joined as one."""

from collections.abc import Callable

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from medallion.quality.conditions import all_of, any_of

# More than a stack of the usual size holds one inside the other.
MANY = 1500


@pytest.mark.parametrize(
    ("joined", "expected"),
    [
        pytest.param(lambda: any_of(F.col("id") == number for number in range(MANY)), True, id="any"),
        pytest.param(lambda: all_of(F.col("id") != number for number in range(1, MANY)), True, id="all"),
        pytest.param(lambda: any_of([]), False, id="any of none"),
        pytest.param(lambda: all_of([]), True, id="all of none"),
        pytest.param(lambda: any_of([F.lit(None).cast("boolean"), F.lit(False)]), None, id="null or false"),
        pytest.param(lambda: all_of([F.lit(None).cast("boolean"), F.lit(False)]), False, id="null and false"),
    ],
)
def test_many_conditions_are_one(spark: SparkSession, joined: Callable[[], Column], expected: bool | None) -> None:
    assert spark.range(1).where(joined().eqNullSafe(F.lit(expected))).count() == 1
