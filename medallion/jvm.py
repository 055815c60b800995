"""Objects of Spark's Java process, reached without the lookups that py4j makes for every step of a dotted name and every end of a loop."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pyspark.sql import SparkSession


def java_class(spark: SparkSession, name: str) -> Any:
    """A Java class by its full name.

    As an attribute path it would be looked up once for each part, in every jar and below every imported package.
    """
    return getattr(spark._jvm, name)


def items(collection: Any) -> Iterator[Any]:
    """The objects of a Java list.

    A `for` over the list itself ends in a Java exception, and to tell of which kind takes longer than all else.
    """
    return (collection.get(place) for place in range(collection.size()))


def text_map(spark: SparkSession, java: Any) -> Mapping[str, str]:
    """A Java map of texts, in one call instead of several an entry."""
    found: dict[str, str] = json.loads(_json(spark, java))
    return found


def texts(spark: SparkSession, java: Any) -> tuple[str, ...]:
    """A Java collection of texts, in one call instead of several an entry."""
    return tuple(json.loads(_json(spark, java)))


def _json(spark: SparkSession, java: Any) -> str:
    mapper = java_class(spark, "com.fasterxml.jackson.databind.ObjectMapper")()
    return str(mapper.writeValueAsString(java))
