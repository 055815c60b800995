"""The MERGE of a batch, and of what it adds to a history, as text."""

from collections.abc import Mapping, Sequence

from medallion.catalog.statement import quoted
from medallion.manifest.model import Column, SilverTable
from medallion.manifest.names import INGESTED_AT, IS_CURRENT, RUN_ID, VALID_FROM, VALID_TO
from medallion.refine.timeline import CHANGE

DELETE = "_delete"


# Types whose least and greatest value say which files can hold a value; text is compared as Iceberg does, by its bytes.
_RANGED = ("tinyint", "smallint", "int", "bigint", "decimal", "date", "timestamp", "timestamp_ntz", "string")


def has_range(column: Column) -> bool:
    """Whether the range of a column's values, written as text, tells files apart."""
    return column.type.startswith(_RANGED)


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


def history_merge_statement(contract: SilverTable, branch: str, view: str, held: str) -> str:
    """Puts changed versions into a history.

    Args:
        contract: The silver table.
        branch: The identifier of what is written.
        view: Holds the versions, and in `_change` what becomes of each.
        held: The condition, of the history's columns as `t`, that all versions which may change meet; it lets Iceberg leave out the others.
    """
    columns = [column.name for column in contract.columns] + [VALID_FROM, VALID_TO, IS_CURRENT, RUN_ID, INGESTED_AT]
    same = [f"t.{quoted(name)} = s.{quoted(name)}" for name in (*contract.key, VALID_FROM)]
    return (
        f"MERGE INTO {branch} t USING {quoted(view)} s ON {' AND '.join(same)} AND {held}"
        f" WHEN MATCHED AND s.{CHANGE} = 'deleted' THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.{quoted(name)} = s.{quoted(name)}' for name in columns)}"
        f" WHEN NOT MATCHED AND s.{CHANGE} = 'inserted' THEN INSERT ({', '.join(map(quoted, columns))})"
        f" VALUES ({', '.join(f's.{quoted(name)}' for name in columns)})"
    )
