"""What things are called on an account: one place, so that a template, a job and a policy agree."""

from typing import Literal

from medallion.manifest.frozen import Frozen

Layer = Literal["bronze", "silver", "gold"]
LAYERS: tuple[Layer, ...] = ("bronze", "silver", "gold")
Database = Literal["bronze", "silver", "gold", "ops"]
DATABASES: tuple[Database, ...] = (*LAYERS, "ops")
# All databases of a lake, by what a persona's `layers` and the tag `<prefix>-layer` call them.
CatalogLayer = Literal["bronze", "silver", "gold", "ops", "discovered"]
CATALOG_LAYERS: tuple[CatalogLayer, ...] = (*DATABASES, "discovered")
Purpose = Literal["bronze", "silver", "gold", "ops", "artifacts", "athena-results", "access-logs", "landing", "airflow"]
Function = Literal["gate", "trigger"]
StepName = Literal["tighten-access", "apply-contracts", "open-access", "ingest", "refine", "aggregate"]
JobName = Literal["apply-access", "apply-contracts", "ingest", "refine", "aggregate"]
# What MWAA keeps apart in its logs; it forms the groups' names of these words.
AirflowModule = Literal["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"]
AIRFLOW_MODULES: tuple[AirflowModule, ...] = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")

RUN_ID = "_run_id"
INGESTED_AT = "_ingested_at"
# Iceberg keeps `_deleted` for itself.
DELETED = "_is_deleted"
WRITTEN_AT = "_written_at"
# What a model answered that was refused, and which words of the document its values came from.
REFUSED = "_refused"
EVIDENCE = "_evidence"
# What the lake adds to tables of any layer.
TECHNICAL = (RUN_ID, INGESTED_AT, DELETED, WRITTEN_AT, "_input_snapshot_id", "_rules", "_row", "_quarantined_at")
# What Iceberg takes for its own columns wherever a table is read.
OF_ICEBERG = ("_deleted", "_file", "_last_updated_sequence_number", "_partition", "_pos", "_row_id", "_spec_id")
# What a column's name begins with that a job puts beside those of a bronze table while it works.
PASSING = "_lake_"
STATE_PROPERTY = "medallion.state"
PREVIOUS_PROPERTY = "medallion.previous"
REFUSED_PROPERTY = "medallion.refused"
QUARANTINE_SUFFIX = "__quarantine"
HISTORY_SUFFIX = "__history"
# What a version of a row is known by in a history: no underscore before them, as people write them in every join.
VALID_FROM = "valid_from"
VALID_TO = "valid_to"
IS_CURRENT = "is_current"
VALIDITY = {VALID_FROM: "timestamp", VALID_TO: "timestamp", IS_CURRENT: "boolean"}


class Names(Frozen):
    """The names of one environment's resources.

    Attributes:
        prefix: Lower-case letters, digits and underscores; the environment's name unless configured.
        account: Twelve digits.
        region: An AWS region.
    """

    prefix: str
    account: str
    region: str

    @property
    def dashed(self) -> str:
        """The prefix where underscores are not allowed (buckets) or not usual (jobs, roles)."""
        return self.prefix.replace("_", "-")

    def database(self, layer: Database) -> str:
        """The Glue database of a layer, such as `local_silver`, or of what runs leave to be looked at (`ops`)."""
        return f"{self.prefix}_{layer}"

    @property
    def discovered(self) -> str:
        """The Glue database of what crawlers found, and of nothing else."""
        return f"{self.prefix}_discovered"

    def catalog_database(self, layer: CatalogLayer) -> str:
        """Any Glue database of the lake."""
        return self.discovered if layer == "discovered" else self.database(layer)

    def bucket(self, purpose: Purpose) -> str:
        """A bucket's name: unique in the world by account and region."""
        return f"{self.dashed}-{purpose}-{self.account}-{self.region}"

    def demo_table_prefix(self, source: str) -> str:
        """What the names of a demo source's DynamoDB tables begin with; a real source's prefix is in the configuration."""
        return f"{self.dashed}-{source.replace('_', '-')}-"

    def job(self, job: JobName, source: str = "") -> str:
        """A Glue job's name; ingestion has one job a source, as each has a network and a secret of its own."""
        return "-".join(part for part in (self.dashed, job, source.replace("_", "-")) if part)

    def dag(self, product: str) -> str:
        """The id of a product's DAG."""
        return f"{self.prefix}_{product}"

    def function(self, function: Function) -> str:
        """A Lambda function's name, its role's and its queue's."""
        return f"{self.dashed}-{function}"

    def dead_letters(self, function: Function) -> str:
        """The queue of messages that a function failed with too often."""
        return f"{self.function(function)}-dead"

    def function_log_group(self, function: Function) -> str:
        """Where a function logs."""
        return f"/medallion/{self.dashed}/{function}"

    def crawler(self, source: str) -> str:
        """The name of a source's crawler, and of its role."""
        return f"{self.dashed}-discover-{source.replace('_', '-')}"

    def crawler_log_group(self, source: str) -> str:
        """Where a crawler logs: Glue forms this name of the role's and the security configuration's."""
        return f"{self.crawler_log_group_prefix}{source.replace('_', '-')}-{self.security_configuration}"

    @property
    def crawler_log_group_prefix(self) -> str:
        """What the names of all crawlers' log groups begin with."""
        return f"/aws-glue/crawlers-role/{self.dashed}-discover-"

    @property
    def airflow(self) -> str:
        """The MWAA environment, and its execution role."""
        return f"{self.dashed}-airflow"

    @property
    def alerts_topic(self) -> str:
        """The SNS topic of what people must know."""
        return f"{self.dashed}-alerts"

    @property
    def security_configuration(self) -> str:
        """The Glue security configuration of all jobs and crawlers."""
        return f"{self.dashed}-jobs"

    def airflow_log_group(self, module: AirflowModule) -> str:
        """Where a part of Airflow logs: MWAA forms this name of the environment's."""
        return f"airflow-{self.airflow}-{module}"

    def workgroup(self, persona: str = "engineers") -> str:
        """An Athena workgroup's name; by default of the one that is no persona's."""
        return f"{self.dashed}-{persona}"

    def persona(self, persona: str) -> str:
        """The role that people assume who see what a persona sees, and its Athena workgroup."""
        return f"{self.dashed}-{persona.replace('_', '-')}"

    def results_prefix(self, persona: str) -> str:
        """What the keys of a persona's query results begin with, in the bucket of results."""
        return f"{persona.replace('_', '-')}/"

    def query_results(self, persona: str) -> str:
        """Where a workgroup writes results; one place a persona, as results are not governed by Lake Formation."""
        return f"s3://{self.bucket('athena-results')}/{self.results_prefix(persona)}"

    @property
    def location_role(self) -> str:
        """The role that Lake Formation reads tables under, for those whom they are granted to."""
        return f"{self.dashed}-lake-formation"

    def role_arn(self, role: str) -> str:
        """The ARN of a role of this account, by its name."""
        return f"arn:{self._partition}:iam::{self.account}:role/{role}"

    def tables_arn(self, layer: Database) -> str:
        """The ARN of where a layer's tables lie."""
        return f"arn:{self._partition}:s3:::{self.bucket(layer)}/tables"

    @property
    def _partition(self) -> str:
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws-cn" if self.region.startswith("cn-") else "aws"

    @property
    def layer_tag(self) -> str:
        """The LF-tag of databases that says which layer one is. Tags are an account's, so that their names begin with the prefix."""
        return f"{self.dashed}-layer"

    @property
    def class_tag(self) -> str:
        """The LF-tag that holds a classification."""
        return f"{self.dashed}-class"

    def rows_tag(self, persona: str) -> str:
        """The LF-tag that says whether a persona sees all rows of a table (`open`) or not (`filtered`)."""
        return f"{self.dashed}-rows-{persona.replace('_', '-')}"

    def secret(self, source: str) -> str:
        """The secret of a demo source; a real source's secret is named in the configuration."""
        return f"{self.dashed}/sources/{source}"

    def parameter(self, stack: str, name: str) -> str:
        """The SSM parameter by which a stack hands a value to another."""
        return f"/medallion/{self.dashed}/{stack}/{name}"

    @property
    def applied_release(self) -> str:
        """The SSM parameter that holds the release whose contracts the tables have; written by apply_contracts."""
        return f"/medallion/{self.dashed}/applied-release"

    @property
    def applied_access(self) -> str:
        """The SSM parameter that holds the release whose access the tables have; written by apply_access."""
        return f"/medallion/{self.dashed}/applied-access"

    @property
    def job_log_group(self) -> str:
        """What the names of the Glue jobs' log groups begin with (`--custom-logGroup-prefix`); no group itself."""
        return f"/medallion/{self.dashed}/jobs"

    @property
    def job_output_group(self) -> str:
        """The log group of what all Glue jobs print; a stream a run, named by the run's id, with or without `-driver`."""
        return f"{self.job_log_group}/output"


def exports_prefix(table: str) -> str:
    """Where in the bronze bucket the original files of a bronze table's exports are, without a slash at its end."""
    return f"exports/{table}"


def documents_prefix(table: str) -> str:
    """Where in the bronze bucket the original files of a bronze table of documents are, without a slash at its end."""
    return f"documents/{table}"


def answers_prefix(table: str) -> str:
    """Where in the bronze bucket the raw answers about the documents of an extraction are, without a slash at its end."""
    return f"extraction/{table}"


def ledger_prefix(source: str) -> str:
    """Where in the bronze bucket the ledger of an extraction source's budget is, an object a month, without a slash at its end."""
    # No table is called so: theirs have two underscores.
    return f"extraction/ledger/{source}"


def reserved_column(name: str) -> str:
    """Who keeps a name for columns of its own, so that no bronze contract may have one; empty where it may."""
    # Spark does not tell upper from lower case.
    lower = name.lower()
    if lower in TECHNICAL or lower.startswith(PASSING):
        return "the lake"
    return "Iceberg" if lower in OF_ICEBERG else ""


def history_table(table: str) -> str:
    """The table beside a silver one that keeps all versions of its rows."""
    return table + HISTORY_SUFFIX


def without_history(table: str) -> str:
    """The contract's table, where a name may be that of its history."""
    return table.removesuffix(HISTORY_SUFFIX)


def bronze_table(source: str, table: str) -> str:
    """A bronze table's name: `<source>__<table>`."""
    return f"{source}__{table}"
