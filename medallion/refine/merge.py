"""The MERGE of a batch, and of what it adds to a history, as text."""

from collections.abc import Mapping, Sequence

from medallion.manifest.model import Column, SilverTable
from medallion.manifest.names import INGESTED_AT, IS_CURRENT, RUN_ID, VALID_FROM, VALID_TO
from medallion.manifest.spark_sql import identifier, text
from medallion.refine.timeline import CHANGE

DELETE = "_delete"


# Types whose least and greatest value say which files can hold a value; text is compared as Iceberg does, by its bytes.
_RANGED = ("tinyint", "smallint", "int", "bigint", "decimal", "date", "timestamp", "timestamp_ntz", "string")


def has_range(column: Column) -> bool:
    """Whether the range of a column's values, written as text, tells files apart."""
    return column.type.startswith(_RANGED)


def ranged_columns(contract: SilverTable, transforms: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The columns whose range tells files apart: of the key, and of the partition where it is no hash; a null lies in no range."""
    by_name = {column.name: column for column in contract.columns}
    parted = [column for transform, column in transforms if not transform.startswith(("bucket", "truncate"))]
    named = dict.fromkeys((*parted, *contract.key))
    return tuple(name for name in named if (by_name[name].required or name in contract.key) and has_range(by_name[name]))


def spanned(contract: SilverTable, ranges: Sequence[Mapping[str, tuple[str, str]]]) -> dict[str, tuple[str, str]]:
    """SQL of the least and the greatest value of each column over some ranges.

    Args:
        contract: The table.
        ranges: Values as text, by column; empty ones say nothing.
    """
    found: dict[str, tuple[str, str]] = {}
    for name in next((one for one in ranges if one), {}):
        type_ = contract.column(name).type
        lows, highs = ([f"CAST({text(one[name][side])} AS {type_})" for one in ranges if one] for side in (0, 1))
        found[name] = tuple(
            values[0] if len(values) == 1 else f"{bound}({', '.join(values)})" for bound, values in (("least", lows), ("greatest", highs))
        )  # type: ignore[assignment]
    return found


def merge_statement(contract: SilverTable, branch: str, view: str, ranges: Mapping[str, tuple[str, str]]) -> str:
    """Updates, inserts and deletes in one statement.

    Args:
        contract: The table.
        branch: The identifier of what is written.
        view: Holds the rows to merge and the keys to delete, told apart by `_delete`.
        ranges: Per column, SQL of the least and the greatest value that a touched row has or had. They let Iceberg leave out the files
            that no row of the batch is in, before or after.
    """
    columns = [column.name for column in contract.columns] + [RUN_ID, INGESTED_AT]
    same = [f"t.{identifier(name)} = s.{identifier(name)}" for name in contract.key]
    near = [f"t.{identifier(name)} BETWEEN {low} AND {high}" for name, (low, high) in ranges.items()]
    return (
        f"MERGE INTO {branch} t USING {identifier(view)} s ON {' AND '.join(same + near)}"
        f" WHEN MATCHED AND s.{DELETE} THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.{identifier(name)} = s.{identifier(name)}' for name in columns)}"
        f" WHEN NOT MATCHED AND NOT s.{DELETE} THEN INSERT ({', '.join(map(identifier, columns))})"
        f" VALUES ({', '.join(f's.{identifier(name)}' for name in columns)})"
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
    same = [f"t.{identifier(name)} = s.{identifier(name)}" for name in (*contract.key, VALID_FROM)]
    return (
        f"MERGE INTO {branch} t USING {identifier(view)} s ON {' AND '.join(same)} AND {held}"
        f" WHEN MATCHED AND s.{CHANGE} = 'deleted' THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.{identifier(name)} = s.{identifier(name)}' for name in columns)}"
        f" WHEN NOT MATCHED AND s.{CHANGE} = 'inserted' THEN INSERT ({', '.join(map(identifier, columns))})"
        f" VALUES ({', '.join(f's.{identifier(name)}' for name in columns)})"
    )
