"""Values that may fail to be made: an error in one row is a null in that row, not the end of the job.

Spark has `try_cast` and its like, but nothing that guards any expression of a contract. Its own node for that, `TryEval`, has no
name in SQL, so it is reached through Java here and nowhere else.
"""

from typing import Any

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.classic.column import Column as ClassicColumn

from medallion.jvm import java_class

VALUE = "value"


def allow_attempts(spark: SparkSession) -> None:
    """Makes a session fit for guarded expressions; for all of its later queries."""
    # A sub-expression that two columns share would be computed outside of both guards, and one bad value would fail the job.
    spark.conf.set("spark.sql.subexpressionElimination.enabled", "false")


def attempted(spark: SparkSession, expression: str) -> Column:
    """The value of a Spark SQL expression, or null where it fails in a row.

    Args:
        spark: The session; ANSI mode is on, so that a bad cast is a failure and not a null.
        expression: The expression.
    """
    session: Any = spark._jsparkSession
    parsed = session.sessionState().sqlParser().parseExpression(expression)
    guarded = java_class(spark, "org.apache.spark.sql.catalyst.expressions.TryEval")(parsed)
    return ClassicColumn(java_class(spark, "org.apache.spark.sql.classic.ExpressionUtils").column(guarded))


def attempted_value(spark: SparkSession, expression: str, type: str) -> Column:
    """A struct of the expression's `value` as a type; the struct is null where it could not be made, its value where it is null."""
    return attempted(spark, f"named_struct('{VALUE}', CAST(({expression}) AS {type}))")


def broken(spark: SparkSession, rule: str) -> Column:
    """Whether a rule is false for a row, or fails; a null keeps it."""
    return ~F.coalesce(attempted(spark, f"coalesce(({rule}), true)"), F.lit(False))
