"""The rows in which two snapshots of a table differ, found by their files; with `table`, the only module that talks to Iceberg's Java classes.

Iceberg's own changelog does not read tables whose deleted rows are marked and not rewritten. So the files of both snapshots are compared, and
only those that differ are read: what was added, what is gone, and what is marked as deleted in one of them and not in the other.
Nothing has to be recorded for it, so nothing can be lost but the older snapshot itself, by expiry.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame

from medallion.jvm import items, java_class
from medallion.publish.table import Metadata

_PLACE = ("_file", "_pos")


@dataclass(frozen=True)
class Values:
    """What changed rows had or have.

    Attributes:
        found: The distinct values, a tuple of texts each, null for null; None where looking would cost more than reading all of the table.
        reason: Why they were not found.
    """

    found: frozenset[tuple[str | None, ...]] | None
    reason: str = ""


def changed_values(metadata: Metadata, before: int, after: int, values: Sequence[Column], limit: int) -> Values:
    """The values of the rows that only one of two snapshots has: of a changed row, the old and the new one.

    Rows that were rewritten and are the same, as by compaction, don't count. Neither snapshot need be an ancestor of the other.

    Args:
        metadata: The table.
        before: One snapshot; it must not have expired.
        after: The other.
        values: Text expressions over one row.
        limit: How many distinct values are of use.
    """
    old, new = _tasks(metadata, before), _tasks(metadata, after)
    gone = [task.java for path, task in old.items() if path not in new]
    fresh = [task.java for path, task in new.items() if path not in old]
    marked = [path for path, task in new.items() if path in old and task.marks != old[path].marks]
    if gone and fresh and (compared := _records(gone + fresh)) > _records([task.java for task in new.values()]):
        return Values(None, f"{compared} rows of it were written anew, by compaction or otherwise")
    with ExitStack() as staged:

        def read(tasks: Sequence[Any]) -> DataFrame:
            return staged.enter_context(_rows(metadata, tasks))

        parts: list[DataFrame] = []
        if gone and fresh:
            parts.append(_net(read(gone), read(fresh), values))
        elif gone or fresh:
            parts.append(read(gone or fresh).select(*values))
        if marked:
            then, now = [old[path].java for path in marked], [new[path].java for path in marked]
            parts.append(_lost(read(then), read(now), values))
            if any(old[path].marks - new[path].marks for path in marked):
                parts.append(_lost(read(now), read(then), values))
        if not parts:
            return Values(frozenset())
        rows = reduce(DataFrame.union, parts).distinct().limit(limit + 1).collect()
    if len(rows) > limit:
        return Values(None, f"changes touch more than {limit} of its partitions")
    return Values(frozenset(tuple(row) for row in rows))


@dataclass(frozen=True)
class _Task:
    """A data file as one snapshot has it, with the files that mark rows of it as deleted."""

    java: Any
    marks: frozenset[str]


def _tasks(metadata: Metadata, snapshot: int) -> Mapping[str, _Task]:
    found = {}
    planned = metadata.java.newScan().useSnapshot(snapshot).planFiles()
    try:
        tasks = planned.iterator()
        while tasks.hasNext():
            task = tasks.next()
            found[str(task.file().location())] = _Task(task, frozenset(str(mark.location()) for mark in items(task.deletes())))
    finally:
        planned.close()
    return found


def _records(tasks: Sequence[Any]) -> int:
    return sum(int(task.file().recordCount()) for task in tasks)


@contextmanager
def _rows(metadata: Metadata, tasks: Sequence[Any]) -> Iterator[DataFrame]:
    """The rows of some files, as Iceberg's own compaction reads them; to be used before the context ends."""
    spark = metadata.table.spark
    name, staged, none = str(uuid4()), java_class(spark, "java.util.ArrayList")(), java_class(spark, "scala.Option").empty()
    for task in tasks:
        staged.add(task)
    manager = java_class(spark, "org.apache.iceberg.spark.ScanTaskSetManager").get()
    manager.stageTasks(metadata.java, name, staged)
    try:
        relation = java_class(spark, "org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation").create(
            java_class(spark, "org.apache.iceberg.spark.source.SparkRewriteTable")(metadata.java, name),
            none,
            none,
            java_class(spark, "org.apache.spark.sql.util.CaseInsensitiveStringMap").empty(),
            none,
        )
        rows = java_class(spark, "org.apache.spark.sql.classic.Dataset").ofRows(spark._jsparkSession, relation)
        yield ClassicDataFrame(rows, spark)
    finally:
        manager.removeTasks(metadata.java, name)


def _net(gone: DataFrame, fresh: DataFrame, values: Sequence[Column]) -> DataFrame:
    """The values of the rows that are in one of two frames more often than in the other."""
    names = [f"_value_{number}" for number in range(len(values))]
    # Spark groups by no maps; as text, one whose entries changed places counts as changed, which costs a partition and nothing else.
    plain = [F.to_json(F.struct(F.col(f"`{name}`"))).alias(name) if "map<" in kind else F.col(f"`{name}`") for name, kind in gone.dtypes]

    def counted(rows: DataFrame, sign: int) -> DataFrame:
        return rows.select(*plain, *(value.alias(name) for name, value in zip(names, values, strict=True)), F.lit(sign).alias("_sign"))

    both = counted(gone, -1).union(counted(fresh, 1))
    keys = [F.col(f"`{name}`") for name in both.columns if name != "_sign"]
    return both.groupBy(*keys).agg(F.sum("_sign").alias("_sum")).where("_sum <> 0").select(*names)


def _lost(rows: DataFrame, others: DataFrame, values: Sequence[Column]) -> DataFrame:
    """The values of the rows of some files that are marked as deleted where the others read the same files."""
    names = [f"_value_{number}" for number in range(len(values))]
    # With `_deleted`, marked rows are read too.
    marks = others.select(*_PLACE, "_deleted").where("_deleted").select(*_PLACE)
    placed = rows.select(*_PLACE, *(value.alias(name) for name, value in zip(names, values, strict=True)))
    return placed.join(marks, list(_PLACE), "left_semi").select(*names)
