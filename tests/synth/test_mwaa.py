"""The Airflow environment: what MWAA needs to make it, and nothing that it does not."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from aws_cdk import App, Stack

from medallion.manifest.airflow import Mwaa
from medallion.manifest.configuration import load_environment
from medallion.manifest.environment import CreatedNetwork, ExistingNetwork
from medallion.manifest.errors import Invalid
from stacks.parts.airflow.access import EXECUTION_ROLE, SERVICE_REFERENCE, Statement, execution_statements
from stacks.parts.airflow.files import AirflowFolder
from tests.synth.assembly import LAKE, Assembly, Synthesize, as_list, manifest_for, plain, synthesized

# With every default in a network that others run, and with none.
AIRFLOWS = ("borrowed", "full", "local", "stage", "prod")


@pytest.fixture(params=AIRFLOWS)
def airflow(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(request.param)


def environment(assembly: Assembly) -> dict[str, Any]:
    (resource,) = assembly.resources("AWS::MWAA::Environment").values()
    return resource


def statements(assembly: Assembly, role: str) -> list[dict[str, Any]]:
    return [statement for where, statement in assembly.statements() if where.startswith(f"mwaa.{role}")]


def delivered(assembly: Assembly) -> dict[str, bytes]:
    """The files of all directories that are copied somewhere."""
    folders = assembly.directory.glob("asset.*")
    return {str(path.relative_to(folder)): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_an_environment_without_an_orchestrator_pays_nothing_for_one(synthesize: Synthesize) -> None:
    for name in ("dev", "minimal"):
        assembly = synthesize(name)
        assert f"{assembly.environment.names.dashed}-mwaa" not in assembly.templates
        assert "airflow" not in json.dumps(assembly.templates).lower()


def test_the_environment_is_as_configured(airflow: Assembly) -> None:
    settings = airflow.environment.airflow
    assert settings
    properties = environment(airflow)["Properties"]
    assert properties["Name"] == airflow.environment.names.airflow
    assert properties["AirflowVersion"] == settings.airflow_version
    assert properties["EnvironmentClass"] == settings.environment_class
    assert (properties["MinWorkers"], properties["MaxWorkers"]) == (settings.workers.minimum, settings.workers.maximum)
    assert properties.get("Schedulers") == settings.schedulers
    assert properties["WebserverAccessMode"] == {"private": "PRIVATE_ONLY", "public": "PUBLIC_ONLY"}[settings.web_access]
    names, options = airflow.environment.names, dict(properties["AirflowConfigurationOptions"])
    assert plain(options.pop("medallion.alerts_topic")) == f"arn:<AWS::Partition>:sns:{names.region}:{names.account}:{names.alerts_topic}"
    assert options == settings.options
    assert properties.get("WeeklyMaintenanceWindowStart") == settings.maintenance_window
    assert properties["WorkerReplacementStrategy"] == "GRACEFUL"
    assert properties["KmsKey"] == {"Fn::GetAtt": ["AirflowKey", "Arn"]}


def test_both_versions_of_airflow_synthesize(synthesize: Synthesize) -> None:
    assert environment(synthesize("borrowed"))["Properties"]["AirflowVersion"] == "3.3.1"
    assert environment(synthesize("full"))["Properties"]["AirflowVersion"] == "3.2.1"


def test_it_waits_for_all_that_mwaa_looks_at(airflow: Assembly) -> None:
    resources = airflow.template("mwaa")["Resources"]
    waits = environment(airflow)["DependsOn"]
    kinds = [resources[name]["Type"] for name in waits]
    assert kinds.count("AWS::IAM::Policy") == 1
    assert kinds.count("AWS::Logs::LogGroup") == 5
    assert kinds.count("Custom::CDKBucketDeployment") == 1
    assert "AirflowSecurityGroupMembers" in waits
    (policy,) = [name for name in waits if resources[name]["Type"] == "AWS::IAM::Policy"]
    role = environment(airflow)["Properties"]["ExecutionRoleArn"]["Fn::GetAtt"][0]
    assert resources[policy]["Properties"]["Roles"] == [{"Ref": role}]


def test_it_lives_in_two_subnets_and_a_group_whose_members_reach_each_other(airflow: Assembly) -> None:
    network = environment(airflow)["Properties"]["NetworkConfiguration"]
    subnets = airflow.template("mwaa")["Parameters"]["SubnetIds"]["Default"]
    assert subnets == airflow.environment.names.parameter("network", "subnet-ids")
    assert network["SubnetIds"] == [{"Fn::Select": [position, {"Fn::Split": [",", {"Ref": "SubnetIds"}]}]} for position in (0, 1)]
    groups: list[dict[str, Any]] = [{"Fn::GetAtt": ["AirflowSecurityGroup", "GroupId"]}]
    if isinstance(airflow.environment.network, ExistingNetwork):
        groups.append({"Ref": "JobSecurityGroupId"})
    assert network["SecurityGroupIds"] == groups
    rule = airflow.template("mwaa")["Resources"]["AirflowSecurityGroupMembers"]["Properties"]
    assert rule["GroupId"] == rule["SourceSecurityGroupId"] == groups[0]


def test_a_network_of_the_lake_s_own_lets_it_reach_the_endpoints(airflow: Assembly) -> None:
    resources = airflow.template("mwaa")["Resources"]
    if not isinstance(airflow.environment.network, CreatedNetwork):
        assert "AirflowReachesEndpoints" not in resources
        return
    rule = resources["AirflowReachesEndpoints"]["Properties"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["AirflowSecurityGroup", "GroupId"]}
    assert rule["GroupId"] == {"Ref": "EndpointSecurityGroupId"}
    used = {
        json.dumps(group)
        for endpoint in airflow.resources("AWS::EC2::VPCEndpoint").values()
        for group in endpoint["Properties"].get("SecurityGroupIds", [])
    }
    (parameter,) = [
        one["Properties"]["Value"]
        for one in airflow.resources("AWS::SSM::Parameter").values()
        if one["Properties"]["Name"].endswith("/endpoint-security-group-id")
    ]
    assert used == {json.dumps(parameter)}


def test_its_logs_are_ours_and_with_its_key(airflow: Assembly) -> None:
    names = airflow.environment.names
    groups = {
        group["Properties"]["LogGroupName"]: group["Properties"]
        for group in airflow.resources("AWS::Logs::LogGroup").values()
        if group["Properties"]["LogGroupName"].startswith("airflow-")
    }
    parts = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")
    assert set(groups) == {f"airflow-{names.dashed}-airflow-{part}" for part in parts}
    assert all(group["KmsKeyId"] == {"Fn::GetAtt": ["AirflowKey", "Arn"]} for group in groups.values())
    (allowed,) = [
        statement
        for statement in airflow.template("mwaa")["Resources"]["AirflowKey"]["Properties"]["KeyPolicy"]["Statement"]
        if statement.get("Sid") == "LogGroups"
    ]
    pattern = plain(allowed["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert pattern.endswith(f":log-group:airflow-{names.dashed}-airflow-*")
    assert set(environment(airflow)["Properties"]["LoggingConfiguration"]) == {
        "DagProcessingLogs",
        "SchedulerLogs",
        "TaskLogs",
        "WebserverLogs",
        "WorkerLogs",
    }


def declared(assembly: Assembly) -> dict[str, Statement]:
    manifest = manifest_for(assembly.environment.name)
    environment = assembly.environment
    found = execution_statements(
        names=environment.names, sources=manifest.sources, governed=environment.governed, key_arn="KEY", alerts_key_arn="ALERTS"
    )
    assert len({statement.sid for statement in found}) == len(found)
    return {statement.sid: statement for statement in found}


def test_every_statement_of_the_execution_role_names_the_page_that_asks_for_it(airflow: Assembly) -> None:
    """What the role has in the template is what is declared, no more and no less, and each declaration has its page."""
    known, keys = declared(airflow), {"KEY": "<AirflowKey.Arn>", "ALERTS": "<AlertsKeyArn>"}
    resolve = Stack(App()).resolve
    template = {statement["Sid"]: statement for statement in statements(airflow, "AirflowRole")}
    assert template.keys() == known.keys()
    for sid, statement in known.items():
        assert statement.source.startswith((EXECUTION_ROLE, f"{SERVICE_REFERENCE}/list_", "https://docs.aws.amazon.com/sns/")), sid
        assert statement.source.endswith(".html"), sid
        assert as_list(template[sid]["Action"]) == list(statement.actions), sid
        resources = [plain(resource) for resource in as_list(template[sid]["Resource"])]
        assert resources == [keys.get(resource) or plain(resolve(resource)) for resource in statement.resources], sid


# "Amazon MWAA execution role", sample policy for a customer managed key, as AWS prints it; `*` stands for what a name goes on with.
SAMPLE_POLICY = (
    "airflow:PublishMetrics",
    "cloudwatch:PutMetricData",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:GetLogEvents",
    "logs:GetLogGroupFields",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:PutLogEvents",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucket*",
    "s3:GetObject*",
    "s3:List*",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)


def test_what_mwaa_needs_is_what_its_user_guide_says(airflow: Assembly) -> None:
    asked = [statement for statement in declared(airflow).values() if statement.source == EXECUTION_ROLE]
    actions = {action for statement in asked for action in statement.actions}

    def covers(pattern: str, action: str) -> bool:
        return action.startswith(pattern[:-1]) if pattern.endswith("*") else action == pattern

    assert [action for action in actions if not any(covers(pattern, action) for pattern in SAMPLE_POLICY)] == []
    assert [pattern for pattern in SAMPLE_POLICY if not any(covers(pattern, action) for action in actions)] == []


def test_the_dags_start_the_lake_s_own_jobs_and_no_other(airflow: Assembly) -> None:
    (runs,) = [statement for statement in statements(airflow, "AirflowRole") if "glue:StartJobRun" in as_list(statement["Action"])]
    jobs = {job["Properties"]["Name"] for job in airflow.resources("AWS::Glue::Job").values()}
    assert {plain(resource).partition(":job/")[2] for resource in as_list(runs["Resource"])} == jobs
    granted = {action for statement in statements(airflow, "AirflowRole") for action in as_list(statement["Action"])}
    written = {"glue:StartJobRun", "glue:BatchStopJobRun", "sns:Publish"}
    assert {action for action in granted if action.startswith(("glue:", "sns:")) and ":Get" not in action} == written
    assert not {action for action in granted if action.startswith(("s3:Put", "s3:Delete", "iam:", "sts:", "secretsmanager:", "dynamodb:"))}


def test_mwaa_takes_the_role_for_this_environment_alone(airflow: Assembly) -> None:
    names = airflow.environment.names
    (role,) = [role for role in airflow.resources("AWS::IAM::Role").values() if role["Properties"].get("RoleName") == names.airflow]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["airflow-env.amazonaws.com", "airflow.amazonaws.com"]}
    arn = f"arn:<AWS::Partition>:airflow:{names.region}:{names.account}:environment/{names.airflow}"
    assert plain(trust["Condition"]["ArnLike"]["aws:SourceArn"]) == arn
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": names.account}


def test_its_bucket_s_access_logs_are_let_in(airflow: Assembly) -> None:
    name = airflow.environment.names.bucket("airflow")
    bucket = airflow.template("mwaa")["Resources"]["AirflowBucket"]["Properties"]
    assert bucket["BucketName"] == name
    assert bucket["LoggingConfiguration"]["DestinationBucketName"] == airflow.environment.names.bucket("access-logs")
    (policy,) = [
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in airflow.resources("AWS::S3::BucketPolicy").values()
        if policy["Properties"]["Bucket"] == {"Ref": "AccessLogsBucket"}
    ]
    sources = [plain(one["Condition"]["ArnLike"]["aws:SourceArn"]) for one in policy if "ArnLike" in one.get("Condition", {})]
    assert f"arn:<AWS::Partition>:s3:::{name}" in sources


def test_the_bucket_s_dags_are_those_of_the_release_and_no_other(airflow: Assembly) -> None:
    copies = {where: copy["Properties"] for where, copy in airflow.resources("Custom::CDKBucketDeployment").items() if "mwaa" in where}
    dags, files = sorted(copies.values(), key=lambda copy: not copy["Prune"])
    assert (dags["DestinationBucketKeyPrefix"], dags["Prune"]) == (environment(airflow)["Properties"]["DagS3Path"], True)
    assert (files.get("DestinationBucketKeyPrefix"), files["Prune"]) == (None, False)
    (deletes,) = [one for one in statements(airflow, "Delivery") if "s3:DeleteObject" in as_list(one["Action"])]
    assert plain(deletes["Resource"]) == f"arn:<AWS::Partition>:s3:::{airflow.environment.names.bucket('airflow')}/dags/*"
    assert {f"{product.name}.py" for product in manifest_for(airflow.environment.name).products} <= set(delivered(airflow))


def test_it_is_started_with_files_that_are_delivered(airflow: Assembly) -> None:
    properties = environment(airflow)["Properties"]
    files = delivered(airflow)
    requirements = files[properties["RequirementsS3Path"]].decode().splitlines()
    assert requirements[:2] == ["--no-index", "--find-links /usr/local/airflow/plugins"]
    full = airflow.environment.name == "full"
    assert ("PluginsS3Path" in properties, "StartupScriptS3Path" in properties) == (full, full)
    for path in ("PluginsS3Path", "StartupScriptS3Path"):
        assert not full or properties[path] in files


def test_a_changed_file_changes_the_environment_and_that_alone(synthesize: Synthesize, tmp_path: Path) -> None:
    before = environment(synthesize("borrowed"))["Properties"]
    assembly = synthesized(
        "borrowed",
        tmp_path,
        airflow_folder=AirflowFolder(requirements="pendulum==3.2.0\n", plugins={"a.py": b"A = 1\n"}, startup=b"export A=1\n"),
    )
    after = environment(assembly)["Properties"]
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"RequirementsS3Path", "PluginsS3Path", "StartupScriptS3Path"}
    files = delivered(assembly)
    assert b"pendulum==3.2.0\n" in files[after["RequirementsS3Path"]]
    (tmp_path / "plugins.zip").write_bytes(files[after["PluginsS3Path"]])
    with ZipFile(tmp_path / "plugins.zip") as archive:
        assert archive.namelist() == ["a.py"]


def test_a_requirement_that_mwaa_does_not_have_stops_the_synthesis(tmp_path: Path) -> None:
    with pytest.raises(
        Invalid, match=r"requirements\.txt: line 1: 'pandas==2\.0': MWAA's image of Airflow 3\.3\.1 holds pandas to 3\.0\.5"
    ):
        synthesized("borrowed", tmp_path, airflow_folder=AirflowFolder(requirements="pandas==2.0\n"))


def test_the_smallest_class_synthesizes(tmp_path: Path) -> None:
    smallest = load_environment(LAKE, "borrowed").model_copy(update={"orchestrator": Mwaa(engine="mwaa", environment_class="mw1.micro")})
    properties = environment(synthesized("borrowed", tmp_path, environment=smallest))["Properties"]
    assert (properties["EnvironmentClass"], properties["MinWorkers"], properties["MaxWorkers"]) == ("mw1.micro", 1, 1)
    assert "Schedulers" not in properties
