"""Who may do what: no action by a pattern, no resource by a bare star but where AWS knows no other."""

import json

from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.engines.registry import engine_of
from tests.synth.assembly import EMPTIES_BUCKETS, Assembly, as_list, plain

# Actions for which AWS knows no resource.
WITHOUT_RESOURCES = {
    "athena:ListDataCatalogs",
    "athena:ListWorkGroups",
    "cloudwatch:PutMetricData",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "lakeformation:AddLFTagsToResource",
    "lakeformation:BatchGrantPermissions",
    "lakeformation:BatchRevokePermissions",
    "lakeformation:CreateDataCellsFilter",
    "lakeformation:DeleteDataCellsFilter",
    "lakeformation:GetDataAccess",
    "lakeformation:GetResourceLFTags",
    "lakeformation:GrantPermissions",
    "lakeformation:ListDataCellsFilter",
    "lakeformation:ListPermissions",
    "lakeformation:RemoveLFTagsFromResource",
    "lakeformation:RevokePermissions",
    "logs:DescribeLogGroups",
    "s3:GetAccountPublicAccessBlock",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# An export of a DynamoDB table looks its key up, and MWAA its own, with which Airflow encrypts messages in its queue.
KEYS_LOOKED_AT = {"TableKeys": ["kms:DescribeKey"], "Encryption": ["kms:DescribeKey", "kms:Encrypt"]}
# What a job's role may do with the tables of each layer: r reads, w commits, d makes tables.
LAYERS = {
    "apply-contracts": {"bronze": "rwd", "silver": "rwd", "gold": "rwd", "ops": "rwd"},
    "ingest": {"bronze": "rw", "ops": "rw"},
    "refine": {"bronze": "r", "silver": "rw", "ops": "rw"},
    "aggregate": {"silver": "r", "gold": "rw", "ops": "rw"},
}


def test_every_action_is_named(assembly: Assembly) -> None:
    for where, statement in assembly.statements():
        assert "NotAction" not in statement, where
        assert "NotResource" not in statement, where
        for action in as_list(statement["Action"]):
            assert "*" not in action, (where, action)


def test_a_bare_star_stands_only_where_aws_knows_no_resource(assembly: Assembly) -> None:
    for where, statement in assembly.statements():
        if "*" in [plain(resource) for resource in as_list(statement["Resource"])]:
            assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCES, (where, statement["Action"])


def test_no_role_has_a_policy_of_aws(assembly: Assembly) -> None:
    for where, role in assembly.resources("AWS::IAM::Role").items():
        if where not in EMPTIES_BUCKETS:
            assert "ManagedPolicyArns" not in role["Properties"], where


def test_buckets_are_emptied_only_where_the_environment_may_be_destroyed(assembly: Assembly) -> None:
    emptied = assembly.resources("Custom::S3AutoDeleteObjects")
    buckets = assembly.resources("AWS::S3::Bucket")
    assert len(emptied) == (len(buckets) if assembly.environment.removal == "destroy" else 0)
    emptying = {where.partition(".")[0] for where in EMPTIES_BUCKETS & set(assembly.resources("AWS::IAM::Role"))}
    assert emptying == {where.partition(".")[0] for where in emptied}


def test_no_role_may_hand_on_roles_or_administer_keys(assembly: Assembly) -> None:
    for where, statement in assembly.statements():
        for action in as_list(statement["Action"]):
            if action == "iam:PassRole":
                # The CDK's own, of the flow log's role to the flow log; it names the role.
                assert "FlowLog" in where
            assert not action.startswith(("sts:", "organizations:")), (where, action)
            known = {"kms:Decrypt", "kms:GenerateDataKey", *KEYS_LOOKED_AT.get(statement.get("Sid", ""), ())}
            assert not action.startswith("kms:") or action in known, (where, action)


def test_a_job_reaches_only_the_layers_of_its_step(assembly: Assembly) -> None:
    names = assembly.environment.names
    for where, role in assembly.resources("AWS::IAM::Role").items():
        name = role["Properties"].get("RoleName", "").removeprefix(f"{names.dashed}-")
        step = next((step for step in LAYERS if name == step or name.startswith(f"{step}-")), None)
        if step is None:
            continue
        granted: dict[str, set[str]] = {}
        for policy, statement in assembly.statements():
            if policy.startswith(where.rpartition("Role")[0]):
                actions = as_list(statement["Action"])
                for resource in as_list(statement["Resource"]):
                    for layer in ("bronze", "silver", "gold", "ops"):
                        if f":table/{names.database(layer)}/" in plain(resource):
                            granted.setdefault(layer, set()).update(
                                letter
                                for action, letter in (("glue:GetTable", "r"), ("glue:UpdateTable", "w"), ("glue:CreateTable", "d"))
                                if action in actions
                            )
        assert granted == {layer: set(letters) for layer, letters in LAYERS[step].items()}, name


def test_a_job_may_write_its_logs_wherever_glue_puts_them(assembly: Assembly) -> None:
    """Where logs are encrypted, Glue may add the security configuration's name to its groups' names, and make them."""
    names = assembly.environment.names
    jobs = assembly.resources("AWS::Glue::Job")
    for job in jobs:
        mine = [statement for policy, statement in assembly.statements() if policy.startswith(job.rpartition("Job")[0])]
        (logs,) = [statement for statement in mine if "logs:PutLogEvents" in as_list(statement["Action"])]
        assert set(as_list(logs["Action"])) == {"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
        group = f"arn:<AWS::Partition>:logs:{names.region}:{names.account}:log-group:/medallion/{names.dashed}/jobs"
        assert [plain(resource) for resource in as_list(logs["Resource"])] == [f"{group}*"], job


def test_no_job_may_drop_a_table_or_delete_outside_one(assembly: Assembly) -> None:
    for where, statement in assembly.statements():
        actions = as_list(statement["Action"])
        assert not {"glue:DeleteTable", "glue:BatchDeleteTable", "glue:DeleteDatabase"} & set(actions), where
        if "s3:DeleteObject" in actions and statement["Sid"] != "DagsPrune":
            assert all("/tables/" in plain(resource) for resource in as_list(statement["Resource"])), where


def test_an_ingest_job_reads_its_own_secret_and_writes_its_own_tables(assembly: Assembly) -> None:
    names = assembly.environment.names
    jobs = {
        job["Properties"]["DefaultArguments"]["--source"]: where
        for where, job in assembly.resources("AWS::Glue::Job").items()
        if "--source" in job["Properties"]["DefaultArguments"]
    }
    assert jobs
    for source, job in jobs.items():
        settings = assembly.environment.sources[source]
        if not isinstance(settings, PostgresSource):
            continue
        secret = settings.secret or names.secret(source)
        mine = [statement for policy, statement in assembly.statements() if policy.startswith(job.rpartition("Job")[0])]
        secrets = [
            plain(resource)
            for statement in mine
            if "secretsmanager:GetSecretValue" in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        ]
        assert secrets == [f"arn:<AWS::Partition>:secretsmanager:{names.region}:{names.account}:secret:{secret}-??????"]
        written = [
            plain(resource)
            for statement in mine
            if "s3:PutObject" in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        ]
        assert written == [
            f"arn:<AWS::Partition>:s3:::{names.bucket('bronze')}/tables/{source}__*",
            f"arn:<AWS::Partition>:s3:::{names.bucket('ops')}/tables/*",
        ]


def test_the_permissions_boundary_is_on_every_role(assembly: Assembly) -> None:
    for where, role in assembly.resources("AWS::IAM::Role").items():
        assert role["Properties"].get("PermissionsBoundary") == assembly.environment.permissions_boundary, where


def test_a_crawler_reads_its_own_source_and_writes_tables_of_the_discovered_database_alone(assembly: Assembly) -> None:
    names = assembly.environment.names
    crawlers = assembly.resources("AWS::Glue::Crawler")
    # What documents have is the same for all of them, and what a model finds only its contracts say.
    uncrawled = {name for name, settings in assembly.environment.sources.items() if not engine_of(settings).has_catalog}
    assert {crawler["Properties"]["Name"] for crawler in crawlers.values()} == {
        job["Properties"]["Name"].replace("-ingest-", "-discover-")
        for job in assembly.resources("AWS::Glue::Job").values()
        if job["Properties"]["DefaultArguments"].get("--source") not in (None, *uncrawled)
    }
    for where, crawler in crawlers.items():
        assert crawler["Properties"]["DatabaseName"] == names.discovered
        assert crawler["Properties"]["SchemaChangePolicy"] == {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
        assert crawler["Properties"]["CrawlerSecurityConfiguration"] == names.security_configuration
        schedule = assembly.environment.discovery.schedule
        assert crawler["Properties"].get("Schedule") == ({"ScheduleExpression": schedule} if schedule else None)
        mine = [statement for policy, statement in assembly.statements() if policy.startswith(where.rpartition("Crawler")[0])]
        reached = {action: [plain(on) for on in as_list(one["Resource"])] for one in mine for action in as_list(one["Action"])}
        tables = [resource for resources in reached.values() for resource in resources if ":table/" in resource]
        assert set(tables) == {f"arn:<AWS::Partition>:glue:{names.region}:{names.account}:table/{names.discovered}/*"}
        assert not {"s3:PutObject", "s3:DeleteObject", "glue:DeleteTable", "dynamodb:Scan"} & set(reached)
        source = next(name for name in assembly.environment.sources if names.crawler(name) == crawler["Properties"]["Name"])
        if isinstance(settings := assembly.environment.sources[source], PostgresSource):
            secret = settings.secret or names.secret(source)
            assert reached["secretsmanager:GetSecretValue"][0].endswith(f":secret:{secret}-??????")
            assert "s3:GetObject" not in reached
        else:
            assert reached["s3:GetObject"] == [f"arn:<AWS::Partition>:s3:::{names.bucket('bronze')}/exports/{source}__*"]
            assert "secretsmanager:GetSecretValue" not in reached


def test_a_crawler_logs_to_its_own_encrypted_group(assembly: Assembly) -> None:
    """With a security configuration Glue forms the group's name of the role's and the configuration's, and its key must let it in."""
    names = assembly.environment.names
    groups = {group["Properties"]["LogGroupName"] for group in assembly.resources("AWS::Logs::LogGroup").values()}
    (key,) = [key for where, key in assembly.resources("AWS::KMS::Key").items() if where == "lake.LogsKey"]
    allowed = json.dumps(key["Properties"]["KeyPolicy"])
    for crawler in assembly.resources("AWS::Glue::Crawler").values():
        group = f"/aws-glue/crawlers-role/{crawler['Properties']['Name']}-{names.security_configuration}"
        assert group in groups
        assert f":log-group:/aws-glue/crawlers-role/{names.dashed}-discover-*" in allowed
