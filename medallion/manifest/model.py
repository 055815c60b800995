"""The manifest: what all contracts of a lake say, compiled; the one thing that stacks, jobs, DAGs and docs read."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from medallion.manifest.frozen import Frozen
from medallion.manifest.names import CatalogLayer, Layer, bronze_table

MANIFEST_VERSION = 1

Classification = Literal["public", "internal", "confidential", "restricted"]
CLASSIFICATIONS: tuple[Classification, ...] = ("public", "internal", "confidential", "restricted")
Severity = Literal["error", "warning"]
Mode = Literal["snapshot", "incremental", "export", "documents", "extraction"]


class Column(Frozen):
    """A column as a table has it.

    Attributes:
        name: As in the table.
        type: A Spark SQL type, such as `bigint`, `decimal(12,2)` or `timestamp`.
        required: Whether null is refused.
        unique: Whether a value may appear in one row only.
        classification: Who may see it; what says nothing is restricted.
        description: For people.
        expression: Silver only: the Spark SQL expression over the bronze input that makes it.
    """

    name: str
    type: str
    required: bool = False
    unique: bool = False
    classification: Classification = "restricted"
    description: str = ""
    expression: str | None = None


class Rule(Frozen):
    """What must be true of a row.

    Attributes:
        name: Unique in its table; what quarantine and reports show, such as `quantity.minimum`.
        expression: Spark SQL over the table's own columns; false refuses the row, null does not.
        columns: The columns that it is about.
        severity: An error quarantines the row; a warning is only counted.
    """

    name: str
    expression: str
    columns: tuple[str, ...] = ()
    severity: Severity = "error"


Operator = Literal["=", "!=", ">", ">=", "<", "<=", "between", "not between"]


class Bound(Frozen):
    """What a number must be.

    Attributes:
        operator: How it compares.
        values: With what; two for a range, whose ends belong to it.
    """

    operator: Operator
    values: tuple[float, ...]


class Measure(Frozen):
    """A number that is taken of a table as a whole, and what it must be.

    Attributes:
        name: Unique in its table, rules included.
        aggregate: Spark SQL over all rows, such as `count(*)`; None where a query stands instead.
        query: A SELECT of one number that names the table plainly; None where an aggregate stands instead.
        bounds: What must all hold.
        severity: An error stops the table; a warning is only recorded.
    """

    name: str
    aggregate: str | None = None
    query: str | None = None
    bounds: tuple[Bound, ...] = ()
    severity: Severity = "error"


class Reference(Frozen):
    """Values of some columns that must exist as the key of another silver table.

    Attributes:
        columns: This table's, in the order of the other's.
        table: The other silver table.
        to: The other table's columns.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


class RowFilter(Frozen):
    """The rows of a table that a persona sees.

    Attributes:
        persona: Whom it is about; all others see what their grants say.
        expression: Over the table's own columns, in what Lake Formation's row filters can say.
    """

    persona: str
    expression: str


class TableContract(Frozen):
    """What every layer's contracts have in common.

    Attributes:
        product: The data product that owns the table.
        name: The table's name as in its Glue database.
        contract: The contract's file, relative to the lake.
        version: The contract's own version.
        description: For people.
        columns: In the table's order, without technical columns.
        rows_for: Silver and gold only: the personas that see some of its rows only.
    """

    product: str
    name: str
    contract: str
    version: str
    description: str = ""
    columns: tuple[Column, ...]
    rows_for: tuple[RowFilter, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class Choice(Frozen):
    """One of the values that a field may have.

    Attributes:
        value: The value.
        description: What it means.
    """

    value: str
    description: str = ""


class ExtractedField(Frozen):
    """A field that a language model extracts from a document.

    Attributes:
        name: The column's.
        type: A Spark SQL type of one value.
        description: What the model is told about it.
        required: Whether a record without it is refused.
        choices: The values that it may have; empty for any.
        pattern: A regular expression that the whole value must match; None for any.
        minimum: The least value, inclusive, as the contract writes it; None for any.
        maximum: The greatest value, inclusive; None for any.
        examples: Values that the model is shown.
    """

    name: str
    type: str
    description: str
    required: bool = False
    choices: tuple[Choice, ...] = ()
    pattern: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    examples: tuple[str, ...] = ()


class Extraction(Frozen):
    """What a language model extracts from the documents of a table.

    Attributes:
        documents: The bronze table of documents, by its plain name.
        instruction: What the model is asked to do.
        irrelevant: What makes a document irrelevant, so that it has no record; empty where nothing does.
        fields: What one record has.
    """

    documents: str
    instruction: str
    irrelevant: str = ""
    fields: tuple[ExtractedField, ...]


class BronzeTable(TableContract):
    """A table as its source has it, appended run by run.

    Attributes:
        source: The logical source, a key of every environment's `sources`.
        object: The table's name at the source, without the source's prefix.
        mode: A snapshot reads all rows of one moment; incremental reads what its watermark says is new; an export is DynamoDB's own, full
            once and then window by window, deletions included; of documents there is one row each, appended once; an extraction is what a
            language model finds in documents.
        key: The source's columns that identify a row; of an export the partition key, then the sort key if there is one.
        watermark: Incremental only: the column that grows with every change.
        overlap_seconds: Incremental only: how far below the last watermark a run looks again for late commits; so many values of a number.
        extraction: Extraction only: what is extracted, and from which documents.
    """

    layer: Literal["bronze"] = "bronze"
    source: str
    object: str
    mode: Mode
    key: tuple[str, ...] = ()
    watermark: str | None = None
    overlap_seconds: int = 3600
    extraction: Extraction | None = None


class SilverTable(TableContract):
    """A typed, validated, merged table.

    Attributes:
        input: The bronze table that it is made from.
        key: The primary key.
        sequence: The silver columns that order versions of a row, most significant first; ties go to the later snapshot.
        partition: Iceberg partition transforms in Spark SQL, such as `months(sold_at)`.
        rules: What must be true of each row, all that the contract says of its columns included.
        measures: What must be true of the table as a whole.
        references: Other silver tables that must hold this one's values.
        maximum_deleted_share: What share of the keys one snapshot may lack; more is taken for a broken read, not for deletions.
        history: Whether a table beside it keeps every version of its rows.
    """

    layer: Literal["silver"] = "silver"
    input: str
    key: tuple[str, ...]
    sequence: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    measures: tuple[Measure, ...] = ()
    references: tuple[Reference, ...] = ()
    maximum_deleted_share: float = 0.5
    history: bool = False


class Follows(Frozen):
    """How a row of an input decides in which partition of a gold table its share of the result is.

    Attributes:
        column: The gold table's partition column.
        transform: How it parts the table.
        input: The input, by plain name; the same for all of a table's columns that follow one.
        expression: Spark SQL over one row of the input: the value that the column has in all rows that are made from that row.
    """

    column: str
    transform: Literal["identity", "days", "months", "years"]
    input: str
    expression: str


class GoldTable(TableContract):
    """A modelled, aggregated table.

    Attributes:
        inputs: Silver and gold tables that it is made from, by plain name.
        sql: Spark SQL; its tables are the plain names of `inputs`. Empty where Python makes the table.
        python: The text of the file with `transform(inputs)` beside the contract. Empty where SQL makes the table.
        follows: Which partitions a changed row of an input touches, so that only those are made again; empty where all of the table is.
        key: The columns that identify a row.
        partition: Iceberg partition transforms in Spark SQL.
        rules: What must be true of each row; one that is not stops the table.
        measures: What must be true of the table as a whole.
    """

    layer: Literal["gold"] = "gold"
    inputs: tuple[str, ...]
    sql: str = ""
    python: str = ""
    follows: tuple[Follows, ...] = ()
    key: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    measures: tuple[Measure, ...] = ()


Table = Annotated[BronzeTable | SilverTable | GoldTable, Field(discriminator="layer")]


class Product(Frozen):
    """A data product: what is scheduled together.

    Attributes:
        name: The folder of its contracts.
        schedule: A cron expression, or None where only a person or an asset starts it.
        owner: Who answers for it.
        retries: How often a failed task is tried again; None for the environment's own number.
        timeout_minutes: When a run is ended as failed; None for never.
        deadline_minutes: When the owner is told that a run has not ended, from its start on; None for never.
        tables: All of its tables, each after those that it needs.
    """

    name: str
    schedule: str | None = None
    owner: str = ""
    retries: int | None = None
    timeout_minutes: int | None = None
    deadline_minutes: int | None = None
    tables: tuple[Table, ...]

    @property
    def bronze(self) -> tuple[BronzeTable, ...]:
        """Its bronze tables."""
        return tuple(table for table in self.tables if isinstance(table, BronzeTable))

    @property
    def silver(self) -> tuple[SilverTable, ...]:
        """Its silver tables, each after those that it refers to."""
        return tuple(table for table in self.tables if isinstance(table, SilverTable))

    @property
    def gold(self) -> tuple[GoldTable, ...]:
        """Its gold tables, each after those that it reads."""
        return tuple(table for table in self.tables if isinstance(table, GoldTable))

    @property
    def sources(self) -> tuple[str, ...]:
        """The logical sources that its bronze tables are read from, sorted."""
        return tuple(sorted({table.source for table in self.bronze}))


class Persona(Frozen):
    """People with the same rights, whose role they assume.

    Attributes:
        name: A key of `config/personas.yaml`.
        description: Who they are.
        layers: The databases that they see.
        classes: The columns that they see there, by classification.
        scan_limit_bytes: What one query of theirs may read; None for the environment's own limit.
    """

    name: str
    description: str
    layers: tuple[CatalogLayer, ...]
    classes: tuple[Classification, ...]
    scan_limit_bytes: int | None = None


class Manifest(Frozen):
    """All products of a lake.

    Attributes:
        manifest_version: The version of this format.
        lake: The lake's name.
        products: Sorted by name.
        personas: Sorted by name.
    """

    manifest_version: Literal[1] = 1
    lake: str
    products: tuple[Product, ...]
    personas: tuple[Persona, ...] = ()

    def persona(self, name: str) -> Persona:
        """The persona of that name; KeyError if there is none."""
        for persona in self.personas:
            if persona.name == name:
                return persona
        raise KeyError(name)

    def product(self, name: str) -> Product:
        """The product of that name; KeyError if there is none."""
        for product in self.products:
            if product.name == name:
                return product
        raise KeyError(name)

    def read_from(self, source: str) -> tuple[BronzeTable, ...]:
        """The bronze tables of all products that are read from a logical source."""
        return tuple(table for product in self.products for table in product.bronze if table.source == source)

    def tables(self, layer: Layer | None = None) -> Iterator[BronzeTable | SilverTable | GoldTable]:
        """The tables of all products, or of one layer of them."""
        for product in self.products:
            for table in product.tables:
                if layer is None or table.layer == layer:
                    yield table

    @property
    def sources(self) -> tuple[str, ...]:
        """The logical sources of all products, sorted."""
        return tuple(sorted({source for product in self.products for source in product.sources}))


__all__ = [
    "CLASSIFICATIONS",
    "Bound",
    "BronzeTable",
    "Choice",
    "Classification",
    "Column",
    "ExtractedField",
    "Extraction",
    "Follows",
    "GoldTable",
    "Manifest",
    "Measure",
    "Mode",
    "Operator",
    "Persona",
    "Product",
    "Reference",
    "RowFilter",
    "Rule",
    "SilverTable",
    "Table",
    "TableContract",
    "bronze_table",
]
