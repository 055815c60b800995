"""What holds data, and the properties that CloudFormation can't change without making a new, empty one."""

from functools import cache
from typing import Any

from medallion.manifest.frozen import Frozen
from review.reference import plain

HOLDS_DATA = frozenset(
    {
        "AWS::Athena::WorkGroup",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EFS::FileSystem",
        "AWS::Glue::Database",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::MWAA::Environment",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
    }
)
# CloudFormation's own default where a template says nothing: Delete, but a snapshot of a database that is in no cluster.
SNAPSHOT_BY_DEFAULT = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})


# What the schema does not call create-only, though another table or database is what a change makes.
ALSO_FIXED = {"AWS::DynamoDB::Table": ("/properties/KeySchema",), "AWS::Glue::Database": ("/properties/DatabaseInput/Name",)}


class Stateful(Frozen):
    """A resource that holds data.

    Attributes:
        type: Its CloudFormation type.
        deletion: What becomes of it when it leaves the template.
        replacement: What becomes of the old one when CloudFormation makes a new one.
        fixed: The properties whose change makes a new one, with their values.
    """

    type: str
    deletion: str
    replacement: str
    fixed: dict[str, str] = {}


def stateful(resources: dict[str, dict[str, Any]]) -> dict[str, Stateful]:
    """What of a template's resources holds data, by logical id."""
    return {
        logical_id: _stateful(resource["Type"], resource)
        for logical_id, resource in sorted(resources.items())
        if resource["Type"] in HOLDS_DATA
    }


def _stateful(kind: str, resource: dict[str, Any]) -> Stateful:
    properties = resource.get("Properties", {})
    fixed = {path: value for path in create_only(kind) if (value := _at(properties, path)) is not None}
    default = "Snapshot" if kind in SNAPSHOT_BY_DEFAULT else "Delete"
    return Stateful(
        type=kind,
        deletion=resource.get("DeletionPolicy", default),
        replacement=resource.get("UpdateReplacePolicy", "Delete"),
        fixed={path: plain(value) for path, value in fixed.items()},
    )


@cache
def create_only(kind: str) -> tuple[str, ...]:
    """The properties of a type that only a new resource can have otherwise, from CloudFormation's own schema; `A.B` for one inside another."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    # The schema that all regions have in common.
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    pointers = {*schema.get("createOnlyProperties", ()), *ALSO_FIXED.get(kind, ())}
    return tuple(sorted(pointer.removeprefix("/properties/").replace("/", ".") for pointer in pointers))


def _at(properties: Any, path: str) -> Any:
    for part in path.split("."):
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties
