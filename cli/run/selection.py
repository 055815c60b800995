"""What of a lake a run is limited to: products, tables, a range."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.context import Context
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.backfill import TimeRange
    from medallion.manifest.model import Manifest, Product
    from medallion.manifest.names import Names


def selection(manifest: "Manifest", names: "Names", tables: Sequence[str]) -> "list[tuple[Product, tuple[str, ...]]]":
    """The products to run, each after those that it needs, with the tables that it is limited to; none means all of it.

    Raises:
        UnknownValue: No product has a table of that name.
    """
    from medallion.manifest.errors import Location, UnknownValue
    from medallion.manifest.schedule import needed_for, products_in_order

    products = products_in_order(manifest, names)
    if not tables:
        return [(product, ()) for product in products]
    known = {table.name for table in manifest.tables()}
    for name in tables:
        if name not in known:
            raise UnknownValue(Location("lake run TABLE"), name, known)
    chosen = []
    for product in products:
        own = [name for name in tables if name in {table.name for table in product.tables}]
        if own:
            chosen.append((product, needed_for(product, own)))
    return chosen


def without_range(chosen: "Sequence[tuple[Product, Sequence[str]]]") -> dict[str, str]:
    """The chosen bronze tables to which a range means nothing, and why.

    Raises:
        Refused: There is no other.
    """
    from medallion.manifest import backfill

    bronze = [table for product, tables in chosen for table in product.bronze if not tables or table.name in tables]
    found = backfill.without_range(bronze)
    if len(found) == len(bronze):
        told = "; ".join(f"{name}: {why}" for name, why in found.items()) or "nothing here is read from a source"
        raise Refused(f"--from, --to: a range means nothing to these tables, so leave both away: {told}")
    return found


def table_counts(context: Context, release: str, product: "Product", tables: Sequence[str]) -> dict[str, int]:
    """How many tables each task of a run writes, by the task's id."""
    from medallion.manifest.schedule import plan

    tasks = plan(product, context.names, release, governed=context.configuration.governed).tasks
    return {task.id: sum(not tables or name.rpartition(".")[2] in tables for name in task.tables) for task in tasks}


def run_conf(tables: Sequence[str], again: "TimeRange | None") -> dict[str, object]:
    """The parameters of a DAG run."""
    ends = again.written if again is not None else ()
    return {**({"tables": list(tables)} if tables else {}), **dict(zip(("from", "to"), ends, strict=False))}
