"""What is asked of Athena about tables that are extracted, counted there; and what the answers mean.

A document counts by the last answer of a model to a prompt version. An answer that was read from S3 once more is the same answer: it came at the
same moment, and was paid for once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from medallion.manifest import standard_sql
from medallion.manifest.model import BronzeTable, ExtractedField, Extraction, Manifest
from medallion.manifest.names import DELETED, INGESTED_AT, REFUSED, WRITTEN_AT, Names
from report.extraction.agreement import Record, agreement
from report.extraction.facts import Asked, Asking, Compared, RefusedAnswers, WeekOfValue
from report.visible import open_bronze_columns

# Distinct reasons of a table, and values by week.
ROWS = 1000
WEEKS = 5000
# What is known of more documents is held against these, the first by their hash, so that they are a fair sample; a query has 262,144 bytes.
COMPARED = 1000
_TIMES = ("date", "timestamp")
# In the place of a reason that whoever asks does not see.
HIDDEN_REASON = "hidden"

type Row = Sequence[Any]
type Refusals = Mapping[str, str]
"""SQL for why an answer was refused, by table, where that is not `_refused`."""
_ALL_SEEN: Refusals = {}


def extracted(manifest: Manifest) -> tuple[tuple[BronzeTable, Extraction], ...]:
    """The tables of a lake that a model extracts."""
    return tuple((one, one.extraction) for one in manifest.tables("bronze") if isinstance(one, BronzeTable) and one.extraction is not None)


def open_fields(manifest: Manifest, table: BronzeTable, extraction: Extraction) -> tuple[ExtractedField, ...]:
    """The fields that everybody may see; no other one is asked for."""
    shown = open_bronze_columns(manifest, table)
    return tuple(field for field in extraction.fields if field.name in shown)


def leading_field(extraction: Extraction) -> ExtractedField | None:
    """The field that tells the matters of a document apart: the first one that is required and has choices."""
    return next((field for field in extraction.fields if field.required and field.choices), None)


def time_field(fields: Iterable[ExtractedField]) -> ExtractedField | None:
    """Of some fields the first one that is a day or a time; where there is none, a record is of the time when its answer came."""
    return next((field for field in fields if field.type in _TIMES), None)


def refusal(extraction: Extraction, seen: Collection[str]) -> str | None:
    """SQL for why an answer was refused, of the columns that somebody sees, in lower case; None where they don't tell.

    Without `_refused` it is told by what a refused answer leaves: a row that is no deletion and has no value.
    """
    if REFUSED in seen:
        return REFUSED
    values = [f"{standard_sql.identifier(field.name)} IS NULL" for field in extraction.fields if field.name.lower() in seen]
    return f"CASE WHEN NOT {DELETED} AND {' AND '.join(values)} THEN {standard_sql.text(HIDDEN_REASON)} END" if values else None


def askings_query(names: Names, tables: Sequence[tuple[BronzeTable, Extraction]], refusals: Refusals = _ALL_SEEN) -> str:
    """What became of documents and what that took, by table, model and prompt version."""
    parts = [
        f"SELECT {standard_sql.text(table.name)} AS table_name, _model, _prompt_version,"
        f" (SELECT count(*) FROM {_bronze(names, extraction.documents)}) AS held,"
        " count(DISTINCT document_id) AS documents,"
        " count_if(place = 1 AND refused IS NULL AND records > 0) AS with_records,"
        " count_if(place = 1 AND refused IS NULL AND records = 0) AS without_records,"
        " count_if(place = 1 AND refused IS NOT NULL) AS refused,"
        f" {_sum('CASE WHEN place = 1 THEN records ELSE 0 END')} AS records,"
        f" {_sum('calls')} AS calls,"
        f" {_sum('CASE WHEN calls > 1 THEN calls - 1 ELSE 0 END')} AS further_calls,"
        f" {_sum('input_tokens')} AS input_tokens, {_sum('output_tokens')} AS output_tokens,"
        " CAST(coalesce(sum(cost_usd), 0) AS varchar) AS cost_usd, to_unixtime(max(answered_at)) AS last_at"
        f" FROM ({_answers(names, table, refusals)}) AS answers GROUP BY _model, _prompt_version"
        for table, extraction in tables
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS askings ORDER BY last_at DESC"


def reasons_query(names: Names, tables: Sequence[tuple[BronzeTable, Extraction]], refusals: Refusals = _ALL_SEEN) -> str:
    """Why answers were refused; which record of an answer it was is no reason of its own."""
    parts = [
        f"SELECT {standard_sql.text(table.name)} AS table_name, _model, _prompt_version,"
        " regexp_replace(refused, 'record [0-9]+', 'a record') AS reason, count(*) AS documents"
        f" FROM ({_answers(names, table, refusals)}) AS answers WHERE place = 1 AND refused IS NOT NULL"
        " GROUP BY _model, _prompt_version, regexp_replace(refused, 'record [0-9]+', 'a record')"
        for table, _ in tables
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS reasons ORDER BY documents DESC, reason LIMIT {ROWS}"


def weeks_query(
    names: Names, manifest: Manifest, tables: Sequence[tuple[BronzeTable, Extraction]], refusals: Refusals = _ALL_SEEN
) -> str | None:
    """The values of leading fields by week, of the records that each document has now; None where no leading field is open."""
    parts: list[str] = []
    for table, extraction in tables:
        fields = open_fields(manifest, table, extraction)
        leading, time = leading_field(extraction), time_field(fields)
        if leading is None or leading not in fields:
            continue
        at = standard_sql.identifier(time.name) if time is not None else WRITTEN_AT
        # A refused answer leaves the records of the one before.
        newest = (
            f"SELECT CAST({standard_sql.identifier(leading.name)} AS varchar) AS _value,"
            f" date_format(date_trunc('week', CAST({at} AS timestamp)), '%Y-%m-%d') AS _week, {DELETED},"
            f" rank() OVER (PARTITION BY document_id ORDER BY {INGESTED_AT} DESC) AS _place"
            f" FROM {_bronze(names, table.name)} WHERE ({_why(table, refusals)}) IS NULL"
        )
        counted = (
            f"SELECT {standard_sql.text(table.name)} AS table_name, _value, _week, count(*) AS records"
            f" FROM ({newest}) AS newest WHERE _place = 1 AND NOT {DELETED} GROUP BY _value, _week"
        )
        parts.append(f"SELECT * FROM ({counted} ORDER BY _week DESC NULLS FIRST LIMIT {WEEKS}) AS weeks_{len(parts)}")
    return f"SELECT table_name, _value, _week, records FROM ({' UNION ALL '.join(parts)}) AS weeks" if parts else None


def values_query(
    names: Names,
    table: BronzeTable,
    fields: Sequence[ExtractedField],
    documents: Iterable[str],
    refusals: Refusals = _ALL_SEEN,
) -> str:
    """What was found in some documents: whether a row is a record, and the values of some fields."""
    columns = [f"{_value(field)} AS {standard_sql.identifier(field.name)}" for field in fields]
    chosen = ", ".join(standard_sql.text(document) for document in documents)
    found = ", ".join(
        (
            *("document_id", "record", "_model", "_prompt_version", f"(NOT {DELETED} AND ({_why(table, refusals)}) IS NULL) AS _is_record"),
            *columns,
            f"rank() OVER (PARTITION BY document_id, _model, _prompt_version ORDER BY {WRITTEN_AT} DESC, {INGESTED_AT} DESC) AS _place",
        )
    )
    shown = ", ".join(
        ("document_id", "_model", "_prompt_version", "_is_record", *(standard_sql.identifier(field.name) for field in fields))
    )
    return (
        f"SELECT {shown} FROM (SELECT {found} FROM {_bronze(names, table.name)} WHERE document_id IN ({chosen})) AS found"
        " WHERE _place = 1 ORDER BY _model, _prompt_version, document_id, record"
    )


def askings_of(rows: Iterable[Row]) -> dict[str, tuple[Asking, ...]]:
    """The answer to an `askings_query`, by table."""

    def made(model: str, version: str, *told: Any) -> Asking:
        *numbers, cost, last = told
        counts = dict(zip(_NUMBERS, numbers, strict=True))
        moment = datetime.fromtimestamp(float(last), UTC)
        return Asking(asked=Asked(model=model, prompt_version=version), cost_usd=Decimal(cost), last_at=moment, **counts)

    return _by_table(rows, made)


def reasons_of(rows: Iterable[Row]) -> dict[str, tuple[RefusedAnswers, ...]]:
    """The answer to a `reasons_query`, by table."""

    def made(model: str, version: str, reason: str, documents: int) -> RefusedAnswers:
        return RefusedAnswers(asked=Asked(model=model, prompt_version=version), reason=reason, documents=documents)

    return _by_table(rows, made)


def weeks_of(rows: Iterable[Row]) -> dict[str, tuple[WeekOfValue, ...]]:
    """The answer to a `weeks_query`, by table."""

    def made(value: str | None, week: str | None, records: int) -> WeekOfValue:
        return WeekOfValue(value=value, week=date.fromisoformat(week) if week is not None else None, records=records)

    return _by_table(rows, made)


def compared(
    rows: Iterable[Row], fields: Sequence[ExtractedField], known: Mapping[str, Sequence[Record]], order: Sequence[Asked]
) -> tuple[Compared, ...]:
    """The answer to a `values_query`, held against what is known.

    Args:
        rows: The answer.
        fields: Those that were asked for.
        known: The records that each document should have, by its id.
        order: The order of what is given back.
    """
    names = [field.name for field in fields]
    found: dict[Asked, dict[str, list[Record]]] = {}
    for document, model, version, is_record, *values in rows:
        # A document without a record was compared as well.
        records = found.setdefault(Asked(model=model, prompt_version=version), {}).setdefault(document, [])
        if is_record:
            records.append(dict(zip(names, values, strict=True)))
    return tuple(
        Compared(asked=asked, agreement=agreement(((known[id], records) for id, records in found[asked].items()), names))
        for asked in order
        if asked in found
    )


_NUMBERS = (
    *("held", "documents", "with_records", "without_records", "refused", "records"),
    *("calls", "further_calls", "input_tokens", "output_tokens"),
)


def _by_table[T](rows: Iterable[Row], made: Callable[..., T]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for table, *told in rows:
        found.setdefault(table, []).append(made(*told))
    return {table: tuple(those) for table, those in found.items()}


def _why(table: BronzeTable, refusals: Refusals) -> str:
    return refusals.get(table.name, REFUSED)


def _answers(names: Names, table: BronzeTable, refusals: Refusals) -> str:
    """The answers about documents, the last one of a model and prompt version at place 1."""
    why = _why(table, refusals)
    answers = (
        f"SELECT document_id, _model, _prompt_version, {WRITTEN_AT} AS answered_at, max({why}) AS refused,"
        f" count(DISTINCT CASE WHEN NOT {DELETED} AND ({why}) IS NULL THEN record END) AS records,"
        " max(_attempts) AS calls, max(_input_tokens) AS input_tokens, max(_output_tokens) AS output_tokens, max(_cost_usd) AS cost_usd"
        f" FROM {_bronze(names, table.name)} GROUP BY document_id, _model, _prompt_version, {WRITTEN_AT}"
    )
    place = "row_number() OVER (PARTITION BY document_id, _model, _prompt_version ORDER BY answered_at DESC) AS place"
    return f"SELECT *, {place} FROM ({answers}) AS each_answer"


def _sum(expression: str) -> str:
    return f"CAST(coalesce(sum({expression}), 0) AS bigint)"


def _value(field: ExtractedField) -> str:
    name = standard_sql.identifier(field.name)
    # As JSON has it, which the truth is written in.
    return f"date_format({name}, '%Y-%m-%dT%H:%i:%s')" if field.type == "timestamp" else name


def _bronze(names: Names, table: str) -> str:
    return f"{names.database('bronze')}.{standard_sql.identifier(table)}"
