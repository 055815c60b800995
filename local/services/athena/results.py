"""A result as Athena keeps it in S3 and hands it out page by page.

Rows are written to `<id>.csv` for queries and `<id>.txt` for SHOW and DESCRIBE. The binary `.metadata` file that AWS writes beside them is
left out: its format is not documented, and clients take the columns from GetQueryResults.
"""

import csv
import io
import sys
from collections.abc import Sequence
from typing import Any

from local.services.athena.sql.values import Column

PAGE = 1000

# A value of a result may be longer than the 128 KiB that Python's reader takes by default.
csv.field_size_limit(sys.maxsize)

type Row = tuple[str | None, ...]


def csv_file(columns: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """A query's result: all values quoted, null an empty field without quotes."""
    lines = [",".join(_quoted(column.name) for column in columns)]
    lines.extend(",".join("" if value is None else _quoted(value) for value in row) for row in rows)
    return ("\n".join(lines) + "\n").encode()


def text_file(rows: Sequence[Row]) -> bytes:
    """What SHOW and DESCRIBE give: a line a row."""
    return "".join(f"{row[0] or ''}\n" for row in rows).encode()


def rows_of(content: bytes, columns: int, *, header: bool) -> tuple[Row, ...]:
    """The rows of a file that `csv_file` or `text_file` wrote."""
    if not header:
        return tuple((line,) for line in content.decode().split("\n")[:-1])
    reader = csv.reader(io.StringIO(content.decode(), newline=""), quoting=csv.QUOTE_NOTNULL)
    # A single null is an empty line, which the reader takes for no fields at all.
    return tuple(tuple(row) if row else (None,) * columns for row in list(reader)[1:])


def page(
    columns: Sequence[Column], rows: Sequence[Row], *, header: bool, token: str | None, size: int | None, changed: int = 0
) -> dict[str, Any]:
    """The answer of GetQueryResults; the names of a query's columns are its first row, and count as one.

    Raises:
        ValueError: The token is not one that an earlier page gave.
    """
    start = int(token) if token else 0
    total = len(rows) + header
    if not 0 <= start <= total:
        raise ValueError(f"NextToken {token!r} is beyond the result")
    end = min(total, start + min(size or PAGE, PAGE))
    names: Row = tuple(column.name for column in columns)
    shown = [names if header and index == 0 else rows[index - header] for index in range(start, end)]
    answer: dict[str, Any] = {
        "UpdateCount": changed,
        "ResultSet": {
            "Rows": [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in shown],
            "ResultSetMetadata": {"ColumnInfo": [_info(column) for column in columns]},
        },
    }
    if end < total:
        answer["NextToken"] = str(end)
    return answer


def _info(column: Column) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.type,
        "Precision": column.precision,
        "Scale": column.scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column.type in {"varchar", "char", "string", "json"},
    }


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
