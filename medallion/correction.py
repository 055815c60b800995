"""What a person decides about a table after a run: to publish what its audit refused, or to take the last run back."""

from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Action, Run
from medallion.manifest.errors import Terminal
from medallion.manifest.model import SilverTable
from medallion.manifest.names import QUARANTINE_SUFFIX, Layer, history_table
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.branch import REFUSED
from medallion.publish.publication import Published
from medallion.publish.table import LakeTable


class NothingRefused(Terminal):
    """A table has no branch that an audit refused."""


class NothingToUndo(Terminal):
    """A table was never published, or its last run was undone already."""


def correct(spark: SparkSession, run: Run, layer: Layer, action: Action) -> tuple[Outcome, ...]:
    """Accepts or undoes what became of one table, under the role of the job that writes it.

    Args:
        spark: The session.
        run: Names one table, and why.
        layer: The layer that the job writes.
        action: What is decided.

    Raises:
        Terminal: The layer has no such table.
    """
    found = [table for table in run.product.tables if table.layer == layer and table.name in run.tables]
    if len(found) != 1:
        raise Terminal(f"--action {action} is about one {layer} table; --tables names {', '.join(run.tables) or 'none'}")
    table = LakeTable(spark, run.names.database(layer), found[0].name)
    if action == "accept":
        return run_tables(spark, action, [TableWork(table.full_name, partial(accept, table, run.reason))])
    beside = []
    if isinstance(found[0], SilverTable):
        names = [table.name + QUARANTINE_SUFFIX] + ([history_table(table.name)] if found[0].history else [])
        beside = [LakeTable(spark, table.database, name) for name in names]
    return run_tables(spark, action, [TableWork(table.full_name, partial(undo, table, *beside))])


def accept(table: LakeTable, reason: str) -> Published:
    """Publishes what the audit refused last, with the state that it would have had and the reason.

    Raises:
        NothingRefused: There is nothing.
        MainMoved: Something was published since; the refused rows were made for what was there before.
    """
    metadata = table.metadata()
    heads = {name: head for name in metadata.branches if name.startswith(REFUSED) and (head := metadata.head(name)) is not None}
    states = {name: state for name in heads if (state := metadata.refused_state(name)) is not None}
    if not states:
        raise NothingRefused(f"{table.full_name} has no branch {REFUSED}…: there is nothing to accept")
    branch = max(states, key=lambda name: heads[name].committed_millis)
    state = states[branch].model_copy(update={"accepted": reason})
    metadata.publish(branch, state)
    return Published("published", {}, state.inputs)


def undo(table: LakeTable, *beside: LakeTable) -> Published:
    """Makes a table what it was before the last run that published it; the next run does that one's work again.

    Args:
        table: The table.
        beside: Tables that the same run wrote for this one: undone first, as a second attempt finds out by the table itself what is left.

    Raises:
        NothingToUndo: There is nothing.
        Expired: What it was is gone.
    """
    metadata = table.metadata()
    state, previous = metadata.state, metadata.previous
    if state is None or previous is None:
        raise NothingToUndo(f"{table.full_name}: no run to undo: it was never published, or its last run was undone already")
    for other in (one.metadata() for one in beside):
        if other.state is not None and other.previous is not None and other.state.run_id == state.run_id:
            other.restore(other.previous)
    metadata.restore(previous)
    return Published("published", {})
