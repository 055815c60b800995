"""People with the same rights: the role that they assume, and where they query."""

from collections.abc import Iterator, Sequence

from aws_cdk import Aws
from aws_cdk.aws_iam import AccountRootPrincipal, ArnPrincipal, CompositePrincipal, FederatedPrincipal, IPrincipal, Role
from aws_cdk.aws_kms import Key
from constructs import Construct

from medallion.manifest.access.granting import DEFAULT_DATABASE
from medallion.manifest.assuming import PersonaSettings
from medallion.manifest.model import Persona
from medallion.manifest.names import Names
from stacks.parts.permission import allow
from stacks.parts.storage.query_workgroup import QueryWorkgroup

# Of one workgroup: to ask, to read answers, and to keep statements that a tool prepares.
QUERIES = (
    "athena:BatchGetNamedQuery",
    "athena:BatchGetQueryExecution",
    "athena:CreatePreparedStatement",
    "athena:DeletePreparedStatement",
    "athena:GetNamedQuery",
    "athena:GetPreparedStatement",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "athena:GetQueryRuntimeStatistics",
    "athena:GetWorkGroup",
    "athena:ListNamedQueries",
    "athena:ListPreparedStatements",
    "athena:ListQueryExecutions",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
    "athena:UpdatePreparedStatement",
)
CATALOG = ("athena:GetDataCatalog", "athena:GetDatabase", "athena:GetTableMetadata", "athena:ListDatabases", "athena:ListTableMetadata")
TABLES = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)


class PersonaAccess(Construct):
    """A persona's role and workgroup, whose results nobody else's role reads.

    What it sees of tables Lake Formation grants; IAM lets it ask, and reaches no table's data.

    Attributes:
        role: Its role.
        workgroup: Its workgroup.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        persona: Persona,
        settings: PersonaSettings,
        scan_limit_bytes: int,
        names: Names,
        key_arn: str,
        keep_history: bool,
    ) -> None:
        """Make role and workgroup.

        Args:
            scope: A stack.
            id: Begins the logical ids of both.
            persona: Who they are.
            settings: Who may assume it.
            scan_limit_bytes: A query that reads more is stopped.
            names: What they are called and where results go.
            key_arn: Encrypts results.
            keep_history: Whether a workgroup with saved queries refuses to be deleted.
        """
        super().__init__(scope, id)
        principals = tuple(trusted(settings, names))
        self.role = Role(
            self,
            "Role",
            role_name=names.persona(persona.name),
            description=persona.description,
            assumed_by=principals[0] if len(principals) == 1 else CompositePrincipal(*principals),
        )
        self.workgroup = QueryWorkgroup(
            self,
            id,
            name=names.persona(persona.name),
            description=persona.description,
            results=names.query_results(persona.name),
            key=Key.from_key_arn(self, "ResultsKey", key_arn),
            scan_limit_bytes=scan_limit_bytes,
            keep_history=keep_history,
        ).workgroup
        self._grant_queries(names, persona)
        self._grant_tables(names, [*(names.catalog_database(layer) for layer in persona.layers), DEFAULT_DATABASE])
        self._grant_results(names, persona, key_arn)

    def _grant_queries(self, names: Names, persona: Persona) -> None:
        athena = f"arn:{Aws.PARTITION}:athena:{names.region}:{names.account}"
        allow(self.role, "Queries", actions=QUERIES, resources=[f"{athena}:workgroup/{names.persona(persona.name)}"])
        allow(self.role, "Catalog", actions=CATALOG, resources=[f"{athena}:datacatalog/AwsDataCatalog"])
        allow(
            self.role,
            "Lists",
            actions=["athena:ListDataCatalogs", "athena:ListWorkGroups"],
            resources=["*"],
            star="Lists of all catalogs and workgroups know no resource; they hold names, which tools let people choose from",
        )

    def _grant_tables(self, names: Names, databases: Sequence[str]) -> None:
        glue = f"arn:{Aws.PARTITION}:glue:{names.region}:{names.account}"
        allow(
            self.role,
            "Tables",
            actions=TABLES,
            resources=[
                f"{glue}:catalog",
                *(f"{glue}:database/{database}" for database in databases),
                *(f"{glue}:table/{database}/*" for database in databases),
            ],
            star="Tables come with contracts, after the role; which of them and which columns it sees Lake Formation decides",
        )
        allow(
            self.role,
            "Data",
            actions=["lakeformation:GetDataAccess"],
            resources=["*"],
            star="GetDataAccess knows no resource; it gives what Lake Formation has granted, and without a grant nothing",
        )

    def _grant_results(self, names: Names, persona: Persona, key_arn: str) -> None:
        bucket = f"arn:{Aws.PARTITION}:s3:::{names.bucket('athena-results')}"
        prefix = names.results_prefix(persona.name)
        allow(self.role, "ResultsBucket", actions=["s3:GetBucketLocation"], resources=[bucket])
        allow(
            self.role,
            "ResultsList",
            actions=["s3:ListBucket", "s3:ListBucketMultipartUploads"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*"]}},
        )
        allow(
            self.role,
            "Results",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            resources=[f"{bucket}/{prefix}*"],
            star="Athena names results by queries; all lie under this persona's own prefix",
        )
        allow(
            self.role,
            "ResultsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{names.region}.{Aws.URL_SUFFIX}"}},
        )


def trusted(settings: PersonaSettings, names: Names) -> Iterator[IPrincipal]:
    """Who may assume a persona's role."""
    for arn in settings.assumed_by:
        yield ArnPrincipal(arn)
    if settings.saml:
        # "Enabling SAML 2.0 federated principals to access the AWS Management Console", the trust policy of the role.
        yield FederatedPrincipal(
            settings.saml, {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, "sts:AssumeRoleWithSAML"
        )
    if settings.identity_center:
        # "Referencing permission sets in resource policies": a permission set's role has a region in its path, or none, and ends in 16
        # characters that change when it is made anew.
        path = f"arn:{Aws.PARTITION}:iam::{names.account}:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_{settings.identity_center}_"
        yield AccountRootPrincipal().with_conditions({"ArnLike": {"aws:PrincipalArn": f"{path}{'?' * 16}"}})
