"""Contracts of what a model extracts from documents."""

from pathlib import Path
from typing import Any

import pytest

from medallion.manifest.compatibility import compare
from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.engines.registry import way_of
from medallion.manifest.lineage import Place
from medallion.manifest.model import Choice, ExtractedField, Extraction
from medallion.manifest.names import Names
from medallion.manifest.schedule import made_from, needed_for, plans
from medallion.manifest.steps import inputs_of
from tests.unit.manifest.extraction_on_disk import FIELDS, KEY, Lake, contract, documents, prescriptions

NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
BRONZE = "contracts/care/bronze/prescriptions.yaml: schema[0]"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def field(**said: Any) -> dict[str, Any]:
    """A field of a contract: a text with a description, unless the test says otherwise."""
    return {"name": "drug", "logicalType": "string", "description": "The drug"} | said


def test_a_contract_says_what_is_extracted_from_which_documents(lake: Lake) -> None:
    lake.contracts["care/bronze/prescriptions"] = prescriptions(irrelevant="It is a letter of thanks.")
    table = lake.extracted()
    assert (table.name, table.mode, table.key) == ("reader__prescriptions", "extraction", ("document_id", "record"))
    assert table.extraction == Extraction(
        documents="ward__notes",
        instruction="List what is prescribed.",
        irrelevant="It is a letter of thanks.",
        fields=(
            ExtractedField(
                name="drug",
                type="string",
                description="The drug's generic name",
                required=True,
                pattern="[a-z]+",
                examples=("ibuprofen",),
            ),
            ExtractedField(
                name="route",
                type="string",
                description="How it is taken",
                choices=(Choice(value="oral", description="by mouth"), Choice(value="injected")),
            ),
            ExtractedField(name="dose", type="decimal(8,2)", description="The dose, mg", minimum="0.25", maximum="9000", examples=("400",)),
            ExtractedField(name="until", type="date", description="The last day", minimum="2020-01-01"),
        ),
    )
    assert [column.type for column in table.columns] == ["string", "bigint", "string", "string", "decimal(8,2)", "date"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param(field(description=None), "properties[2].description: is missing; by it the model knows", id="no description"),
        pytest.param(field(name="Drug"), "properties[2].name: 'Drug': a field has lower-case letters", id="a name in capitals"),
        pytest.param(field(name="_drug"), "properties[2].name: '_drug': a field has lower-case", id="a technical name"),
        pytest.param(
            field(logicalType="array"),
            "properties[2].logicalType: 'array' is not one of boolean, date, integer, number, string, timestamp",
            id="a type with parts",
        ),
        pytest.param(field(logicalType="number"), "properties[2].physicalType: is missing; a number says how exact", id="no exactness"),
        pytest.param(
            field(logicalType="integer", physicalType="int"), "properties[2].physicalType: 'int' is not one of bigint", id="an int"
        ),
        pytest.param(
            field(logicalType="number", physicalType="float"),
            "properties[2].physicalType: 'float' is not one of decimal(p,s), double",
            id="a float",
        ),
        pytest.param(
            field(logicalType="timestamp", logicalTypeOptions={"timezone": False}),
            "properties[2].logicalTypeOptions: 'timestamp_ntz' is not one of timestamp",
            id="a time without a zone",
        ),
        pytest.param(
            field(logicalTypeOptions={"pattern": "["}), "logicalTypeOptions.pattern: '[' is no regular expression", id="a broken pattern"
        ),
        pytest.param(field(logicalTypeOptions={"pattern": 5}), "logicalTypeOptions.pattern: 5 must be text", id="a number as a pattern"),
        pytest.param(
            field(logicalTypeOptions={"maxLength": 5}), "logicalTypeOptions.maxLength: 'maxLength' is not one of pattern", id="an option"
        ),
        pytest.param(
            field(logicalType="boolean", logicalTypeOptions={"minimum": 0}),
            "logicalTypeOptions.minimum: a boolean that is extracted has no options",
            id="an option of a boolean",
        ),
        pytest.param(
            field(logicalType="integer", logicalTypeOptions={"minimum": "one"}),
            "logicalTypeOptions.minimum: 'one' is no whole number of 64 bits",
            id="a limit of another type",
        ),
        pytest.param(
            field(logicalType="integer", logicalTypeOptions={"minimum": 5, "maximum": 4}),
            "logicalTypeOptions: minimum 5 is above maximum 4",
            id="an empty range",
        ),
        pytest.param(
            field(logicalType="number", physicalType="decimal(4,2)", logicalTypeOptions={"maximum": 100}),
            "logicalTypeOptions.maximum: 100 is no decimal(4,2)",
            id="a limit that does not fit",
        ),
        pytest.param(
            field(logicalType="date", logicalTypeOptions={"minimum": "2020-13-01"}),
            "logicalTypeOptions.minimum: '2020-13-01' is no date, such as '2026-01-31'",
            id="no date",
        ),
        pytest.param(
            field(logicalType="timestamp", examples=["yesterday"]),
            "examples[0]: 'yesterday' is no timestamp, such as '2026-01-31T12:00:00Z'",
            id="no moment",
        ),
        pytest.param(
            field(logicalType="integer", enum=[{"value": 1}]), "enum: is of a string, and drug is bigint", id="choices of numbers"
        ),
        pytest.param(field(enum=[{"value": "a"}, {"value": "a"}]), "enum[1].value: 'a' appears twice", id="a choice twice"),
        pytest.param(field(enum=[{"value": ""}]), "enum[0].value: '' is no text", id="an empty choice"),
        pytest.param(
            field(enum=[{"value": "B"}], logicalTypeOptions={"pattern": "[a-z]"}),
            "enum[0].value: 'B' does not match the field's own pattern",
            id="a choice beside the pattern",
        ),
        pytest.param(
            field(enum=[{"value": "oral"}], examples=["orall"]),
            "examples[0]: 'orall' is not one of oral; did you mean 'oral'?",
            id="an example that is no choice",
        ),
        pytest.param(
            field(examples=["B"], logicalTypeOptions={"pattern": "[a-z]"}),
            "examples[0]: 'B' does not match the field's own pattern '[a-z]'",
            id="an example beside the pattern",
        ),
        pytest.param(
            field(logicalType="integer", examples=[7], logicalTypeOptions={"maximum": 6}),
            "examples[0]: 7 is outside the field's own range",
            id="an example beside the range",
        ),
        pytest.param(field(transformLogic="upper(drug)"), "properties[2].transformLogic: has no effect in bronze", id="silver's work"),
    ],
)
def test_a_field_that_can_t_be_extracted_is_told_with_its_place(lake: Lake, wrong: dict[str, Any], told: str) -> None:
    lake.contracts["care/bronze/prescriptions"] = prescriptions(wrong)
    problems = lake.problems()
    assert told in problems
    assert problems.startswith(BRONZE)
    assert len(problems.splitlines()) == 1


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param(prescriptions(documents=None), "customProperties: has no property 'documents'; it is the bronze table", id="no input"),
        pytest.param(prescriptions(instruction=None), "customProperties: has no property 'instruction'", id="no instruction"),
        pytest.param(prescriptions(instruction=" "), "customProperties[2].value: ' ' must be text", id="an empty instruction"),
        pytest.param(prescriptions(irrelevant=5), "customProperties[3].value: 5 must be text; leave it out", id="no text"),
        pytest.param(prescriptions(watermark="until"), "watermark is of an incremental read", id="a watermark"),
        pytest.param(
            prescriptions(documents="ward__note"),
            "customProperties[1].value: 'ward__note' is not one of ward__notes; did you mean 'ward__notes'?",
            id="an unknown input",
        ),
        pytest.param(
            prescriptions(documents="reader__prescriptions"),
            "customProperties[1].value: 'reader__prescriptions' is not one of ward__notes",
            id="an input that is no document",
        ),
        pytest.param(
            contract("prescriptions", "reader", KEY, ingestion="extraction", documents="ward__notes", instruction="List."),
            "properties: has no field to extract",
            id="no field",
        ),
        pytest.param(
            contract("prescriptions", "reader", [KEY[0], *FIELDS], ingestion="extraction", documents="ward__notes", instruction="List."),
            "properties: a table that is extracted has also record",
            id="no record",
        ),
        pytest.param(
            contract(
                "prescriptions",
                "reader",
                [KEY[0], {"name": "record", "logicalType": "integer"}, *FIELDS],
                ingestion="extraction",
                documents="ward__notes",
                instruction="List.",
            ),
            "document_id and record, in this order, and no other have primaryKey: true",
            id="half a key",
        ),
        pytest.param(
            contract(
                "prescriptions",
                "reader",
                [KEY[0], {"name": "record", "logicalType": "string", "primaryKey": True}, *FIELDS],
                ingestion="extraction",
                documents="ward__notes",
                instruction="List.",
            ),
            "properties[1].logicalType: record of an extraction is bigint, and this is string",
            id="a key of another type",
        ),
        pytest.param(
            contract(
                "prescriptions",
                "reader",
                [{"name": "id", "logicalType": "integer", "physicalType": "int8", "primaryKey": True}],
                ingestion="snapshot",
                instruction="List.",
            ),
            "instruction is of what a model extracts from documents; ingestion: snapshot takes rows as they are",
            id="an instruction to a database",
        ),
        pytest.param(
            contract(
                "prescriptions",
                "reader",
                [{"name": "id", "logicalType": "string", "physicalType": "text", "primaryKey": True, "enum": [{"value": "a"}]}],
                ingestion="snapshot",
            ),
            "properties[0].enum: has no effect in bronze",
            id="choices of a database",
        ),
    ],
)
def test_a_contract_that_says_no_extraction_is_told_with_its_place(lake: Lake, document: dict[str, Any], told: str) -> None:
    lake.contracts["care/bronze/prescriptions"] = document
    problems = lake.problems()
    assert f"{BRONZE}." in problems
    assert told in problems


def test_a_lake_without_documents_has_nothing_to_extract_from(lake: Lake) -> None:
    del lake.contracts["care/bronze/notes"]
    assert "'ward__notes': the lake has no bronze table of documents" in lake.problems()


def test_documents_that_can_t_be_read_are_not_told_to_be_missing(lake: Lake) -> None:
    lake.contracts["care/bronze/notes"] = {"apiVersion": "v3.2.0"}
    problems = lake.problems()
    assert "ward__notes" not in problems
    assert "prescriptions" not in problems


def test_what_is_extracted_follows_its_documents_whatever_they_are_called(lake: Lake) -> None:
    product = lake.compile().product("care")
    # By name alone the documents' table would be the second.
    assert [table.name for table in product.bronze] == ["ward__notes", "reader__prescriptions"]
    assert inputs_of(product.bronze[1]) == ("ward__notes",)
    assert needed_for(product, ["reader__prescriptions"]) == ("ward__notes", "reader__prescriptions")
    (plan,) = plans(lake.compile(), NAMES, "0" * 16, governed=False)
    assert {task.id: task.after for task in plan.tasks} == {
        "apply_contracts": (),
        "ingest_ward": ("apply_contracts",),
        "ingest_reader": ("ingest_ward",),
    }
    assert [task.id for task in plan.tasks] == ["apply_contracts", "ingest_ward", "ingest_reader"]
    assert not any(task.announced for task in plan.tasks)


def test_a_model_that_fails_holds_up_nothing_that_is_made_from_the_documents_alone(lake: Lake) -> None:
    lake.contracts["care/silver/notes"] = contract("notes", "", [KEY[0], {"name": "text", "logicalType": "string"}])
    (plan,) = plans(lake.compile(), NAMES, "0" * 16, governed=False)
    # Each brings some table up to date, or does not: what follows asks both.
    assert {task.id: task.after for task in plan.tasks}["refine"] == ("ingest_ward", "ingest_reader")


def test_documents_of_another_product_start_the_extraction(lake: Lake) -> None:
    lake.contracts["post/bronze/notes"] = lake.contracts.pop("care/bronze/notes")
    manifest = lake.compile()
    care, post = plans(manifest, NAMES, "0" * 16, governed=False)
    assert (care.waits_for, post.waits_for) == (("dev_bronze.ward__notes",), ())
    assert [task.id for task in post.tasks if task.announced] == ["ingest_ward"]
    assert not any(task.announced for task in care.tasks)
    assert made_from(lake.extracted(), manifest, NAMES) == {"dev_bronze.ward__notes"}
    assert needed_for(manifest.product("care"), ["reader__prescriptions"]) == ("reader__prescriptions",)


def test_all_that_is_extracted_comes_from_the_text(lake: Lake) -> None:
    words = {"name": "words", "logicalType": "string", "transformLogic": "_evidence['drug'].words"}
    lake.contracts["care/silver/prescriptions"] = contract("prescriptions", "", [*KEY, FIELDS[0], words])
    known = lineage(lake.compile())
    made = known.made_from(Place("bronze.ward__notes", "text"))
    assert {Place("silver.prescriptions", name) for name in ("drug", "words", "record")} <= set(made)
    assert Place("silver.prescriptions") in made
    assert Place("silver.prescriptions", "document_id") not in made
    assert Place("silver.prescriptions", "document_id") in known.made_from(Place("bronze.ward__notes", "document_id"))


def test_silver_may_name_what_an_answer_says_of_itself_and_keeps_the_key(lake: Lake) -> None:
    told = [name for column in way_of("extraction").adds if (name := column.name) not in ("_is_deleted", "_evidence")]
    said = [{"name": name.removeprefix("_"), "logicalType": "string", "transformLogic": f"cast({name} AS string)"} for name in told]
    lake.contracts["care/silver/prescriptions"] = contract("prescriptions", "", [*KEY, *said])
    assert len(list(lake.compile().tables())) == 3
    wrong = [{"name": "document_id", "logicalType": "string", "primaryKey": True, "transformLogic": "drug"}]
    gone = {"name": "gone", "logicalType": "boolean", "transformLogic": "_is_deleted"}
    lake.contracts["care/silver/prescriptions"] = contract("prescriptions", "", [*wrong, gone], sequence=["gone"])
    problems = lake.problems()
    assert "is made from drug, and a deletion names only the key (document_id, record)" in problems
    assert "there is no column '_is_deleted'" in problems
    assert "records are ordered by _written_at, when their answer came; leave it out" in problems


def test_another_instruction_asks_about_every_document_again(lake: Lake) -> None:
    before = lake.compile()
    assert compare(before, before).changes == ()
    lake.contracts["care/bronze/prescriptions"] = prescriptions(instruction="List the drugs.")
    (change,) = compare(before, lake.compile()).changes
    assert (change.kind, change.breaking) == ("ingestion", False)
    assert "every document is asked about again" in change.detail


def test_the_example_s_documents_are_restricted_unless_they_say_otherwise(lake: Lake) -> None:
    assert {column.classification for column in lake.compile().read_from("ward")[0].columns} == {"restricted"}
    lake.contracts["care/bronze/notes"] = documents(text="internal")
    assert lake.compile().read_from("ward")[0].column("text").classification == "internal"
