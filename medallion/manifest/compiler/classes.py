"""The class of a bronze column: the stricter word counts, its own or that of a silver column which is made from it."""

from collections import defaultdict
from collections.abc import Iterable

from medallion.manifest.compiler.sql import row_expression
from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import CLASSIFICATIONS, BronzeTable, Classification, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID
from medallion.manifest.spark_sql import identifier


def with_classes_of_silver(bronze: Iterable[BronzeTable], silver: Iterable[SilverTable]) -> list[BronzeTable]:
    """The bronze tables, each column as strict as the strictest silver column that its values are in."""
    made_of: dict[str, list[SilverTable]] = defaultdict(list)
    for table in silver:
        made_of[table.input].append(table)
    return [_strict(table, made_of[table.name]) for table in bronze]


def _strict(table: BronzeTable, made: Iterable[SilverTable]) -> BronzeTable:
    classes: dict[str, Classification] = {column.name: column.classification for column in table.columns}
    technical = [RUN_ID, INGESTED_AT, *(column.name for column in way_of(table.mode).adds)]
    for other in made:
        for column in other.columns:
            problems: list[InvalidField] = []
            expression = column.expression or identifier(column.name)
            named = row_expression(expression, [*classes, *technical], table.name, Location(other.contract), problems)
            for name in classes if problems else (name for name in named if name in classes):
                classes[name] = max(classes[name], column.classification, key=CLASSIFICATIONS.index)
    return table.model_copy(
        update={"columns": tuple(column.model_copy(update={"classification": classes[column.name]}) for column in table.columns)}
    )


__all__ = ["with_classes_of_silver"]
