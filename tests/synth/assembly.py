"""What an environment synthesizes to, as something to look into."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from medallion.manifest.access.personas import read_personas
from medallion.manifest.compiler import compile_lake
from medallion.manifest.compiler.saved_queries import saved_queries
from medallion.manifest.configuration import environment_names, load_environment
from medallion.manifest.engines.documents.columns import DOCUMENT_COLUMNS
from medallion.manifest.environment import Environment
from medallion.manifest.model import BronzeTable, Column, ExtractedField, Extraction, GoldTable, Manifest, Product, RowFilter, SilverTable
from stacks.compose import compose
from stacks.parts.airflow.files import AirflowFolder, build_airflow_files
from stacks.parts.delivery.release import build_release

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "lakes" / "grocer"
LAKE = Path(__file__).parent / "lake"
OURS = environment_names(SAMPLE)
THEIRS = environment_names(LAKE)
EVERY = (*OURS, *THEIRS)

Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What one environment synthesizes to.

    Attributes:
        environment: The environment.
        directory: The cloud assembly.
        templates: By stack name.
        validation: cdk-nag's and the CDK's own findings.
    """

    environment: Environment
    directory: Path
    templates: dict[str, dict[str, Any]]
    validation: dict[str, Any]

    def template(self, stack: str) -> dict[str, Any]:
        return self.templates[f"{self.environment.names.dashed}-{stack}"]

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every role's policies, with `<stack>.<logical id>` of the policy."""
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for where, policy in self.resources(kind).items():
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                    yield where, statement
        for where, role in self.resources("AWS::IAM::Role").items():
            for policy in role["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield where, statement

    def resources(self, kind: str) -> dict[str, Resource]:
        """All resources of a type, by `<stack>.<logical id>`."""
        return {
            f"{stack.removeprefix(f'{self.environment.names.dashed}-')}.{logical_id}": resource
            for stack, template in self.templates.items()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        }


# The roles of the CDK's own function that empties buckets, one a stack with buckets, where an environment may be destroyed; the CDK gives
# them no tags.
EMPTIES_BUCKETS = {f"{stack}.CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092" for stack in ("lake", "mwaa")}

Synthesize = Callable[[str], Assembly]


def column(name: str, kind: str = "bigint") -> Column:
    return Column(name=name, type=kind)


def manifest_of_two_sources() -> Manifest:
    def raw(source: str, name: str) -> BronzeTable:
        return BronzeTable(
            product="trade",
            name=f"{source}__{name}",
            contract=f"contracts/trade/bronze/{name}.yaml",
            version="1.0.0",
            columns=(column("id"),),
            source=source,
            object=name,
            mode="snapshot",
            key=("id",),
        )

    def exported(source: str) -> BronzeTable:
        columns = (column("id", "string"), column("number", "decimal(38,0)"))
        return raw(source, "people").model_copy(update={"mode": "export", "columns": columns, "key": ("id", "number")})

    def documents(source: str) -> BronzeTable:
        columns = tuple(column(name, kind) for name, kind in DOCUMENT_COLUMNS.items())
        return raw(source, "notes").model_copy(update={"mode": "documents", "columns": columns, "key": ("document_id",)})

    def extracted(source: str) -> BronzeTable:
        fields = (ExtractedField(name="topic", type="string", description="What it is about"),)
        columns = (column("document_id", "string"), column("record"), column("topic", "string"))
        said = Extraction(documents="inbox__notes", instruction="Say what each note is about.", fields=fields)
        return raw(source, "topics").model_copy(
            update={"mode": "extraction", "columns": columns, "key": ("document_id", "record"), "extraction": said}
        )

    order = SilverTable(
        product="trade",
        name="orders",
        contract="contracts/trade/silver/orders.yaml",
        version="1.0.0",
        columns=(column("id"), Column(name="region", type="string", classification="internal")),
        input="shop__orders",
        key=("id",),
        rows_for=(RowFilter(persona="analyst", expression="region = 'north'"),),
    )
    total = GoldTable(
        product="trade",
        name="totals",
        contract="contracts/trade/gold/totals.yaml",
        version="1.0.0",
        columns=(column("orders"),),
        inputs=("orders",),
        sql="SELECT count(*) AS orders FROM orders",
    )
    tables = (
        raw("shop", "orders"),
        raw("back_office", "invoices"),
        *(exported(source) for source in ("crm", "loyalty")),
        documents("inbox"),
        extracted("reader"),
        order,
        total,
    )
    return Manifest(lake="acme", products=(Product(name="trade", tables=tables),), personas=read_personas(LAKE))


def manifest_of_one_source() -> Manifest:
    whole = manifest_of_two_sources()
    (product,) = whole.products
    return Manifest(
        lake="acme",
        products=(
            Product(
                name="trade",
                tables=tuple(
                    table
                    for table in product.tables
                    if not table.name.startswith(("back_office__", "crm__", "inbox__", "loyalty__", "reader__"))
                ),
            ),
        ),
        personas=whole.personas,
    )


def manifest_for(name: str) -> Manifest:
    if name in OURS:
        return compile_lake(SAMPLE)
    return manifest_of_two_sources() if name == "full" else manifest_of_one_source()


def airflow_folder_for(name: str) -> AirflowFolder:
    """Plugins and a start-up script where an environment has all that it can."""
    if name != "full":
        return AirflowFolder()
    return AirflowFolder(plugins={"team.py": b"TEAM = 1\n"}, startup=b"export TEAM=1\n")


def synthesized(
    name: str, directory: Path, *, environment: Environment | None = None, airflow_folder: AirflowFolder | None = None
) -> Assembly:
    environment = environment or load_environment(SAMPLE if name in OURS else LAKE, name)
    manifest = manifest_for(name)
    airflow = environment.airflow
    app = App(
        analytics_reporting=False,
        outdir=str(directory),
        context=json.loads((ROOT / "cdk.json").read_text())["context"],
    )
    compose(
        app,
        environment=environment,
        manifest=manifest,
        release=build_release(ROOT, manifest, environment.names, governed=environment.governed),
        airflow_files=build_airflow_files(
            ROOT, airflow_folder or airflow_folder_for(name), version=airflow.airflow_version, names=environment.names
        )
        if airflow
        else None,
        saved_queries=saved_queries(SAMPLE if name in OURS else LAKE, environment, manifest),
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    # Where cdk-nag finds something this raises, and names the report.
    app.synth()
    templates = {
        path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in sorted(directory.glob("*.template.json"))
    }
    report = directory / "validation-report.json"
    return Assembly(environment, directory, templates, json.loads(report.read_text()) if report.exists() else {"pluginReports": []})


def as_list(value: Any) -> list[Any]:
    """What a template writes as one thing or as a list of them."""
    return value if isinstance(value, list) else [value]


def plain(value: Any) -> str:
    """A string of a template with its references in angle brackets."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(plain(part) for part in parts)
        case _:
            return str(value)
