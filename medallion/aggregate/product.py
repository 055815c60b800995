"""The gold tables of a product: SQL over pinned snapshots of their inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from medallion.arguments import Run
from medallion.manifest.errors import Terminal
from medallion.manifest.model import GoldTable, Manifest
from medallion.manifest.names import Names
from medallion.manifest.schedule import made_from
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Draft, Published, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata, Snapshot
from medallion.quality.audit import repeated_failures, row_checks, row_failures
from medallion.quality.check import Check
from medallion.quality.counts import append_failures

STEP = "aggregate"


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
    return run_tables(spark, STEP, works, failed=run.failed)


@dataclass(frozen=True)
class Aggregation:
    """One gold table in one run.

    Attributes:
        spark: The session.
        contract: The table.
        inputs: The tables that its SQL reads, by the name that it uses.
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
        """What the run has to publish; None if the same inputs and definition made what is there."""
        pinned = {name: table.metadata().head() for name, table in self.inputs.items()}
        state = State(
            run_id=self.run_id,
            release=self.release,
            contract_version=self.contract.version,
            inputs={self.inputs[name].full_name: head.id for name, head in pinned.items() if head is not None},
            digest=definition_digest(self.contract),
        )
        before = metadata.state
        if before is not None and (before.inputs, before.digest) == (state.inputs, state.digest):
            return None
        checks: list[Check] = []
        observation = Observation()
        rows = self._rows(pinned).observe(observation, F.count(F.lit(1)).alias("rows"))

        def result() -> Result:
            return Result(state, {"merged": int(observation.get["rows"])})

        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            written = append_failures(commits, int(observation.get["rows"]))
            checks.extend(row_checks(self.spark, branch, self.contract.columns, self.contract.rules))
            keys = [self.contract.key] if self.contract.key else []
            unique: list[tuple[str, ...]] = [
                (column.name,) for column in self.contract.columns if column.unique and (column.name,) != self.contract.key
            ]
            return written + row_failures(checks) + repeated_failures(self.spark, branch, [*keys, *unique])

        return Draft(
            result=result,
            write=lambda branch: rows.writeTo(branch).overwrite(F.lit(True)),
            audit=audit,
            checks=lambda: tuple(checks),
        )

    def _rows(self, pinned: Mapping[str, Snapshot | None]) -> DataFrame:
        """The SQL's rows with the contract's columns and types."""
        # A session of its own: two gold tables may read the same name at different snapshots.
        session = self.spark.newSession()
        session.conf.set("spark.sql.shuffle.partitions", self.spark.conf.get("spark.sql.shuffle.partitions") or "200")
        for name, head in pinned.items():
            rows = session.read.format("iceberg")
            if head is not None:
                rows = rows.option("versionAsOf", head.id)
            rows.load(self.inputs[name].identifier).createOrReplaceTempView(name)
        made = session.sql(self.contract.sql)
        wanted = [column.name for column in self.contract.columns]
        if missing := sorted(set(wanted) - set(made.columns)):
            raise Terminal(f"{self.contract.contract}: its SQL gives no column {', '.join(missing)}; it gives {', '.join(made.columns)}")
        return made.select(*(F.col(f"`{column.name}`").cast(column.type).alias(column.name) for column in self.contract.columns))


def definition_digest(contract: GoldTable) -> str:
    """Changes with everything of a contract that its rows depend on."""
    return sha256(contract.model_dump_json(exclude={"description"}).encode()).hexdigest()[:16]


def _table(spark: SparkSession, run: Run, contract: GoldTable) -> Published:
    inputs = {name: _place(spark, run.manifest, run.names, contract, name) for name in contract.inputs}
    table = LakeTable(spark, run.names.database("gold"), contract.name)
    return publish(table, run.run_id, Aggregation(spark, contract, inputs, table, run.run_id, run.release).draft)


def _place(spark: SparkSession, manifest: Manifest, names: Names, contract: GoldTable, name: str) -> LakeTable:
    for table in manifest.tables():
        if table.name == name and table.layer != "bronze":
            return LakeTable(spark, names.database(table.layer), name)
    raise Terminal(f"{contract.contract}: its SQL reads {name!r}, which is no silver or gold table of this manifest")
