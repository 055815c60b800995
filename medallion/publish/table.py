"""An Iceberg table's metadata, by way of Spark's own catalog; with `difference`, the only module that talks to Iceberg's Java classes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import SparkSession

from medallion.catalog.snapshot import Snapshot
from medallion.jvm import java_class, text_map, texts
from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.names import PREVIOUS_PROPERTY, REFUSED_PROPERTY, STATE_PROPERTY
from medallion.publish.branch import abandoned, refused
from medallion.publish.state import Previous, State, parse_state, previous_of

MAIN = "main"
_MERGED = "spark.merge-into.num-target-rows-"


class NoSuchTable(Terminal):
    """A table of the manifest is not in the catalog."""

    def __init__(self, table: str) -> None:
        super().__init__(f"{table}: no such table; run apply_contracts of this release first")


class Expired(Terminal):
    """What is asked for is no longer in the table's history."""


class MainMoved(Transient):
    """Another commit reached main after the branch was made."""


@dataclass(frozen=True)
class LakeTable:
    """One table of the lake.

    Attributes:
        spark: The session it is reached through.
        database: The Glue database.
        name: The table.
    """

    spark: SparkSession
    database: str
    name: str

    @property
    def full_name(self) -> str:
        """As people write it: `database.table`."""
        return f"{self.database}.{self.name}"

    @property
    def identifier(self) -> str:
        """As Spark SQL wants it, with the catalog."""
        return f"glue_catalog.{self.database}.{self.name}"

    def on(self, branch: str) -> str:
        """The identifier by which a branch is read and written."""
        return f"{self.identifier}.branch_{branch}"

    def metadata(self) -> "Metadata":
        """The table as it is now.

        Raises:
            NoSuchTable: It is not in the catalog.
        """
        # Iceberg looks for the catalog in the settings of the thread's session, and a new thread has none.
        java_class(self.spark, "org.apache.spark.sql.classic.SparkSession").setActiveSession(self.spark._jsparkSession)
        try:
            java = java_class(self.spark, "org.apache.iceberg.spark.Spark3Util").loadIcebergTable(
                self.spark._jsparkSession, self.identifier
            )
        except AnalysisException as error:
            if error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND":
                raise NoSuchTable(self.full_name) from error
            raise
        return Metadata(table=self, java=java)


@dataclass(frozen=True)
class Metadata:
    """One version of a table's metadata, and what can be committed on top of it.

    Attributes:
        table: The table.
        java: Iceberg's own object.
    """

    table: LakeTable
    java: Any

    @property
    def location(self) -> str:
        """The metadata file; it is another one after every commit."""
        return str(self.java.operations().current().metadataFileLocation())

    @property
    def properties(self) -> Mapping[str, str]:
        """All table properties."""
        return text_map(self.table.spark, self.java.properties())

    @property
    def state(self) -> State | None:
        """What the last run left; None if there was none."""
        return parse_state(self.table.full_name, self.properties.get(STATE_PROPERTY))

    @property
    def previous(self) -> Previous | None:
        """What the table was before the last run that published it; None where that was undone, or where there was none."""
        value = self.properties.get(PREVIOUS_PROPERTY)
        return Previous.model_validate_json(value) if value is not None else None

    def refused_state(self, branch: str) -> State | None:
        """What the table would remember if a refused branch were published."""
        return parse_state(self.table.full_name, self.properties.get(f"{REFUSED_PROPERTY}.{branch}"))

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches and tags."""
        return tuple(sorted(texts(self.table.spark, self.java.refs().keySet())))

    def has(self, snapshot: int) -> bool:
        """Whether a snapshot can be read: of any branch, or of none any more, and not expired."""
        return self.java.snapshot(snapshot) is not None

    def head(self, branch: str = MAIN) -> Snapshot | None:
        """The newest snapshot of a branch; None where it has none."""
        return next(self.history(branch), None)

    def history(self, branch: str = MAIN) -> Iterator[Snapshot]:
        """A branch's snapshots that were not expired, newest first."""
        ref = self.java.refs().get(branch)
        snapshot = self.java.snapshot(ref.snapshotId()) if ref is not None else None
        parser = java_class(self.table.spark, "org.apache.iceberg.SnapshotParser")
        while snapshot is not None:
            # One call: of a Java map each entry is several.
            told = json.loads(parser.toJson(snapshot))
            summary, parent = told["summary"], told.get("parent-snapshot-id")
            yield Snapshot(
                id=told["snapshot-id"],
                operation=summary["operation"],
                added=int(summary.get("added-records", 0)),
                records=int(summary.get("total-records", 0)),
                committed_millis=told["timestamp-ms"],
                merged={name: int(summary[_MERGED + name]) for name in ("inserted", "updated", "deleted") if _MERGED + name in summary},
                parent=parent,
            )
            snapshot = self.java.snapshot(parent) if parent is not None else None

    def start_branch(self, branch: str) -> None:
        """Makes a branch at main, and drops what killed attempts left."""
        if leftovers := abandoned(self.branches):
            # A commit of its own: Iceberg can't drop and make a branch of one name in the same.
            dropping = self.java.manageSnapshots()
            for leftover in leftovers:
                dropping = dropping.removeBranch(leftover)
            dropping.commit()
        making, base = self.java.manageSnapshots(), self.head()
        # By id: main may have moved since this metadata was read, and the rows were made for this snapshot.
        (making.createBranch(branch) if base is None else making.createBranch(branch, base.id)).commit()

    def refuse(self, branch: str, to: str, state: State) -> None:
        """Keeps a refused branch under another name, and what the table would have remembered.

        In place of what was refused before it: each keeps its snapshots from expiry.
        """
        before = refused(self.branches)
        transaction = self.java.newTransaction()
        change = transaction.manageSnapshots()
        for earlier in before:
            change = change.removeBranch(earlier)
        change.renameBranch(branch, to).commit()
        properties = transaction.updateProperties()
        for earlier in before:
            properties = properties.remove(f"{REFUSED_PROPERTY}.{earlier}")
        properties.set(f"{REFUSED_PROPERTY}.{to}", state.property_value()).commit()
        transaction.commitTransaction()

    def restore(self, previous: Previous) -> None:
        """One commit: main and state become what they were.

        Raises:
            Expired: Maintenance has removed the snapshot.
            MainMoved: Another writer committed meanwhile; nothing is changed.
        """
        if previous.snapshot is not None and self.java.snapshot(previous.snapshot) is None:
            raise Expired(
                f"{self.table.full_name}: snapshot {previous.snapshot}, as it was before its last run, has expired; nothing was changed"
            )
        head = self.head()
        transaction = self.java.newTransaction()
        if previous.snapshot is not None and (head is None or head.id != previous.snapshot):
            transaction.manageSnapshots().rollbackTo(previous.snapshot).commit()
        elif previous.snapshot is None and head is not None:
            # Main can't be made to have no snapshot again; it can be emptied.
            every = java_class(self.table.spark, "org.apache.iceberg.expressions.Expressions").alwaysTrue()
            transaction.newDelete().deleteFromRowFilter(every).commit()
        properties = transaction.updateProperties().remove(PREVIOUS_PROPERTY)
        if previous.state is None:
            properties.remove(STATE_PROPERTY).commit()
        else:
            properties.set(STATE_PROPERTY, previous.state.property_value()).commit()
        self._commit(transaction)

    def publish(self, branch: str | None, state: State) -> None:
        """One commit: main becomes what the branch is in this metadata, the branch is gone, the state is set.

        Args:
            branch: What to publish; None where only the state changes.
            state: The new state.

        Raises:
            MainMoved: Main has commits that the branch lacks, or the branch (without one: main) is not what it is here, that is, not what was
                audited; nothing is changed.
        """
        # Before the transaction, which looks at the table anew and makes this object show what it finds.
        looked_at = self.head(branch or MAIN)
        head, state_before, kept = self.head(), self.state, self.previous
        transaction = self.java.newTransaction()
        ref = transaction.table().refs().get(branch or MAIN)
        if (ref.snapshotId() if ref is not None else None) != (looked_at.id if looked_at is not None else None):
            raise MainMoved(f"{self.table.full_name}: another writer committed to {branch or MAIN} after it was looked at")
        previous = previous_of(state_before, kept, head.id if head is not None else None, state.run_id)
        properties = {STATE_PROPERTY: state.property_value(), PREVIOUS_PROPERTY: previous.model_dump_json()}
        try:
            if branch is not None:
                transaction.manageSnapshots().fastForwardBranch(MAIN, branch).removeBranch(branch).commit()
        except IllegalArgumentException as error:
            if "not an ancestor" not in str(error):
                raise
            raise MainMoved(f"{self.table.full_name}: another writer committed meanwhile: {str(error).splitlines()[0]}") from error
        change = transaction.updateProperties()
        for name, value in properties.items():
            change = change.set(name, value)
        if branch is not None:
            change = change.remove(f"{REFUSED_PROPERTY}.{branch}")
        change.commit()
        self._commit(transaction)

    def _commit(self, transaction: Any) -> None:
        try:
            transaction.commitTransaction()
        except Py4JJavaError as error:
            if "CommitFailedException" not in str(error.java_exception.getClass().getName()):
                raise
            raise MainMoved(f"{self.table.full_name}: another writer committed meanwhile") from error
