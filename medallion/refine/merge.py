"""The MERGE of a batch, as text."""

from collections.abc import Mapping, Sequence

from medallion.catalog.statement import quoted
from medallion.manifest.model import SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID

DELETE = "_delete"


def partition_columns(contract: SilverTable, transforms: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The columns whose range tells partitions apart: a hash has no range, and a null lies in none."""
    never_null = {column.name for column in contract.columns if column.required or column.name in contract.key}
    return tuple(column for transform, column in transforms if column in never_null and not transform.startswith(("bucket", "truncate")))


def merge_statement(contract: SilverTable, branch: str, view: str, ranges: Mapping[str, tuple[str, str]]) -> str:
    """Updates, inserts and deletes in one statement.

    Args:
        contract: The table.
        branch: The identifier of what is written.
        view: Holds the rows to merge and the keys to delete, told apart by `_delete`.
        ranges: Per partition column, literals of the least and the greatest value that a touched row has or had. They let Iceberg leave out
            the partitions that no row of the batch is in, before or after.
    """
    columns = [column.name for column in contract.columns] + [RUN_ID, INGESTED_AT]
    same = [f"t.{quoted(name)} = s.{quoted(name)}" for name in contract.key]
    near = [f"t.{quoted(name)} BETWEEN {low} AND {high}" for name, (low, high) in ranges.items()]
    return (
        f"MERGE INTO {branch} t USING {quoted(view)} s ON {' AND '.join(same + near)}"
        f" WHEN MATCHED AND s.{DELETE} THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.{quoted(name)} = s.{quoted(name)}' for name in columns)}"
        f" WHEN NOT MATCHED AND NOT s.{DELETE} THEN INSERT ({', '.join(map(quoted, columns))})"
        f" VALUES ({', '.join(f's.{quoted(name)}' for name in columns)})"
    )
