"""Lake Formation: nothing of the account's is taken away, one change after the other, and people reach no data but what it grants."""

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template
from constructs import Construct

from medallion.manifest.access.granting import deployed_grants
from medallion.manifest.access.permissions import Condition, DatabaseResource, Grant, LocationResource, TagPolicyResource, TagResource
from medallion.manifest.compiler.saved_queries import saved_queries
from medallion.manifest.configuration import environment_names, load_environment
from medallion.manifest.names import DATABASES, Names
from stacks.parts.governance.chain import Chain
from stacks.parts.governance.grants import Grants
from tests.synth.assembly import LAKE, SAMPLE, Assembly, Resource, Synthesize, as_list, manifest_for, plain

LAKE_FORMATION = "AWS::LakeFormation::"
CHAINED = ("Tag", "TagAssociation", "PrincipalPermissions")


GOVERNED = [name for lake in (SAMPLE, LAKE) for name in environment_names(lake) if load_environment(lake, name).governed]


@pytest.fixture(scope="module", params=GOVERNED)
def governed(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(request.param)


def of_kind(assembly: Assembly, kind: str) -> dict[str, dict[str, Any]]:
    return {where: resource["Properties"] for where, resource in assembly.resources(f"{LAKE_FORMATION}{kind}").items()}


def test_where_iam_alone_decides_there_is_nothing_of_lake_formation_s(synthesize: Synthesize) -> None:
    minimal = synthesize("minimal")
    assert minimal.environment.lake_formation == "off"
    assert not [stack for stack in minimal.templates if stack.endswith("-governance")]
    kinds = {resource["Type"] for template in minimal.templates.values() for resource in template["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith(LAKE_FORMATION)]
    for database in minimal.resources("AWS::Glue::Database").values():
        # What the account grants on new tables by default is what IAM needs there.
        assert "CreateTableDefaultPermissions" not in database["Properties"]["DatabaseInput"]


def test_the_role_that_deploys_becomes_an_administrator_beside_those_that_there_are(governed: Assembly) -> None:
    environment = governed.environment
    settings = governed.resources(f"{LAKE_FORMATION}DataLakeSettings")
    if environment.lake_formation == "adopt":
        assert not settings
        return
    ((where, resource),) = settings.items()
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"].keys() == {"Admins", "MutationType"}
    assert resource["Properties"]["MutationType"] == "APPEND"
    role = f"cdk-{environment.bootstrap_qualifier}-cfn-exec-role-{environment.account}-{environment.region}"
    (admin,) = resource["Properties"]["Admins"]
    assert plain(admin["DataLakePrincipalIdentifier"]) == f"arn:<AWS::Partition>:iam::{environment.account}:role/{role}"
    # Where Lake Formation is in charge already, nobody else may make a database.
    for database in governed.resources("AWS::Glue::Database").values():
        assert where.partition(".")[2] in database["DependsOn"]


def test_new_tables_are_granted_to_nobody(governed: Assembly) -> None:
    databases = governed.resources("AWS::Glue::Database")
    assert len(databases) == 5
    for where, database in databases.items():
        assert database["Properties"]["DatabaseInput"]["CreateTableDefaultPermissions"] == [], where


def chain(assembly: Assembly) -> Iterator[tuple[str, Resource]]:
    """What Lake Formation is told, in the order in which CloudFormation does it."""
    resources = assembly.template("governance")["Resources"]
    chained = {name for name, resource in resources.items() if resource["Type"] in {f"{LAKE_FORMATION}{kind}" for kind in CHAINED}}
    before = {name: [other for other in resources[name].get("DependsOn", []) if other in chained] for name in chained}
    (first,) = [name for name, others in before.items() if not others]
    after = {others[0]: name for name, others in before.items() if others}
    assert all(len(others) <= 1 for others in before.values())
    assert len(after) == len(chained) - 1, "two wait for the same one"
    name: str | None = first
    while name is not None:
        yield name, resources[name]
        name = after.get(name)


def test_one_change_follows_the_other(governed: Assembly) -> None:
    kinds = [resource["Type"].removeprefix(LAKE_FORMATION) for _, resource in chain(governed)]
    assert sorted(kinds, key=CHAINED.index) == kinds
    assert len(kinds) == sum(len(of_kind(governed, kind)) for kind in CHAINED)


def test_a_database_is_closed_by_one_association_for_each_of_its_tags(governed: Assembly) -> None:
    names = governed.environment.names
    tags = {properties["TagKey"]: properties["TagValues"] for properties in of_kind(governed, "Tag").values()}
    on: dict[str, dict[str, str]] = {}
    for properties in of_kind(governed, "TagAssociation").values():
        (tag,) = properties["LFTags"]
        (value,) = tag["TagValues"]
        assert value in tags[tag["TagKey"]]
        on.setdefault(properties["Resource"]["Database"]["Name"], {})[tag["TagKey"]] = value
    databases = {database["Properties"]["DatabaseInput"]["Name"] for database in governed.resources("AWS::Glue::Database").values()}
    assert on.keys() == databases
    for database, carried in on.items():
        assert carried.keys() == tags.keys()
        assert carried[names.class_tag] == "restricted"
        assert carried[names.layer_tag] == database.removeprefix(f"{names.prefix}_")
        assert {value for key, value in carried.items() if "-rows-" in key} <= {"filtered"}


def granted(assembly: Assembly) -> set[tuple[str, Grant]]:
    """What the template grants, each with the logical id of its resource."""
    found = set()
    for where, properties in of_kind(assembly, "PrincipalPermissions").items():
        (kind,) = properties["Resource"]
        place = properties["Resource"][kind]
        assert place["CatalogId"] == properties["Catalog"] == assembly.environment.account
        resource: TagPolicyResource | TagResource | DatabaseResource | LocationResource
        if kind == "LFTagPolicy":
            conditions = tuple(Condition(key=each["TagKey"], values=tuple(each["TagValues"])) for each in place["Expression"])
            resource = TagPolicyResource(kind=place["ResourceType"], expression=conditions)
        elif kind == "LFTag":
            resource = TagResource(key=place["TagKey"], values=tuple(place["TagValues"]))
        elif kind == "DataLocation":
            resource = LocationResource(location=plain(place["ResourceArn"]).replace("<AWS::Partition>", "aws"))
        else:
            resource = DatabaseResource(database=place["Name"])
        principal = plain(properties["Principal"]["DataLakePrincipalIdentifier"]).replace("<AWS::Partition>", "aws")
        grantable = tuple(properties["PermissionsWithGrantOption"])
        found.add((where, Grant(principal=principal, resource=resource, permissions=tuple(properties["Permissions"]), grantable=grantable)))
    return found


def test_each_permission_is_a_resource_and_all_of_them_are_what_is_to_be_granted(governed: Assembly) -> None:
    found = {grant for _, grant in granted(governed)}
    assert all(len(grant.permissions) == 1 for grant in found)
    assert found == {
        grant.model_copy(update={"permissions": (permission,), "grantable": (permission,) if permission in grant.grantable else ()})
        for grant in deployed_grants(governed.environment, manifest_for(governed.environment.name))
        for permission in grant.permissions
    }


def test_a_grant_that_changes_is_another_resource(synthesize: Synthesize) -> None:
    """CloudFormation would make the new one first, and then take back with the old one what both give."""
    dev, prod = granted(synthesize("dev")), granted(synthesize("prod"))
    assert len(dev) == len({where for where, _ in dev}) == len(prod)
    # What a logical id is made of has the environment's own names in it.
    assert not {where for where, _ in dev} & {where for where, _ in prod}


def test_who_changes_tables_of_a_layer_is_granted_where_they_lie(governed: Assembly) -> None:
    names = governed.environment.names
    layers = DATABASES
    by_location: dict[str, set[str]] = {}
    writes: dict[str, set[str]] = {}
    for _, grant in granted(governed):
        match grant.resource:
            case LocationResource(location=location):
                assert grant.permissions == ("DATA_LOCATION_ACCESS",)
                by_location.setdefault(location, set()).add(grant.principal)
            case TagPolicyResource(kind="TABLE", expression=(condition,)) if grant.permissions == ("ALTER",) and not grant.grantable:
                for layer in condition.values:
                    writes.setdefault(layer, set()).add(grant.principal)
    assert by_location == {f"arn:aws:s3:::{names.bucket(layer)}/tables": writes[layer] for layer in layers}


def test_a_location_is_granted_while_it_is_registered(governed: Assembly) -> None:
    resources = governed.template("governance")["Resources"]
    registered = {name for name, resource in resources.items() if resource["Type"] == f"{LAKE_FORMATION}Resource"}
    assert len(registered) == 4
    for where, grant in granted(governed):
        if isinstance(grant.resource, LocationResource):
            assert registered <= set(resources[where.partition(".")[2]]["DependsOn"]), where


def test_a_grant_that_only_becomes_grantable_is_the_same_resource_and_is_not_taken_back() -> None:
    """CloudFormation makes the new one and then revokes what the old one gave, which is all of it, unless it is told to leave that."""
    names = Names(prefix="acme", account="222222222222", region="eu-west-1")
    held = Grant(principal=names.role_arn("acme-job"), resource=DatabaseResource(database="acme_silver"), permissions=("DESCRIBE",))
    templates = []
    for grant in (held, held.model_copy(update={"grantable": ("DESCRIBE",)})):
        stack = Stack()
        Grants(stack, "Grants", names=names, grants=[grant], roles={}, locations=Construct(stack, "Locations"), chain=Chain())
        templates.append(Template.from_stack(stack).to_json()["Resources"])
    before, after = templates
    assert before.keys() == after.keys()
    ((one, other),) = zip(before.values(), after.values(), strict=True)
    assert one["UpdateReplacePolicy"] == other["UpdateReplacePolicy"] == "Retain"
    # What is no longer granted at all is taken back.
    assert one["DeletionPolicy"] == "Delete"
    assert other["Properties"]["PermissionsWithGrantOption"] == ["DESCRIBE"]


def test_every_principal_is_a_role_of_this_lake(governed: Assembly) -> None:
    roles = {role["Properties"].get("RoleName") for role in governed.resources("AWS::IAM::Role").values()}
    assert {grant.principal.rpartition("/")[2] for _, grant in granted(governed)} <= roles


def test_a_grant_goes_before_its_role_does_where_the_stack_makes_both(governed: Assembly) -> None:
    resources = governed.template("governance")["Resources"]
    roles = {resource["Properties"]["RoleName"]: name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"}
    for where, grant in granted(governed):
        role = roles.get(grant.principal.rpartition("/")[2])
        assert role is None or role in resources[where.partition(".")[2]]["DependsOn"], where


def test_tables_are_registered_with_a_role_that_reads_them_and_nothing_else(governed: Assembly) -> None:
    names = governed.environment.names
    locations = of_kind(governed, "Resource").values()
    buckets = [names.bucket(layer) for layer in ("bronze", "silver", "gold", "ops")]
    assert [plain(each["ResourceArn"]) for each in locations] == [f"arn:<AWS::Partition>:s3:::{bucket}/tables" for bucket in buckets]
    for each in locations:
        assert each["UseServiceLinkedRole"] is False
        assert plain(each["RoleArn"]).startswith("<LocationsRole")
    (role,) = (role for where, role in governed.resources("AWS::IAM::Role").items() if where.startswith("governance.LocationsRole"))
    statements = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trusted = {service for statement in statements for service in as_list(statement["Principal"]["Service"])}
    assert trusted == {"glue.amazonaws.com", "lakeformation.amazonaws.com"}
    for each in locations:
        # Then every principal that IAM lets in would see all of it.
        assert "HybridAccessEnabled" not in each
    mine = [statement for where, statement in governed.statements() if where.startswith("governance.LocationsRole")]
    assert {action for statement in mine for action in as_list(statement["Action"])} == {"kms:Decrypt", "s3:GetObject", "s3:ListBucket"}


def personas(assembly: Assembly) -> dict[str, str]:
    """The policies of personas' roles, by persona."""
    return {
        persona.name: f"governance.Personas{''.join(part.capitalize() for part in persona.name.split('_'))}Role"
        for persona in manifest_for(assembly.environment.name).personas
    }


def test_a_persona_reaches_its_own_results_and_no_table_s_files(governed: Assembly) -> None:
    names = governed.environment.names
    assert personas(governed)
    for persona, policy in personas(governed).items():
        mine = [statement for where, statement in governed.statements() if where.startswith(policy)]
        assert mine, persona
        results = f"arn:<AWS::Partition>:s3:::{names.bucket('athena-results')}"
        on: dict[str, set[str]] = {}
        for statement in mine:
            for action in as_list(statement["Action"]):
                on.setdefault(action, set()).update(plain(resource) for resource in as_list(statement["Resource"]))
        own = f"{results}/{persona.replace('_', '-')}/*"
        assert {resource for action, resources in on.items() if action.startswith("s3:") for resource in resources} == {results, own}
        assert on["s3:GetObject"] == on["s3:PutObject"] == {own}
        (listing,) = [statement for statement in mine if "s3:ListBucket" in as_list(statement["Action"])]
        assert listing["Condition"] == {"StringLike": {"s3:prefix": [f"{persona.replace('_', '-')}/*"]}}
        workgroup = f"arn:<AWS::Partition>:athena:{names.region}:{names.account}:workgroup/{names.persona(persona)}"
        assert on["athena:StartQueryExecution"] == on["athena:GetQueryResults"] == {workgroup}
        assert {action for action in on if action.startswith("lakeformation:")} == {"lakeformation:GetDataAccess"}
        assert all(action.startswith(("glue:Get", "glue:BatchGet")) for action in on if action.startswith("glue:"))
        layers = next(each for each in manifest_for(governed.environment.name).personas if each.name == persona).layers
        databases = {resource.rpartition("/")[2] for resource in on["glue:GetDatabase"] if ":database/" in resource}
        assert databases == {"default", *(names.catalog_database(layer) for layer in layers)}


def test_a_persona_s_workgroup_has_a_limit_and_a_place_of_its_own(governed: Assembly) -> None:
    names, environment = governed.environment.names, governed.environment
    groups = {group["Properties"]["Name"]: group["Properties"] for group in governed.resources("AWS::Athena::WorkGroup").values()}
    for persona in manifest_for(environment.name).personas:
        settings = groups[names.persona(persona.name)]["WorkGroupConfiguration"]
        here = environment.personas[persona.name].scan_limit_bytes if persona.name in environment.personas else None
        assert settings["BytesScannedCutoffPerQuery"] == (here or persona.scan_limit_bytes or environment.scan_limit_bytes)
    places = [group["WorkGroupConfiguration"]["ResultConfiguration"]["OutputLocation"] for group in groups.values()]
    assert len(set(places)) == len(places)


def test_who_may_assume_a_persona_is_what_the_environment_says(synthesize: Synthesize) -> None:
    roles = {
        role["Properties"]["RoleName"]: role
        for role in synthesize("full").resources("AWS::IAM::Role").values()
        if "RoleName" in role["Properties"]
    }
    account, statements = "666666666666", roles["acme-full-analyst"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    by_action = {(statement["Action"], plain(next(iter(statement["Principal"].values())))): statement for statement in statements}
    assert by_action.keys() == {
        ("sts:AssumeRole", f"arn:aws:iam::{account}:role/analysts"),
        ("sts:AssumeRoleWithSAML", f"arn:aws:iam::{account}:saml-provider/acme"),
        ("sts:AssumeRole", f"arn:aws:iam::{account}:root"),
    }
    saml = by_action["sts:AssumeRoleWithSAML", f"arn:aws:iam::{account}:saml-provider/acme"]
    assert saml["Condition"] == {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    center = by_action["sts:AssumeRole", f"arn:aws:iam::{account}:root"]["Condition"]["ArnLike"]["aws:PrincipalArn"]
    # Sixteen characters: else a permission set called Analyst_Lead would be one called Analyst.
    assert plain(center).endswith(f":role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Analyst_{'?' * 16}")
    (anyone,) = roles["acme-full-privacy-officer"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert anyone["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}


def test_only_the_job_of_access_and_no_other_role_tells_lake_formation_anything(governed: Assembly) -> None:
    for where, statement in governed.statements():
        told = {action for action in as_list(statement["Action"]) if action.startswith("lakeformation:")}
        if where.startswith("governance.ApplyAccessJobRole"):
            assert "lakeformation:GetDataAccess" not in told
        else:
            assert told <= {"lakeformation:GetDataAccess"}, where


def test_none_but_airflow_starts_the_job_of_access(governed: Assembly) -> None:
    job = governed.environment.names.job("apply-access")
    starts = {
        where.partition(".")[0]
        for where, statement in governed.statements()
        if "glue:StartJobRun" in as_list(statement["Action"])
        and any(plain(resource).endswith((f":job/{job}", "*")) for resource in as_list(statement["Resource"]))
    }
    assert starts == ({"mwaa"} if governed.environment.airflow else set())


@pytest.mark.parametrize("name", environment_names(SAMPLE))
def test_a_saved_query_is_in_the_workgroup_of_each_persona_that_it_is_for(synthesize: Synthesize, name: str) -> None:
    assembly = synthesize(name)
    names = assembly.environment.names
    queries = saved_queries(SAMPLE, assembly.environment, manifest_for(name))
    found = assembly.resources("AWS::Athena::NamedQuery")
    assert {(properties["Name"], properties["WorkGroup"]) for properties in (query["Properties"] for query in found.values())} == {
        (query.name, names.persona(persona)) for query in queries for persona in query.personas
    }
    workgroups = {
        where.rpartition(".")[2]: resource["Properties"]["Name"] for where, resource in assembly.resources("AWS::Athena::WorkGroup").items()
    }
    databases = {resource["Properties"]["DatabaseInput"]["Name"] for resource in assembly.resources("AWS::Glue::Database").values()}
    for where, query in found.items():
        assert where.startswith("governance.")
        assert query["Properties"]["Database"] in databases
        # Athena refuses a query of a workgroup that is not there yet.
        assert [workgroups[before] for before in query["DependsOn"]] == [query["Properties"]["WorkGroup"]]
