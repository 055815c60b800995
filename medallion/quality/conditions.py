"""Many conditions as one, nested no deeper than need be: Spark goes down an expression level by level, on the stack of its thread."""

from collections.abc import Callable, Iterable
from operator import and_, or_

from pyspark.sql import Column
from pyspark.sql import functions as F


def any_of(conditions: Iterable[Column]) -> Column:
    """Whether at least one holds, in SQL's logic of three values; false where there is none."""
    return _balanced(or_, list(conditions), F.lit(False))


def all_of(conditions: Iterable[Column]) -> Column:
    """Whether all hold, in SQL's logic of three values; true where there is none."""
    return _balanced(and_, list(conditions), F.lit(True))


def _balanced(join: Callable[[Column, Column], Column], conditions: list[Column], none: Column) -> Column:
    if not conditions:
        return none
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return join(_balanced(join, conditions[:middle], none), _balanced(join, conditions[middle:], none))
