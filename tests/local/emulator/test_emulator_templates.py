"""What templates say becomes true, or is refused; each correction of the emulator has a test here."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from local.laptop import Laptop
from tests.local.emulator.model import checked
from tests.local.emulator.stacks import refused, stack

type Aws = Callable[[str], Any]


def out(**values: Any) -> dict[str, Any]:
    return {name: {"Value": value} for name, value in values.items()}


def att(resource: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, name]}


BUCKET = {
    "BucketName": "corrected",
    "Tags": [{"Key": "layer", "Value": "bronze"}],
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/x"}}
        ]
    },
    "LoggingConfiguration": {"DestinationBucketName": "corrected-logs", "LogFilePrefix": "corrected/"},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "old",
                "Status": "Enabled",
                "Prefix": "tables/",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
                "ExpiredObjectDeleteMarker": True,
            }
        ]
    },
}


def bucket(**properties: Any) -> dict[str, Any]:
    kept = {name: value for name, value in {**BUCKET, **properties}.items() if value is not None}
    return {
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "corrected-logs"}},
        "Bucket": {"Type": "AWS::S3::Bucket", "DependsOn": "Logs", "Properties": kept},
    }


def test_a_bucket_has_all_that_its_template_says(aws: Aws) -> None:
    s3 = aws("s3")
    with stack(aws("cloudformation"), "bucket") as deployed:
        deployed.deploy(bucket(), tags={"environment": "local"})

        tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket="corrected")["TagSet"]}
        assert tags["layer"] == "bronze"
        assert tags["environment"] == "local"
        encryption = s3.get_bucket_encryption(Bucket="corrected")["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/x"}
        assert encryption["BucketKeyEnabled"] is True
        target = s3.get_bucket_logging(Bucket="corrected")["LoggingEnabled"]
        assert (target["TargetBucket"], target["TargetPrefix"]) == ("corrected-logs", "corrected/")
        ownership = s3.get_bucket_ownership_controls(Bucket="corrected")["OwnershipControls"]["Rules"]
        assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert s3.get_bucket_lifecycle_configuration(Bucket="corrected")["Rules"] == [
            {
                "ID": "old",
                "Status": "Enabled",
                "Filter": {"Prefix": "tables/"},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
            }
        ]


def test_a_changed_property_of_a_bucket_changes_and_a_dropped_one_goes(aws: Aws) -> None:
    s3 = aws("s3")
    with stack(aws("cloudformation"), "bucket") as deployed:
        deployed.deploy(bucket())
        rules = [{"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 9}}]
        deployed.deploy(bucket(LifecycleConfiguration={"Rules": rules}, LoggingConfiguration=None))

        rule = s3.get_bucket_lifecycle_configuration(Bucket="corrected")["Rules"][0]
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 9}
        assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="corrected")


def test_a_lifecycle_rule_that_would_be_lost_fails_the_stack(aws: Aws) -> None:
    with stack(aws("cloudformation"), "bucket") as deployed:
        rules = [{"Status": "Enabled", "ObjectSizeGreaterThan": "7", "ExpirationInDays": 3}]
        refused(lambda: deployed.deploy(bucket(LifecycleConfiguration={"Rules": rules})), "ObjectSizeGreaterThan")


def test_a_bucket_with_objects_is_not_deleted(aws: Aws) -> None:
    s3 = aws("s3")
    with stack(aws("cloudformation"), "full") as deployed:
        deployed.deploy({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "not-empty"}}})
        s3.put_object(Bucket="not-empty", Key="a", Body=b"1")
        refused(deployed.delete, "not empty")
        assert s3.get_object(Bucket="not-empty", Key="a")["Body"].read() == b"1"
        s3.delete_object(Bucket="not-empty", Key="a")


def test_a_put_that_asks_for_kms_and_names_no_key_gets_the_accounts_own(aws: Aws) -> None:
    s3 = aws("s3")
    with stack(aws("cloudformation"), "kms-put") as deployed:
        deployed.deploy({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "kms-put"}}})
        answer = s3.put_object(Bucket="kms-put", Key="a", Body=b"1", ServerSideEncryption="aws:kms")
        assert answer["SSEKMSKeyId"] == "arn:aws:kms:eu-west-1:111111111111:alias/aws/s3"
        s3.delete_object(Bucket="kms-put", Key="a")


NETWORK: dict[str, Any] = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.0/24"}},
    "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "jobs"}},
    "In": {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": att("Group", "GroupId"),
            "IpProtocol": "tcp",
            "FromPort": 0,
            "ToPort": 65535,
            "SourceSecurityGroupId": att("Group", "GroupId"),
            "Description": "itself",
        },
    },
    "Out": {
        "Type": "AWS::EC2::SecurityGroupEgress",
        "Properties": {"GroupId": att("Group", "GroupId"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.9.0.0/16"},
    },
    "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc", "Tags": [{"Key": "Name", "Value": "nat"}]}},
    "Nat": {
        "Type": "AWS::EC2::NatGateway",
        "Properties": {"SubnetId": {"Ref": "Subnet"}, "AllocationId": att("Address", "AllocationId")},
    },
    "Flow": {
        "Type": "AWS::EC2::FlowLog",
        "Properties": {
            "ResourceId": {"Ref": "Vpc"},
            "ResourceType": "VPC",
            "TrafficType": "REJECT",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": "/flow",
            "DeliverLogsPermissionArn": "arn:aws:iam::111111111111:role/flow",
        },
    },
}


def test_a_network_is_described_as_it_was_deployed(aws: Aws) -> None:
    ec2 = aws("ec2")
    with stack(aws("cloudformation"), "network") as deployed:
        outputs = out(
            Cidr=att("Vpc", "CidrBlock"), Group=att("Group", "GroupId"), Nat={"Ref": "Nat"}, Flow={"Ref": "Flow"}, Ip={"Ref": "Address"}
        )
        found = deployed.deploy(NETWORK, Outputs=outputs)

        assert found["Cidr"] == "10.9.0.0/16"
        group = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"][0]
        rule = next(one for one in group["IpPermissions"] if one["IpProtocol"] == "tcp")
        assert (rule["FromPort"], rule["ToPort"], rule["UserIdGroupPairs"][0]["GroupId"]) == (0, 65535, found["Group"])
        assert any(one.get("FromPort") == 443 for one in group["IpPermissionsEgress"])
        flow = ec2.describe_flow_logs(FlowLogIds=[found["Flow"]])["FlowLogs"][0]
        assert (flow["TrafficType"], flow["FlowLogStatus"]) == ("REJECT", "ACTIVE")
        assert ec2.describe_nat_gateways(NatGatewayIds=[found["Nat"]])["NatGateways"][0]["State"] == "available"
        assert found["Ip"] in {address["PublicIp"] for address in ec2.describe_addresses()["Addresses"]}

        changed = {**NETWORK, "In": {**NETWORK["In"], "Properties": {**NETWORK["In"]["Properties"], "ToPort": 5432}}}
        deployed.deploy(changed, Outputs=outputs)
        rules = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"][0]["IpPermissions"]
        assert [rule["ToPort"] for rule in rules if rule["IpProtocol"] == "tcp"] == [5432]


def test_a_secret_is_its_arn_and_its_password_keeps_to_the_template(aws: Aws) -> None:
    generate = {
        "SecretStringTemplate": '{"username": "lake"}',
        "GenerateStringKey": "password",
        "ExcludePunctuation": True,
        "ExcludeCharacters": "abc",
        "PasswordLength": 40,
    }
    resources = {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "corrected/secret", "GenerateSecretString": generate}}
    }
    secrets = aws("secretsmanager")
    with stack(aws("cloudformation"), "secret") as deployed:
        arn = deployed.deploy(resources, Outputs=out(Ref={"Ref": "Secret"}))["Ref"]
        assert arn.startswith("arn:aws:secretsmanager:eu-west-1:111111111111:secret:corrected/secret-")
        first = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        assert first["username"] == "lake"
        assert len(first["password"]) == 40
        assert first["password"].isalnum()
        assert not set("abc") & set(first["password"])

        resources["Secret"]["Properties"] = {**resources["Secret"]["Properties"], "Description": "changed"}  # type: ignore[dict-item]
        assert deployed.deploy(resources, Outputs=out(Ref={"Ref": "Secret"}))["Ref"] == arn
        assert secrets.describe_secret(SecretId=arn)["Description"] == "changed"
        assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == first
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=arn)


def test_a_security_configuration_and_a_named_query_can_be_read_back(aws: Aws) -> None:
    encryption = {
        "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/1"}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/1"},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/1"},
    }
    resources = {
        "Security": {
            "Type": "AWS::Glue::SecurityConfiguration",
            "Properties": {"Name": "corrected", "EncryptionConfiguration": encryption},
        },
        "Query": {"Type": "AWS::Athena::NamedQuery", "Properties": {"Name": "q", "Database": "d", "QueryString": "SELECT 1"}},
    }
    glue, athena = aws("glue"), aws("athena")
    with stack(aws("cloudformation"), "named") as deployed, checked(glue) as checks:
        query = deployed.deploy(resources, Outputs=out(Query={"Ref": "Query"}))["Query"]
        found = glue.get_security_configuration(Name="corrected")["SecurityConfiguration"]["EncryptionConfiguration"]
        assert found["S3Encryption"][0]["S3EncryptionMode"] == "SSE-KMS"
        assert found["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"
        assert athena.get_named_query(NamedQueryId=query)["NamedQuery"]["QueryString"] == "SELECT 1"
        assert checks == ["GetSecurityConfiguration"]


def test_a_parameter_of_a_template_may_be_an_ssm_parameter(aws: Aws) -> None:
    aws("ssm").put_parameter(Name="/given", Value="from ssm", Type="String")
    with stack(aws("cloudformation"), "parameters") as deployed:
        resources = {
            "Copy": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/copied", "Type": "String", "Value": {"Ref": "Given"}}}
        }
        deployed.deploy(resources, Parameters={"Given": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/given"}})
        assert aws("ssm").get_parameter(Name="/copied")["Parameter"]["Value"] == "from ssm"


def test_a_table_has_one_version_the_current_one(aws: Aws) -> None:
    glue = aws("glue")
    glue.create_database(DatabaseInput={"Name": "versions"})
    glue.create_table(DatabaseName="versions", TableInput={"Name": "t", "Parameters": {"a": "1"}})
    with checked(glue) as checks:
        versions = glue.get_table_versions(DatabaseName="versions", TableName="t")["TableVersions"]
        assert [version["Table"]["Parameters"] for version in versions] == [{"a": "1"}]
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_table_versions(DatabaseName="versions", TableName="missing")
    assert checks == ["GetTableVersions"]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        pytest.param("glue", lambda glue: glue.start_trigger(Name="t"), id="trigger"),
        pytest.param(
            "rds",
            lambda rds: rds.create_db_instance(DBInstanceIdentifier="d", DBInstanceClass="db.t4g.micro", Engine="postgres"),
            id="database by its API",
        ),
        pytest.param(
            "dynamodb",
            lambda ddb: ddb.restore_table_to_point_in_time(SourceTableName="here", TargetTableName="there", UseLatestRestorableTime=True),
            id="restore",
        ),
    ],
)
def test_what_would_only_be_said_is_refused(aws: Aws, service: str, call: Callable[[Any], Any]) -> None:
    client = aws(service)
    with pytest.raises(client.exceptions.ClientError, match="UnsupportedOperationException"):
        call(client)


def archive(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("__", "/"), text)
    return content.getvalue()


def deployment(key: str, *, actions: list[str], retain: bool) -> dict[str, Any]:
    statement = [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
    ]
    trust = [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "copier",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": statement}}],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": att("Role", "Arn"),
                "Code": {"ZipFile": "raise RuntimeError('never called')"},
            },
        },
        "Copy": {
            "Type": "Custom::CDKBucketDeployment",
            "Properties": {
                "ServiceToken": att("Function", "Arn"),
                "SourceBucketNames": ["assets"],
                "SourceObjectKeys": [key],
                "DestinationBucketName": "destination",
                "DestinationBucketKeyPrefix": "releases",
                "Prune": True,
                "RetainOnDelete": retain,
            },
        },
    }


@pytest.fixture(scope="module")
def buckets(aws: Aws) -> None:
    s3 = aws("s3")
    for name in ("assets", "destination"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="assets", Key="one.zip", Body=archive(a="1", b__c="2"))
    s3.put_object(Bucket="assets", Key="two.zip", Body=archive(a="3"))


def released(aws: Aws) -> dict[str, bytes]:
    s3 = aws("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="destination").get("Contents", [])]
    return {key: s3.get_object(Bucket="destination", Key=key)["Body"].read() for key in keys}


@pytest.mark.usefixtures("buckets")
def test_a_bucket_deployment_copies_prunes_and_deletes(aws: Aws) -> None:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    with stack(aws("cloudformation"), "copy") as deployed:
        deployed.deploy(deployment("one.zip", actions=actions, retain=False))
        assert released(aws) == {"releases/a": b"1", "releases/b/c": b"2"}
        deployed.deploy(deployment("two.zip", actions=actions, retain=False))
        assert released(aws) == {"releases/a": b"3"}
    assert released(aws) == {}


@pytest.mark.usefixtures("buckets")
def test_a_bucket_deployment_may_only_what_its_function_may(aws: Aws) -> None:
    with stack(aws("cloudformation"), "copy") as deployed:
        refused(lambda: deployed.deploy(deployment("one.zip", actions=["s3:GetObject"], retain=True)), "AccessDenied.*PutObject")


def test_an_upload_is_told_to_eventbridge_with_its_version(aws: Aws) -> None:
    queue = {"QueueName": "uploads"}
    to_queue = {
        "Queues": [{"Ref": "Queue"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": att("Queue", "Arn"),
                }
            ],
        },
    }
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["watched"]}}}
    events = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    versioned = {"BucketName": "watched", "VersioningConfiguration": {"Status": "Enabled"}, "NotificationConfiguration": events}
    with stack(aws("cloudformation"), "watched") as deployed:
        deployed.deploy(
            {
                "Bucket": {"Type": "AWS::S3::Bucket", "Properties": versioned},
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
                "Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": to_queue},
                "Rule": {
                    "Type": "AWS::Events::Rule",
                    "Properties": {"EventPattern": pattern, "Targets": [{"Id": "queue", "Arn": att("Queue", "Arn")}]},
                },
            }
        )
        s3, sqs = aws("s3"), aws("sqs")
        version = s3.put_object(Bucket="watched", Key="a letter+.txt", Body=b"Dear all")["VersionId"]
        url = sqs.get_queue_url(QueueName="uploads")["QueueUrl"]
        (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        told = json.loads(message["Body"])["detail"]["object"]
        assert (told["key"], told["size"], told["version-id"]) == ("a letter+.txt", 8, version)
        s3.delete_object(Bucket="watched", Key="a letter+.txt", VersionId=version)


def test_iam_checks_table_database_and_catalog(laptop: Laptop, aws: Aws) -> None:
    glue, iam = aws("glue"), aws("iam")
    glue.create_database(DatabaseInput={"Name": "guarded"})
    glue.create_table(DatabaseName="guarded", TableInput={"Name": "open"})
    glue.create_table(DatabaseName="guarded", TableInput={"Name": "closed"})
    prefix = "arn:aws:glue:eu-west-1:111111111111:"
    statement = {
        "Effect": "Allow",
        "Action": ["glue:GetTable", "glue:DeleteTable"],
        "Resource": [f"{prefix}catalog", f"{prefix}database/guarded", f"{prefix}table/guarded/open"],
    }
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    session = aws("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="reader-session")["Credentials"]
    reader = boto3.session.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], "eu-west-1").client(
        "glue", endpoint_url=laptop.endpoint
    )

    assert reader.get_table(DatabaseName="guarded", Name="open")["Table"]["Name"] == "open"
    with pytest.raises(reader.exceptions.ClientError, match=r"AccessDenied.*glue:GetTable.*table/guarded/closed"):
        reader.get_table(DatabaseName="guarded", Name="closed")

    calls = {(call.action, call.allowed) for call in laptop.calls() if call.role == "reader"}
    assert calls == {("glue:GetTable", True), ("glue:GetTable", False)}
    assert laptop.unused_actions("reader") == ("glue:DeleteTable",)
