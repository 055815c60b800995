"""Nobody but the holder of a key gets anything from the laptop's AWS: no web page, and no other user of this machine."""

import hashlib
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.laptop import Laptop
from tests.local.emulator.hostile import FOREIGN, PAGE, UPGRADE, Attempt, function_code
from tests.local.emulator.stacks import stack

ACCOUNT = "111111111111"
BUCKET = "private"
STRANGER = "AKIAIOSFODNN7EXAMPLE"
ROLE = "closed-function"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:mine"
CREATE_USER = Attempt("POST", "/", {"Content-Type": "text/plain"}, b"Action=CreateUser&UserName=hostile&Version=2010-05-08")
CREATE_FUNCTION = Attempt(
    "POST",
    "/2015-03-31/functions",
    {"Content-Type": "text/plain"},
    json.dumps({"FunctionName": "hostile", "Runtime": "python3.13", "Handler": "index.handler", "Role": "r", "Code": {}}).encode(),
)
INVOKE = Attempt("POST", "/2015-03-31/functions/mine/invocations", {"Content-Type": "text/plain"}, b"{}")
READ_OBJECT = Attempt("GET", f"/{BUCKET}/object")
WRITE_OBJECT = Attempt("PUT", f"/{BUCKET}/object", body=b"hostile")
READ_SECRET = Attempt(
    "POST",
    "/",
    {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"},
    b'{"SecretId": "mine"}',
)
RESET = Attempt("POST", "/_ministack/reset")
ASK = Attempt("POST", "/_lake/model", {"Content-Type": "application/json"}, b'{"fields": [], "text": "The milk was sour."}')
ASK_BY_FORM = replace(ASK, headers={"Content-Type": "text/plain"})
SERVICES = ((INVOKE, "lambda"), (READ_SECRET, "secretsmanager"), (ASK, "lake"))


@dataclass(frozen=True)
class Port:
    """The port that is attacked.

    Attributes:
        address: Host and port.
        key: The root's key id, which a hostile user may have seen.
        secret: Its secret, which nobody else knows.
        url_id: Of a function URL that asks for no signature.
    """

    address: str
    key: str
    secret: str
    url_id: str


@pytest.fixture(scope="module")
def port(laptop: Laptop, aws: Callable[[str], Any]) -> Iterator[Port]:
    """A laptop with something of everything that is worth an attack."""
    trust = [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    aws("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}))
    s3, functions = aws("s3"), aws("lambda")
    with stack(aws("cloudformation"), "closed") as deployed:
        deployed.deploy({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}})
        # As open as AWS lets a bucket and a function be.
        s3.delete_public_access_block(Bucket=BUCKET)
        anybody = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [anybody]}))
        rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
        s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
        s3.put_object(Bucket=BUCKET, Key="object", Body=b"mine")
        aws("secretsmanager").create_secret(Name="mine", SecretString="mine")
        functions.create_function(
            FunctionName="mine",
            Runtime="python3.13",
            Handler="index.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
            Code={"ZipFile": function_code("def handler(event, context):\n    return 'ran'\n")},
        )
        address = functions.create_function_url_config(FunctionName="mine", AuthType="NONE")["FunctionUrl"]
        root = laptop.settings.root_credentials()
        host = laptop.endpoint.removeprefix("http://")
        yield Port(host, root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"], address.partition("://")[2].partition(".")[0])
        functions.delete_function(FunctionName="mine")
        aws("secretsmanager").delete_secret(SecretId="mine", ForceDeleteWithoutRecovery=True)
        s3.delete_object(Bucket=BUCKET, Key="object")
        s3.delete_bucket_policy(Bucket=BUCKET)
    aws("iam").delete_role(RoleName=ROLE)


def state(aws: Callable[[str], Any]) -> dict[str, Any]:
    """All that an attack could have changed."""
    objects = aws("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    return {
        "stacks": [(one["StackName"], one["StackStatus"]) for one in aws("cloudformation").describe_stacks()["Stacks"]],
        "functions": [(one["FunctionName"], one["CodeSha256"]) for one in aws("lambda").list_functions()["Functions"]],
        "buckets": [one["Name"] for one in aws("s3").list_buckets()["Buckets"]],
        "objects": [(one["Key"], one["ETag"], one["LastModified"]) for one in objects],
        "secrets": [(one["Name"], one["LastChangedDate"]) for one in aws("secretsmanager").list_secrets()["SecretList"]],
        "users": [one["UserName"] for one in aws("iam").list_users()["Users"]],
        "roles": [one["RoleName"] for one in aws("iam").list_roles()["Roles"]],
        "streams": [one["logGroupName"] for one in aws("logs").describe_log_groups()["logGroups"]],
    }


@pytest.fixture
def unchanged(port: Port, aws: Callable[[str], Any]) -> Iterator[None]:
    """Holds that a test leaves all as it was."""
    before = state(aws)
    yield
    assert state(aws) == before


def refused(attempt: Attempt, port: Port) -> None:
    answer = attempt.send(port.address)
    assert answer.status == 403
    assert [name for name, _ in answer.getheaders() if name.lower().startswith("access-control-")] == []


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "attempt", [READ_OBJECT, WRITE_OBJECT, INVOKE, READ_SECRET, RESET, ASK], ids=lambda one: f"{one.method} {one.path}"
)
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_page_is_refused_even_where_it_had_the_key(port: Port, headers: dict[str, str], attempt: Attempt) -> None:
    service = next((service for one, service in SERVICES if one is attempt), "s3")
    refused(replace(attempt, headers={**attempt.headers, **headers}).signed(port.address, port.key, port.secret, service=service), port)
    given = attempt.signed(port.address, port.key, port.secret, service=service)
    refused(replace(given, headers={**given.headers, **headers}), port)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("key", "secret"),
    [
        pytest.param(ACCOUNT, "test", id="the account's digits"),
        pytest.param("222222222222", "test", id="another account's digits"),
        pytest.param("test", "test", id="test"),
        pytest.param(STRANGER, "test", id="an unknown key"),
        pytest.param("", "test", id="no key"),
        pytest.param("{key}", "test", id="the root's key and another secret"),
        pytest.param("{key}", "", id="the root's key and no secret"),
        pytest.param(ACCOUNT, "{secret}", id="the account's digits and the root's secret"),
    ],
)
@pytest.mark.parametrize(
    ("attempt", "service"),
    [
        pytest.param(READ_OBJECT, "s3", id="an object read"),
        pytest.param(WRITE_OBJECT, "s3", id="an object written"),
        pytest.param(READ_SECRET, "secretsmanager", id="a secret read"),
        pytest.param(CREATE_USER, "iam", id="a user created by a form"),
        pytest.param(CREATE_FUNCTION, "lambda", id="a function created by a form"),
        pytest.param(INVOKE, "lambda", id="a function invoked by a form"),
        pytest.param(Attempt("GET", "/_lake/status"), "lake", id="the laptop's own document"),
        pytest.param(ASK, "lake", id="the laptop's model"),
        pytest.param(ASK_BY_FORM, "lake", id="the laptop's model by a form"),
        pytest.param(RESET, "s3", id="the reset"),
    ],
)
def test_a_key_that_was_not_given_opens_nothing(port: Port, attempt: Attempt, service: str, key: str, secret: str) -> None:
    used = key.format(key=port.key), secret.format(secret=port.secret)
    refused(attempt.signed(port.address, *used, service=service), port)
    refused(attempt.presigned(port.address, *used, service=service), port)


def unsigned_attempts() -> dict[str, Attempt]:
    json_of = {"Content-Type": "application/x-amz-json-1.1"}
    pool = {**json_of, "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
    identity = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=s&WebIdentityToken=t"
    scope = f"{ACCOUNT}/20260101/eu-west-1/lambda/aws4_request"
    return {
        "a public object": READ_OBJECT,
        "a public bucket's object written": WRITE_OBJECT,
        "the buckets": Attempt("GET", "/"),
        "a form's upload to a bucket": Attempt("POST", f"/{BUCKET}", {"Content-Type": "multipart/form-data; boundary=b"}, b"--b--"),
        "a user": CREATE_USER,
        "a function": CREATE_FUNCTION,
        "a function with the account in the query": replace(CREATE_FUNCTION, path=f"{CREATE_FUNCTION.path}?X-Amz-Credential={scope}"),
        "a secret": READ_SECRET,
        "another account in a header": READ_SECRET.with_headers(X_Amz_Account_Id=ACCOUNT, X_Forwarded_For="127.0.0.1"),
        "a key in a header without a signature": READ_SECRET.with_headers(Authorization=f"AWS4-HMAC-SHA256 Credential={scope}"),
        "a bearer": READ_SECRET.with_headers(Authorization="Bearer test"),
        "version 2 of signatures": READ_OBJECT.with_headers(Authorization=f"AWS {ACCOUNT}:AAAA"),
        "version 2 of signatures in the query": Attempt("GET", f"/{BUCKET}/object?AWSAccessKeyId={ACCOUNT}&Signature=A&Expires=9999999999"),
        "a role by a web identity": Attempt("POST", "/", body=f"{identity}&RoleArn=arn:aws:iam::{ACCOUNT}:role/{ROLE}".encode()),
        "a user pool's sign-up": Attempt("POST", "/", pool, b"{}"),
        "a sign-in page": Attempt("GET", "/oauth2/authorize?client_id=c"),
        "a token of OAuth": Attempt("POST", "/oauth2/token", body=b"grant_type=client_credentials"),
        "a pool's keys": Attempt("GET", "/pool/.well-known/jwks.json"),
        "a stage of an API": Attempt("GET", "/restapis/abc/prod/_user_request_/"),
        "an API by its path": Attempt("GET", "/_aws/execute-api/abc/prod/"),
        "a load balancer": Attempt("GET", "/_alb/lb/"),
        "GraphQL": Attempt("POST", "/v1/apis/abc/graphql", body=b"{}"),
        "an Iceberg catalog": Attempt("GET", "/iceberg/v1/config"),
        "an image registry": Attempt("GET", "/v2/"),
        "a machine's metadata": Attempt("GET", "/latest/meta-data/iam/security-credentials/"),
        "a machine's token": Attempt("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}),
        "a subscription confirmed": Attempt("GET", "/?Action=ConfirmSubscription&TopicArn=t&Token=t"),
        "health": Attempt("GET", "/health"),
        "health as LocalStack has it": Attempt("GET", "/_localstack/health"),
        "a preflight of an open bucket": Attempt("OPTIONS", READ_OBJECT.path, {"Access-Control-Request-Method": "PUT"}),
        "a WebSocket": Attempt("GET", "/", UPGRADE),
        "a WebSocket of an API": Attempt("GET", "/_aws/execute-api/abc/prod", UPGRADE),
        "the reset": RESET,
        "the reset, its path encoded": replace(RESET, path="/%5Fministack/reset"),
        "the reset, with the whole address": replace(RESET, path="http://127.0.0.1/_ministack/reset"),
        "the reset, below a slash": replace(RESET, path="//_ministack/reset"),
        "settings": Attempt("POST", "/_ministack/config", body=b'{"athena.ATHENA_ENGINE": "mock"}'),
        "a function's code": Attempt("GET", f"/_ministack/lambda-code/{ACCOUNT}/mine"),
        "messages": Attempt("GET", "/_ministack/sqs/messages"),
        "a database's sign-in": Attempt("POST", "/_ministack/rds/iam-auth", body=b"{}"),
        "a cluster's sign-in": Attempt("POST", f"/_ministack/eks-auth/{ACCOUNT}/eu-west-1/c/aaaaaaaaaaaaaaaaaaaa", body=b"{}"),
        "a custom resource's outcome": Attempt("PUT", "/_ministack/cfn-response/guessed", body=b'{"Status": "SUCCESS"}'),
        "a wait condition's outcome": Attempt("PUT", "/_ministack/cfn-signal/guessed", body=b"{}"),
        "who the laptop is": Attempt("GET", "/_lake/identity"),
        "what was called": Attempt("GET", "/_lake/calls"),
        "which jobs run": Attempt("GET", "/_lake/job-processes"),
        "the laptop's model": ASK,
        "the laptop's model by a form": ASK_BY_FORM,
        "the laptop's model, its path encoded": replace(ASK, path="/%5Flake/model"),
        "the laptop's model, with the whole address": replace(ASK, path="http://127.0.0.1/_lake/model"),
        "a preflight of the laptop's model": replace(ASK, method="OPTIONS", headers={"Access-Control-Request-Method": "POST"}),
    }


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("attempt", unsigned_attempts().values(), ids=unsigned_attempts())
def test_without_a_signature_nothing_is_answered(port: Port, attempt: Attempt) -> None:
    refused(attempt, port)


@pytest.mark.usefixtures("unchanged")
def test_a_function_url_that_asks_for_no_signature_is_closed_all_the_same(port: Port) -> None:
    refused(Attempt("GET", f"/_aws/lambda-url/{port.url_id}/"), port)
    refused(Attempt("GET", "/", {"Host": f"{port.url_id}.lambda-url.eu-west-1.localhost:{port.address.partition(':')[2]}"}), port)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localstack/x", "/_aws/lambda-url/x/", "/health"])
def test_the_emulators_own_paths_are_closed_to_the_root_too(port: Port, path: str) -> None:
    refused(Attempt("POST", path).signed(port.address, port.key, port.secret), port)


@pytest.mark.usefixtures("unchanged")
def test_a_signature_is_good_for_what_was_signed_only(port: Port) -> None:
    read = READ_OBJECT.presigned(port.address, port.key, port.secret)
    assert read.send(port.address).status == 200
    refused(replace(read, method="PUT", body=b"hostile"), port)
    refused(replace(read, path=read.path.replace("/object?", "/other?")), port)
    refused(READ_OBJECT.presigned(port.address, port.key, port.secret, seconds=-1), port)
    written = replace(WRITE_OBJECT, headers={"X-Amz-Content-SHA256": hashlib.sha256(b"mine").hexdigest()})
    refused(written.signed(port.address, port.key, port.secret), port)
    secret = READ_SECRET.signed(port.address, port.key, port.secret, service="secretsmanager")
    assert secret.send(port.address).status == 200
    refused(replace(secret, body=b'{"SecretId": "other"}'), port)
    asked = ASK.signed(port.address, port.key, port.secret, service="lake")
    assert asked.send(port.address).status == 200
    refused(replace(asked, body=b'{"fields": [], "text": "Another letter."}'), port)
    doubled = replace(secret, path="/?X-Amz-Credential=" + ACCOUNT)
    refused(doubled, port)


def test_a_functions_key_can_not_be_computed_from_its_name(port: Port, aws: Callable[[str], Any]) -> None:
    assert json.load(aws("lambda").invoke(FunctionName="mine")["Payload"]) == "ran"
    # As the emulator makes it.
    digest = hashlib.sha256(f"{FUNCTION}:arn:aws:iam::{ACCOUNT}:role/{ROLE}".encode()).hexdigest()
    secret, token = (hashlib.sha256(f"{word}:{digest}".encode()).hexdigest() for word in ("secret", "token"))
    refused(READ_OBJECT.signed(port.address, f"ASIA{digest[:16].upper()}", secret, token=token), port)


def test_a_function_that_would_be_served_at_a_port_of_its_own_does_not_run(port: Port, aws: Callable[[str], Any]) -> None:
    functions = aws("lambda")
    functions.create_function(
        FunctionName="program",
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
        Code={"ZipFile": function_code("")},
    )
    answer = functions.invoke(FunctionName="program")
    functions.delete_function(FunctionName="program")
    assert "Python and Node" in json.load(answer["Payload"])["errorMessage"]


def test_a_role_sees_no_document_of_the_laptops_own(port: Port, aws: Callable[[str], Any]) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
    aws("iam").create_role(RoleName="closed-role", AssumeRolePolicyDocument=json.dumps(trust))
    given = aws("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/closed-role", RoleSessionName="closed")["Credentials"]
    aws("iam").delete_role(RoleName="closed-role")
    who = given["AccessKeyId"], given["SecretAccessKey"]
    refused(Attempt("GET", "/_lake/status").signed(port.address, *who, token=given["SessionToken"], service="lake"), port)
    refused(READ_OBJECT.signed(port.address, *who), port)


def test_the_root_is_its_key_and_reads_why_another_is_refused(laptop: Laptop, aws: Callable[[str], Any]) -> None:
    assert aws("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    other = boto3.client("sts", "eu-west-1", endpoint_url=laptop.endpoint, aws_access_key_id=ACCOUNT, aws_secret_access_key="test")
    with pytest.raises(ClientError, match=r"InvalidClientTokenId.*lake aws-env"):
        other.get_caller_identity()


@pytest.mark.parametrize("payload", [True, False], ids=["signed payload", "unsigned payload"])
def test_uploads_in_all_ways_of_signing_arrive(laptop: Laptop, port: Port, payload: bool) -> None:
    config = Config(signature_version="s3v4", s3={"addressing_style": "path", "payload_signing_enabled": payload})
    s3 = boto3.client(
        "s3", "eu-west-1", endpoint_url=laptop.endpoint, aws_access_key_id=port.key, aws_secret_access_key=port.secret, config=config
    )
    body = b"0123456789" * 100_000
    s3.put_object(Bucket=BUCKET, Key="up load/ä+&=", Body=body, ChecksumAlgorithm="SHA256")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "up load/ä+&="})
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == body
    s3.delete_object(Bucket=BUCKET, Key="up load/ä+&=")


def test_a_page_can_not_read_what_the_root_may(port: Port) -> None:
    answer = READ_OBJECT.signed(port.address, port.key, port.secret).send(port.address)
    assert answer.status == 200
    assert answer.getheader("Access-Control-Allow-Origin") is None
    refused(READ_OBJECT.with_headers(Origin=PAGE).signed(port.address, port.key, port.secret), port)
