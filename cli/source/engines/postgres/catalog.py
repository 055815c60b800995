"""A look at a source: what Postgres's catalog says of its tables, in one read-only moment."""

from typing import TYPE_CHECKING, Any

from medallion.manifest.engines.postgres.observed import ObservedCheck, ObservedColumn, ObservedReference, ObservedTable

if TYPE_CHECKING:
    import psycopg

_KINDS = {"r": "table", "p": "partitioned table", "f": "foreign table", "v": "view", "m": "materialized view"}

# Partitions are read through the table that they are of.
_TABLES = """
SELECT c.oid::bigint AS oid, n.nspname::text AS schema_name, c.relname::text AS name, c.relkind::text AS kind,
  pg_table_is_visible(c.oid) AS visible,
  has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AS readable,
  row_security_active(c.oid) AS row_security, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
"""

# A domain is followed to what it is made of; an array to its items.
_COLUMNS = """
WITH RECURSIVE made AS (
  SELECT a.attrelid, a.attnum, a.atttypid AS typid, a.atttypmod AS typmod, false AS demanded
  FROM pg_attribute a WHERE a.attrelid = ANY (%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT m.attrelid, m.attnum, t.typbasetype, CASE WHEN t.typtypmod = -1 THEN m.typmod ELSE t.typtypmod END, m.demanded OR t.typnotnull
  FROM made m JOIN pg_type t ON t.oid = m.typid WHERE t.typtype = 'd'
)
SELECT a.attrelid::bigint AS "table", a.attname::text AS name, format_type(m.typid, m.typmod) AS type,
  CASE WHEN i.typtype = 'e' THEN 'enum' WHEN i.typtype = 'd' THEN 'domain' WHEN i.typtype = 'b' AND i.typnamespace = 'pg_catalog'::regnamespace THEN 'base' ELSE 'other' END AS family,
  CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN greatest(a.attndims, 1) ELSE 0 END AS dimensions,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = i.oid ORDER BY e.enumsortorder) AS labels,
  m.demanded OR (a.attnotnull AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
  )) AS required,
  has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable,
  coalesce(col_description(a.attrelid, a.attnum), '') AS comment
FROM made m
JOIN pg_attribute a ON a.attrelid = m.attrelid AND a.attnum = m.attnum
JOIN pg_type t ON t.oid = m.typid AND t.typtype <> 'd'
LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
LEFT JOIN pg_type i ON i.oid = coalesce(e.oid, t.oid)
ORDER BY a.attrelid, a.attnum
"""

# Only what holds for every row that is there: not partial, not deferred, not still being built.
_INDEXES = """
SELECT x.indrelid::bigint AS "table", i.relname::text AS name, x.indisprimary AS is_primary,
  x.indisunique AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indisvalid AS is_unique,
  x.indpred IS NULL AND x.indisvalid AS whole,
  ARRAY(
    SELECT coalesce(a.attname::text, '') FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS part(attnum, position)
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = part.attnum
    WHERE part.position <= x.indnkeyatts ORDER BY part.position
  ) AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = ANY (%(tables)s)
ORDER BY x.indrelid, x.indisprimary DESC, x.indnkeyatts, i.relname
"""

_CONSTRAINTS = """
SELECT k.conrelid::bigint AS "table", k.conname::text AS name, k.contype::text AS kind, pg_get_constraintdef(k.oid) AS definition,
  pg_get_expr(k.conbin, k.conrelid) AS condition, n.nspname::text AS schema_name, f.relname::text AS other,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS part(attnum, position)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.attnum ORDER BY part.position) AS columns,
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS part(attnum, position)
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = part.attnum ORDER BY part.position) AS to
FROM pg_constraint k
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE k.conrelid = ANY (%(tables)s) AND k.contype IN ('c', 'f') AND k.convalidated
  AND (k.contype = 'c' OR f.relispartition = false)
ORDER BY k.conrelid, k.conname
"""


def look(connection: "psycopg.Connection[Any]", prefix: str) -> tuple[ObservedTable, ...]:
    """All tables and views of the database that are not the server's own, sorted by schema and name.

    Args:
        connection: To the source; it is only read.
        prefix: What the environment puts before a table's name, such as `public.`; tables that it does not lead to have no `object`.
    """
    from psycopg.rows import dict_row

    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = [
            (row, found)
            for row in cursor.execute(_TABLES).fetchall()
            if (found := object_name(prefix, row["schema_name"], row["name"], visible=row["visible"])) is not None
        ]
        wanted = {"tables": [row["oid"] for row, _ in tables]}
        parts = {part: _by_table(cursor.execute(query, wanted).fetchall()) for part, query in _PARTS.items()}
    return tuple(_table(row, found, **{part: rows.get(row["oid"], []) for part, rows in parts.items()}) for row, found in tables)


_PARTS = {"columns": _COLUMNS, "indexes": _INDEXES, "constraints": _CONSTRAINTS}


def object_name(prefix: str, schema: str, name: str, *, visible: bool) -> str | None:
    """A table's name without the environment's prefix, as a contract has it; None where the prefix does not lead to it.

    Args:
        prefix: Such as `public.`, or empty.
        schema: The table's schema.
        name: The table's name.
        visible: Whether the login finds it without its schema.
    """
    if visible and "." not in prefix and name.startswith(prefix):
        return name.removeprefix(prefix) or None
    full = f"{schema}.{name}"
    return full.removeprefix(prefix) or None if full.startswith(prefix) else None


def _by_table(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(row)
    return found


def _table(
    row: dict[str, Any],
    found: str,
    *,
    columns: list[dict[str, Any]],
    indexes: list[dict[str, Any]],
    constraints: list[dict[str, Any]],
) -> ObservedTable:
    own = tuple(ObservedColumn(**{field: column[field] for field in ObservedColumn.model_fields}) for column in columns)
    required = {column.name for column in own if column.required}
    # The primary key comes first, then the shortest.
    keys = [index for index in indexes if index["is_unique"] and required.issuperset(index["columns"])]
    key = keys[0] if keys else None
    alone = {index["columns"][0] for index in indexes if index["is_unique"] and len(index["columns"]) == 1}
    return ObservedTable(
        schema_name=row["schema_name"],
        name=row["name"],
        object=found,
        kind=_KINDS[row["kind"]],
        readable=row["readable"],
        columns=own,
        key=tuple(key["columns"]) if key else (),
        key_origin=("the primary key" if key["is_primary"] else f"the unique index {key['name']}") if key else "",
        unique=tuple(column.name for column in own if column.name in alone and (key is None or [column.name] != key["columns"])),
        checks=tuple(ObservedCheck(name=check["name"], condition=check["condition"]) for check in constraints if check["kind"] == "c"),
        references=tuple(
            ObservedReference(
                name=foreign["name"],
                columns=tuple(foreign["columns"]),
                schema_name=foreign["schema_name"],
                table=foreign["other"],
                to=tuple(foreign["to"]),
            )
            for foreign in constraints
            if foreign["kind"] == "f"
        ),
        indexed=tuple(sorted({index["columns"][0] for index in indexes if index["whole"]} - {""})),
        row_security=row["row_security"],
        comment=row["comment"],
    )


__all__ = ["look", "object_name"]
