"""A database that Lake Formation governs, and roles that see different parts of it."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from local.laptop import Laptop
from local.services.athena.trino.client import Statement
from local.services.athena.trino.pointing import Target, lease
from local.services.athena.trino.rules import Permission, Rules
from local.services.athena.trino.server import Server
from local.services.athena.writing import SCRATCH_TAG
from tests.local.athena.suite import Refused
from tests.local.waiting import ended

ACCOUNT, REGION = "111111111111", "eu-west-1"
DATABASE = "clients"
WRITER = "arn:aws:iam::111111111111:user/writer"

# `secret` was once called `note`, and there is another `note` now; `city` was once called `town`; `gone` is no more.
TABLES = (
    """CREATE TABLE people WITH (partitioning = ARRAY['email']) AS SELECT * FROM (VALUES
    (1, CAST('ann' AS varchar), CAST('ann@example.org' AS varchar), CAST('north' AS varchar), CAST('old secret' AS varchar),
     CAST('A' AS varchar), CAST('gone 1' AS varchar)),
    (2, 'bob', 'bob@example.org', 'south', 'old secret', 'B', 'gone 2'), (3, 'cid', 'cid@example.org', 'north', 'old secret', 'C', 'gone 3'))
    AS t (id, name, email, region, note, town, gone)""",
    """CREATE TABLE sales AS SELECT * FROM (VALUES (1, 1, CAST('north' AS varchar), 10, CAST('s-one' AS varchar)), (2, 2, 'south', 20, 's-two'),
    (3, 3, 'south', 30, 's-three')) AS t (id, person, region, amount, code)""",
    "CREATE TABLE vault AS SELECT 1 AS id, CAST('treasure' AS varchar) AS what",
    "CREATE VIEW named AS SELECT id, name FROM people",
    "CREATE VIEW everything AS SELECT * FROM people",
)
EVOLVED = (
    "ALTER TABLE people RENAME COLUMN note TO secret",
    "ALTER TABLE people RENAME COLUMN town TO city",
    "ALTER TABLE people DROP COLUMN gone",
    "ALTER TABLE people ADD COLUMN note varchar",
)
SEEN = ("id", "name", "region", "city")
"""The columns of `people` that the analyst sees; `note` is granted, too, but meant `secret` once."""


@dataclass(frozen=True)
class Persona:
    """Somebody who asks Athena with the keys of a role.

    Attributes:
        name: Of the role and of the workgroup.
        clients: Makes clients.
    """

    name: str
    clients: Callable[[str], Any]

    def ask(self, sql: str, workgroup: str = "") -> list[list[str | None]]:
        """The rows of an answer.

        Raises:
            Refused: With Athena's reason.
        """
        identifier = self.run(sql, workgroup)
        answer = self.clients("athena").get_query_results(QueryExecutionId=identifier)["ResultSet"]
        return [[value.get("VarCharValue") for value in row["Data"]] for row in answer["Rows"]]

    def run(self, sql: str, workgroup: str = "") -> str:
        """The id of a query that has succeeded.

        Raises:
            Refused: With Athena's reason.
        """
        athena = self.clients("athena")
        try:
            started = athena.start_query_execution(
                QueryString=sql, WorkGroup=workgroup or self.name, QueryExecutionContext={"Database": DATABASE}
            )
            identifier = str(started["QueryExecutionId"])
            execution = ended(athena, identifier)
        except ClientError as error:
            raise Refused(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from error
        if execution["Status"]["State"] != "SUCCEEDED":
            raise Refused(execution["Status"]["StateChangeReason"])
        return identifier

    def columns(self, sql: str) -> list[str]:
        """The names of an answer's columns, which has a header."""
        return [str(name) for name in self.ask(sql)[0]]


class Household:
    """A governed database on a laptop, and who may see what of it."""

    def __init__(self, laptop: Laptop, server: Server) -> None:
        self.laptop = laptop
        self.lake = laptop.client("lakeformation")
        self._server = server
        self.root = Persona("makers", laptop.client)
        laptop.client("glue").create_database(
            DatabaseInput={"Name": DATABASE, "LocationUri": f"s3://lake/{DATABASE}", "CreateTableDefaultPermissions": []}
        )
        self._revoke_default()
        laptop.client("athena").create_work_group(
            Name="makers",
            Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/makers/"}, "EnforceWorkGroupConfiguration": True},
            Tags=[{"Key": SCRATCH_TAG, "Value": DATABASE}],
        )
        for statement in TABLES:
            self.root.ask(_located(statement))
        self.first_snapshot = str(self.root.ask('SELECT snapshot_id FROM "people$snapshots"')[1][0])
        self._evolve()
        self._register()

    def persona(self, name: str, *grants: Mapping[str, Any], data_access: bool = True, **rights: Any) -> Persona:
        """A role with a workgroup of its own, IAM's rights for Athena and the catalog, and some grants.

        Args:
            name: Of the role.
            grants: `{"Resource": …, "Permissions": […]}`.
            data_access: Whether it has `lakeformation:GetDataAccess`.
            rights: Further statements of its policy, by whatever name.
        """
        athena = self.laptop.client("athena")
        athena.create_work_group(
            Name=name,
            Configuration={
                "ResultConfiguration": {"OutputLocation": f"s3://results/{name}/"},
                "EnforceWorkGroupConfiguration": True,
                "BytesScannedCutoffPerQuery": 10_000_000,
            },
            Tags=[{"Key": SCRATCH_TAG, "Value": "scratch"}],
        )
        allowed = [
            {"Action": "athena:*", "Resource": f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{name}"},
            {"Action": "athena:*", "Resource": f"arn:aws:athena:{REGION}:{ACCOUNT}:datacatalog/*"},
            {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": f"arn:aws:s3:::results/{name}/*"},
            {"Action": "glue:*", "Resource": "*"},
            *([{"Action": "lakeformation:GetDataAccess", "Resource": "*"}] if data_access else []),
            *rights.values(),
        ]
        role = self.role(name, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, *allowed)
        for grant in grants:
            self.lake.grant_permissions(Principal={"DataLakePrincipalIdentifier": role}, **grant)
        return Persona(name, self.session(role))

    def session(self, role: str) -> Callable[[str], Any]:
        """Makes clients as a role."""
        keys = self.laptop.client("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=REGION,
        )
        made: dict[str, Any] = {}

        def client(service: str) -> Any:
            if service not in made:
                made[service] = session.client(service, endpoint_url=self.laptop.endpoint)  # type: ignore[call-overload]
            return made[service]

        return client

    def role(self, name: str, trusted: Mapping[str, str], *statements: Mapping[str, Any]) -> str:
        """The ARN of a new role."""
        iam = self.laptop.client("iam")
        trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        policy = [{"Effect": "Allow", **statement} for statement in statements]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": policy}))
        return str(role["Arn"])

    def filter(self, name: str, rows: str, *columns: str, table: str = "sales") -> Mapping[str, Any]:
        """The grant of a new data cells filter; without columns of all of them."""
        seen: dict[str, Any] = {"ColumnNames": list(columns)} if columns else {"ColumnWildcard": {}}
        data = {"TableCatalogId": ACCOUNT, "DatabaseName": DATABASE, "TableName": table, "Name": name}
        self.lake.create_data_cells_filter(TableData={**data, "RowFilter": {"FilterExpression": rows}, **seen})
        return {"Resource": {"DataCellsFilter": data}, "Permissions": ["SELECT"]}

    def iceberg(self, persona: Persona, path: str) -> int:
        """The status that a persona gets from the catalog as Iceberg's REST clients ask it."""
        client = persona.clients("glue")
        request = AWSRequest("GET", f"{self.laptop.endpoint}/iceberg/v1/catalogs/{ACCOUNT}/{path}")
        SigV4Auth(client._request_signer._credentials.get_frozen_credentials(), "glue", REGION).add_auth(request)
        asked = urllib.request.Request(str(request.url), headers=dict(request.headers.items()))
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def forge(self, name: str, sql: str, owner: str) -> None:
        """Puts a view into the catalog that reads as its owner, as Athena never writes one."""
        columns = [{"name": "email", "type": "varchar"}]
        view = {
            "originalSql": sql,
            "catalog": "awsdatacatalog",
            "schema": DATABASE,
            "columns": columns,
            "owner": owner,
            "runAsInvoker": False,
        }
        self.laptop.client("glue").create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "Owner": owner,
                "TableType": "VIRTUAL_VIEW",
                "Parameters": {"presto_view": "true", "comment": "Presto View"},
                "ViewOriginalText": f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */",
                "ViewExpandedText": "/* Presto View */",
                "StorageDescriptor": {"Columns": [{"Name": "email", "Type": "varchar"}]},
            },
        )

    def _revoke_default(self) -> None:
        self.lake.revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
            Resource={"Database": {"Name": DATABASE}},
            Permissions=["ALL"],
        )

    def _evolve(self) -> None:
        trino, permission = self._server.trino, Permission(DATABASE, frozenset({"people"}), changes=True)
        with lease(trino, Target.of(self.laptop.settings)), Rules(self._server.folder).permitted(WRITER, [permission]):
            for statement in EVOLVED:
                Statement(trino, statement, WRITER, DATABASE).run()
        self.root.ask("INSERT INTO people VALUES (4, 'dan', 'dan@example.org', 'south', 'new secret', 'D', 'a note')")

    def _register(self) -> None:
        reading = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]}
        role = self.role("location", {"Service": "lakeformation.amazonaws.com"}, reading)
        self.lake.register_resource(ResourceArn=f"arn:aws:s3:::lake/{DATABASE}", RoleArn=role)


def columns_of(table: str, *names: str) -> Mapping[str, Any]:
    """The grant of some columns."""
    return {
        "Resource": {"TableWithColumns": {"DatabaseName": DATABASE, "Name": table, "ColumnNames": list(names)}},
        "Permissions": ["SELECT"],
    }


def table_of(name: str, *permissions: str) -> Mapping[str, Any]:
    """A grant of a table or a view as a whole."""
    return {"Resource": {"Table": {"DatabaseName": DATABASE, "Name": name}}, "Permissions": list(permissions)}


DESCRIBED: Mapping[str, Any] = {"Resource": {"Database": {"Name": DATABASE}}, "Permissions": ["DESCRIBE"]}


def _located(statement: str) -> str:
    words = statement.split(maxsplit=3)
    if words[1] == "VIEW":
        return statement
    location = f"location = 's3://lake/{DATABASE}/{words[2]}/'"
    return (
        statement.replace("WITH (", f"WITH ({location}, ", 1)
        if "WITH (" in statement
        else statement.replace(" AS ", f" WITH ({location}) AS ", 1)
    )
