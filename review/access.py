"""Who may do what, by the policies of a template and by its grants of Lake Formation."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from review import lake_formation
from review.reference import as_list, plain
from review.rule import Effect, Grant, Rule, grouped

IDENTITIES = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
NAMES = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName"}
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy")
ALL_OF_A_POLICY = "all of the policy"
# A resource whose policy is a resource of its own, by the property that names it.
POLICY_OF = {
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
}


def rules_of(resources: dict[str, dict[str, Any]]) -> dict[str, tuple[Rule, ...]]:
    """The rules of access, by their holder: `role NAME`, `trust of role NAME`, `policy of LOGICAL_ID`, `grants of Lake Formation to ARN`."""
    found: defaultdict[str, set[Grant]] = defaultdict(set)
    for logical_id, resource in resources.items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in IDENTITIES:
            _identity(found, resources, logical_id, properties)
        elif kind in POLICIES:
            for holder in _holders(resources, properties):
                found[holder] |= set(_statements(properties["PolicyDocument"]))
        elif kind.startswith(lake_formation.PREFIX):
            for holder, grant in lake_formation.grants_of(kind, properties):
                found[holder].add(grant)
        elif kind == "AWS::Lambda::Permission":
            found[f"policy of {plain(properties['FunctionName'])}"].add(_lambda_permission(properties))
        else:
            target = ", ".join(plain(name) for name in as_list(properties.get(POLICY_OF.get(kind, ""), f"<{logical_id}>")))
            for document in _documents(properties):
                found[f"policy of {target}"] |= set(_statements(document))
    return {holder: grouped(rules) for holder, rules in sorted(found.items()) if rules}


def _identity(found: dict[str, set[Grant]], resources: dict[str, dict[str, Any]], logical_id: str, properties: dict[str, Any]) -> None:
    holder = _holder(resources, {"Ref": logical_id})
    for policy in properties.get("Policies", ()):
        found[holder] |= set(_statements(policy["PolicyDocument"]))
    for policy in properties.get("ManagedPolicyArns", ()):
        found[holder].add(Grant("allow", "", ALL_OF_A_POLICY, plain(policy), ()))
    if boundary := properties.get("PermissionsBoundary"):
        found[holder].add(Grant("bound", "", ALL_OF_A_POLICY, plain(boundary), ()))
    if trust := properties.get("AssumeRolePolicyDocument"):
        found[f"trust of {holder}"] |= set(_statements(trust))


def _holders(resources: dict[str, dict[str, Any]], properties: dict[str, Any]) -> Iterator[str]:
    for names in ("Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"):
        if names in properties:
            for name in as_list(properties[names]):
                yield _holder(resources, name)


def _holder(resources: dict[str, dict[str, Any]], reference: Any) -> str:
    logical_id = reference.get("Ref") if isinstance(reference, dict) else None
    resource = resources.get(logical_id or "", {})
    kind = resource.get("Type", "AWS::IAM::Role")
    name = resource.get("Properties", {}).get(NAMES.get(kind, ""))
    return f"{IDENTITIES.get(kind, kind)} {plain(name or reference)}"


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    """The policies anywhere inside a resource's properties."""
    if isinstance(value, dict):
        if "Statement" in value and isinstance(value["Statement"], list | dict):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _documents(part)


def _statements(document: dict[str, Any]) -> Iterator[Grant]:
    for statement in as_list(document["Statement"]):
        effect: Effect = "allow" if statement["Effect"] == "Allow" else "deny"
        conditions = tuple(
            sorted(
                f"{operator} {key} = {', '.join(sorted(plain(value) for value in as_list(values)))}"
                for operator, keys in statement.get("Condition", {}).items()
                for key, values in keys.items()
            )
        )
        for principal in _principals(statement):
            for action in _named(statement, "Action"):
                for resource in _named(statement, "Resource"):
                    yield Grant(effect, principal, action, resource, conditions)


def _named(statement: dict[str, Any], field: str) -> list[str]:
    if f"Not{field}" in statement:
        # What is not named can't be taken apart; it is compared as a whole.
        return ["all but " + ", ".join(sorted(plain(value) for value in as_list(statement[f"Not{field}"])))]
    return [plain(value) for value in as_list(statement.get(field, ""))]


def _principals(statement: dict[str, Any]) -> list[str]:
    for field, prefix in (("Principal", ""), ("NotPrincipal", "all but ")):
        match statement.get(field):
            case None:
                continue
            case dict() as kinds:
                named = [(kind, plain(value)) for kind, values in sorted(kinds.items()) for value in as_list(values)]
                return [prefix + ("*" if (kind, value) == ("AWS", "*") else f"{kind} {value}") for kind, value in named]
            case value:
                return [prefix + plain(value)]
    return [""]


def _lambda_permission(properties: dict[str, Any]) -> Grant:
    conditions = tuple(f"{key} = {plain(properties[key])}" for key in ("SourceAccount", "SourceArn", "PrincipalOrgID") if key in properties)
    return Grant("allow", plain(properties["Principal"]), plain(properties["Action"]), plain(properties["FunctionName"]), conditions)
