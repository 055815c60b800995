"""The gold tables of a product: SQL or Python over pinned snapshots of their inputs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from medallion.aggregate.inputs import Pinned, pinned_ids
from medallion.aggregate.partitions import MOST_PARTITIONS, Partitions, bounds
from medallion.aggregate.transform import failures_told, transformed
from medallion.arguments import Run
from medallion.catalog.snapshot import Snapshot
from medallion.manifest.errors import Terminal
from medallion.manifest.model import GoldTable, Manifest
from medallion.manifest.names import Names, without_history
from medallion.manifest.schedule import made_from
from medallion.manifest.steps import AGGREGATE
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.difference import changed_values
from medallion.publish.publication import Draft, Published, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.audit import failures, row_checks, unique_checks
from medallion.quality.check import Check
from medallion.quality.counts import append_failures
from medallion.quality.measure import measure_checks

log = logging.getLogger(__name__)


def aggregate(spark: SparkSession, run: Run) -> tuple[Outcome, ...]:
    """Makes the gold tables anew whose inputs or definition changed, each after those that it reads."""
    works = [
        TableWork(
            f"{run.names.database('gold')}.{table.name}",
            partial(_table, spark, run, table),
            needs=made_from(table, run.manifest, run.names),
        )
        for table in run.product.gold
        if run.wants(table.name)
    ]
    return run_tables(spark, AGGREGATE.name, works, failed=run.failed)


@dataclass(frozen=True)
class Aggregation:
    """One gold table in one run.

    Attributes:
        spark: The session.
        contract: The table.
        inputs: The tables that it is made from, by the name that it uses.
        table: Its place in the lake.
        run_id: The run.
        release: The release that the job is of.
    """

    spark: SparkSession
    contract: GoldTable
    inputs: Mapping[str, LakeTable]
    table: LakeTable
    run_id: str
    release: str

    def draft(self, metadata: Metadata) -> Draft | None:
        """What the run has to publish; None if the same rows and definition made what is there."""
        pinned = {name: Pinned.now(table) for name, table in self.inputs.items()}
        state = State(
            run_id=self.run_id,
            release=self.release,
            contract_version=self.contract.version,
            inputs=dict(pinned_ids(pinned.values())),
            digest=definition_digest(self.contract),
        )
        touched: Partitions | None = None
        if metadata.state is not None and metadata.state.digest == state.digest:
            changed = {name for name, one in pinned.items() if not one.unchanged_since(metadata.state.inputs.get(one.table.full_name))}
            if not changed:
                return None
            touched = self._touched(metadata.state, pinned, changed)
        if touched is not None and not touched.found:
            # What changed came to nothing; remembered, so that it is not compared again.
            return Draft(result=lambda: Result(state, {"merged": 0}))
        return self._draft(state, pinned, touched)

    def _touched(self, before: State, pinned: Mapping[str, Pinned], changed: set[str]) -> Partitions | None:
        """The partitions that changed rows of the inputs had or have a share in; None where all may."""
        if not self.contract.follows:
            return None
        followed = self.contract.follows[0].input
        if others := sorted(changed - {followed}):
            return self._everything(f"{', '.join(others)} changed, and any of its rows may have a share in any partition")
        one = pinned[followed]
        last = before.inputs.get(one.table.full_name)
        if last is None or one.head is None:
            return self._everything(f"{followed} had no rows when it was last read")
        since = one.readable(last)
        if since is None:
            return self._everything(f"snapshot {last} of {followed}, with which it was last made, has expired")
        values = [F.expr(expression) for expression in bounds(self.contract)]
        changes = changed_values(one.metadata, since, one.head.id, values, MOST_PARTITIONS)
        return Partitions(self.contract, changes.found) if changes.found is not None else self._everything(f"{followed}: {changes.reason}")

    def _everything(self, reason: str) -> Partitions | None:
        log.warning("%s is made anew as a whole: %s", self.table.full_name, reason)
        return None

    def _draft(self, state: State, pinned: Mapping[str, Pinned], touched: Partitions | None) -> Draft:
        checks: list[Check] = []
        observation = Observation()
        inside = F.expr(touched.in_table) if touched is not None else F.lit(True)
        strays = F.count_if(~F.coalesce(inside, F.lit(False))).alias("strays")
        rows = self._rows(pinned, touched).observe(observation, F.count(F.lit(1)).alias("rows"), strays)

        def write(branch: str) -> None:
            with failures_told(self.contract):
                rows.writeTo(branch).overwrite(inside)

        def result() -> Result:
            return Result(state, {"merged": int(observation.get["rows"])})

        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            written = append_failures(commits, int(observation.get["rows"])) + self._stray_failures(int(observation.get["strays"]))
            checks.extend(row_checks(self.spark, branch, self.contract.columns, self.contract.rules))
            keys = [self.contract.key] if self.contract.key else []
            unique: list[tuple[str, ...]] = [
                (column.name,) for column in self.contract.columns if column.unique and (column.name,) != self.contract.key
            ]
            checks.extend(unique_checks(self.spark, branch, [*keys, *unique]))
            checks.extend(measure_checks(self.spark, branch, self.contract.name, self.contract.measures))
            return written + failures(checks)

        return Draft(result=result, write=write, audit=audit, checks=lambda: tuple(checks))

    def _stray_failures(self, count: int) -> tuple[str, ...]:
        """Whether rows were made that can't come from those of the touched partitions."""
        told = ", ".join(f"{follow.column} is {follow.expression} of {follow.input}" for follow in self.contract.follows)
        return (f"{count} rows lie outside of the partitions that they were made for; it is not so that {told}",) if count else ()

    def _rows(self, pinned: Mapping[str, Pinned], touched: Partitions | None) -> DataFrame:
        """The table's rows, or those of some partitions, with the contract's columns and types."""
        # A session of its own: two gold tables may read the same name at different snapshots.
        session = self.spark.newSession()
        session.conf.set("spark.sql.shuffle.partitions", self.spark.conf.get("spark.sql.shuffle.partitions") or "200")
        inputs = {name: self._input(session, name, one, touched) for name, one in pinned.items()}
        if self.contract.python:
            made = transformed(self.contract, inputs)
        else:
            for name, rows in inputs.items():
                rows.createOrReplaceTempView(name)
            made = session.sql(self.contract.sql)
        wanted = [column.name for column in self.contract.columns]
        if missing := sorted(set(wanted) - set(made.columns)):
            raise Terminal(f"{self.contract.contract}: its SQL gives no column {', '.join(missing)}; it gives {', '.join(made.columns)}")
        return made.select(*(F.col(f"`{column.name}`").cast(column.type).alias(column.name) for column in self.contract.columns))

    def _input(self, session: SparkSession, name: str, pinned: Pinned, touched: Partitions | None) -> DataFrame:
        reader = session.read.format("iceberg")
        if pinned.head is None:
            # It may have a snapshot by now, which is the next run's.
            return reader.load(pinned.table.identifier).limit(0)
        rows = reader.option("versionAsOf", pinned.head.id).load(pinned.table.identifier)
        return rows.where(touched.in_input) if touched is not None and name == self.contract.follows[0].input else rows


def definition_digest(contract: GoldTable) -> str:
    """Changes with everything of a contract that its rows depend on."""
    return sha256(contract.model_dump_json(exclude={"description"}).encode()).hexdigest()[:16]


def _table(spark: SparkSession, run: Run, contract: GoldTable) -> Published:
    inputs = {name: _place(spark, run.manifest, run.names, contract, name) for name in contract.inputs}
    table = LakeTable(spark, run.names.database("gold"), contract.name)
    return publish(table, run.run_id, Aggregation(spark, contract, inputs, table, run.run_id, run.release).draft)


def _place(spark: SparkSession, manifest: Manifest, names: Names, contract: GoldTable, name: str) -> LakeTable:
    for table in manifest.tables():
        if table.name == without_history(name) and table.layer != "bronze":
            return LakeTable(spark, names.database(table.layer), name)
    raise Terminal(f"{contract.contract}: its SQL reads {name!r}, which is no silver or gold table of this manifest")
