"""An Airflow environment of a template is a real Airflow, told about and talked to as MWAA's."""

import base64
import io
import json
import os
import signal
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from local.laptop import Laptop
from tests.local.emulator.hostile import FOREIGN, UPGRADE, Attempt
from tests.local.emulator.model import checked
from tests.local.emulator.stacks import Stack, stack
from tests.local.waiting import until

NAME = "test-airflow"
BUCKET = "test-airflow-files"
DAG = """
from airflow.sdk import dag, task

@dag(dag_id="{dag}", schedule=None, is_paused_upon_creation=False)
def numbers():
    @task
    def told():
        import os
        import colours
        print("told by", os.environ["FROM_STARTUP"], colours.FAVOURITE)
    told()

numbers()
"""


def bucket() -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}},
    }


def role() -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    }
    files = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": NAME,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "files", "PolicyDocument": {"Version": "2012-10-17", "Statement": [files]}}],
        },
    }


def environment(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::MWAA::Environment",
        "Properties": {
            "Name": NAME,
            "AirflowVersion": "3.3.1",
            "SourceBucketArn": f"arn:aws:s3:::{BUCKET}",
            "DagS3Path": "dags",
            "ExecutionRoleArn": f"arn:aws:iam::111111111111:role/{NAME}",
            "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
            "PluginsS3Path": "plugins/1.zip",
            "RequirementsS3Path": "requirements/1.txt",
            "StartupScriptS3Path": "startup/1.sh",
            "AirflowConfigurationOptions": {"core.default_task_retries": "0", "api.access_control_allow_origins": "https://evil.example"},
            "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}},
            "Tags": {"team": "tests"},
            **properties,
        },
    }


@pytest.fixture(scope="module")
def stacks(laptop: Laptop, aws: Callable[[str], Any]) -> Iterator[tuple[Stack, Stack]]:
    """A stack of bucket and role, and one for environments."""
    with stack(aws("cloudformation"), "airflow-files") as files, stack(aws("cloudformation"), "airflow") as airflow:
        files.deploy({"Files": bucket(), "Role": role()})
        s3 = aws("s3")
        plugins = io.BytesIO()
        with zipfile.ZipFile(plugins, "w") as archive:
            archive.writestr("colours.py", "FAVOURITE = 'blue'\n")
        s3.put_object(Bucket=BUCKET, Key="plugins/1.zip", Body=plugins.getvalue())
        s3.put_object(Bucket=BUCKET, Key="requirements/1.txt", Body=b"apache-airflow-providers-amazon\n")
        s3.put_object(Bucket=BUCKET, Key="startup/1.sh", Body=b"export FROM_STARTUP=startup\n")
        s3.put_object(Bucket=BUCKET, Key="dags/first.py", Body=DAG.format(dag="first").encode())
        yield files, airflow
        listed = s3.list_object_versions(Bucket=BUCKET)
        for version in (*listed.get("Versions", []), *listed.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])


@pytest.fixture(scope="module")
def airflow(stacks: tuple[Stack, Stack], aws: Callable[[str], Any]) -> Any:
    """MWAA's client, once there is an environment."""
    stacks[1].deploy({"Environment": environment()})
    return aws("mwaa")


def call(airflow: Any, method: str, path: str, body: Any = None) -> Any:
    given = {} if body is None else {"Body": body}
    return airflow.invoke_rest_api(Name=NAME, Method=method, Path=path, **given)["RestApiResponse"]


def dags(airflow: Any) -> set[str]:
    return {dag["dag_id"] for dag in call(airflow, "GET", "/dags")["dags"]}


def test_answers_are_as_the_model_of_the_api_says(airflow: Any) -> None:
    with checked(airflow) as seen:
        assert airflow.list_environments()["Environments"] == [NAME]
        told = airflow.get_environment(Name=NAME)["Environment"]
        airflow.create_cli_token(Name=NAME)
        airflow.create_web_login_token(Name=NAME)
        call(airflow, "GET", "/version")
    assert len(seen) == 5
    assert (told["Status"], told["AirflowVersion"], told["Tags"]) == ("AVAILABLE", "3.3.1", {"team": "tests"})
    assert told["AirflowConfigurationOptions"]["core.default_task_retries"] == "0"


def test_a_dag_of_the_bucket_runs_with_plugins_and_startup_script(airflow: Any) -> None:
    until(lambda: "first" in dags(airflow))
    run = call(airflow, "POST", "/dags/first/dagRuns", {"dag_run_id": "one", "logical_date": None})
    assert run["dag_run_id"] == "one"
    until(lambda: call(airflow, "GET", "/dags/first/dagRuns/one")["state"] == "success", 120)
    log = call(airflow, "GET", "/dags/first/dagRuns/one/taskInstances/told/logs/1")
    assert "told by startup blue" in json.dumps(log)


def test_the_same_run_asked_for_again_is_a_conflict(airflow: Any) -> None:
    until(lambda: "first" in dags(airflow))
    body = {"dag_run_id": "twice", "logical_date": None}
    call(airflow, "POST", "/dags/first/dagRuns", body)
    with pytest.raises(airflow.exceptions.RestApiClientException) as refused:
        call(airflow, "POST", "/dags/first/dagRuns", body)
    assert refused.value.response["RestApiStatusCode"] == 409


def test_a_changed_bucket_changes_the_dags(airflow: Any, aws: Callable[[str], Any]) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=BUCKET, Key="dags/second.py", Body=DAG.format(dag="second").encode())
    until(lambda: "second" in dags(airflow))
    s3.put_object(Bucket=BUCKET, Key="dags/second.py", Body=DAG.format(dag="other").encode())
    until(lambda: "other" in dags(airflow))
    s3.delete_object(Bucket=BUCKET, Key="dags/second.py")
    assert until(lambda: not {"second", "other"} & dags(airflow), 120)


def post(address: str, body: str, token: str) -> Any:
    request = urllib.request.Request(address, body.encode(), {"authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request, timeout=90)


def test_a_cli_token_runs_a_command_and_nothing_else_does(airflow: Any) -> None:
    given = airflow.create_cli_token(Name=NAME)
    address = f"http://{given['WebServerHostname']}/aws_mwaa/cli"
    with post(address, "version", given["CliToken"]) as answer:
        assert base64.b64decode(json.load(answer)["stdout"]).decode().strip() == "3.3.1"
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        post(address, "version", "no-token")
    refused.value.close()


def test_a_web_login_token_signs_a_browser_in(airflow: Any) -> None:
    given = airflow.create_web_login_token(Name=NAME)
    assert given["AirflowIdentity"] == "admin"
    with post(f"http://{given['WebServerHostname']}/aws_mwaa/login", given["WebToken"], "") as answer:
        cookie = answer.headers["set-cookie"].partition(";")[0]
    page = urllib.request.Request(f"http://{given['WebServerHostname']}/api/v2/dags", headers={"cookie": cookie})
    with urllib.request.urlopen(page) as answer:
        assert answer.status == 200


def test_nothing_is_answered_without_a_token(airflow: Any) -> None:
    host = airflow.get_environment(Name=NAME)["Environment"]["WebserverUrl"]
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"http://{host}/api/v2/dags")
    refused.value.close()


@pytest.mark.parametrize("attempt", ["trigger", "read", "command", "sign-in", "task", "page", "preflight", "websocket"])
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_page_of_another_site_reaches_no_part_of_it_even_where_it_is_signed_in(
    airflow: Any, headers: dict[str, str], attempt: str
) -> None:
    given = airflow.create_cli_token(Name=NAME)
    known = {"Authorization": f"Bearer {given['CliToken']}", "Cookie": f"_token={given['CliToken']}", **headers}
    text = {**known, "Content-Type": "text/plain"}
    tried = {
        "trigger": Attempt("POST", "/api/v2/dags/first/dagRuns", {**known, "Content-Type": "application/json"}, b'{"logical_date": null}'),
        "read": Attempt("GET", "/api/v2/dags", known),
        "command": Attempt("POST", "/aws_mwaa/cli", text, b"dags trigger first"),
        "sign-in": Attempt("POST", "/aws_mwaa/login", text, given["CliToken"].encode()),
        "task": Attempt("GET", "/execution/health", known),
        "page": Attempt("GET", "/", known),
        "preflight": Attempt("OPTIONS", "/api/v2/dags", {**headers, "Access-Control-Request-Method": "POST"}),
        "websocket": Attempt("GET", "/", {**headers, **UPGRADE}),
    }[attempt]
    before = call(airflow, "GET", "/dags/first/dagRuns")["total_entries"]
    answer = tried.send(given["WebServerHostname"])
    assert answer.status == 403
    assert [name for name, _ in answer.getheaders() if name.startswith(("access-control-", "set-cookie"))] == []
    assert call(airflow, "GET", "/dags/first/dagRuns")["total_entries"] == before


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt("GET", "/auth/token"),
        Attempt("POST", "/auth/token", {"Content-Type": "application/json"}, b'{"username": "admin", "password": "admin"}'),
        Attempt("POST", "/aws_mwaa/cli", {}, b"dags trigger first"),
        Attempt("POST", "/aws_mwaa/login", {}, b"token"),
        Attempt("POST", "/api/v2/dags/first/dagRuns", {"Content-Type": "application/json"}, b'{"logical_date": null}'),
        Attempt("GET", "/api/v2/connections"),
        Attempt("PATCH", "/execution/task-instances/00000000-0000-0000-0000-000000000000/run"),
        Attempt("OPTIONS", "/api/v2/dags"),
    ],
    ids=lambda one: f"{one.method} {one.path}",
)
def test_another_user_of_this_machine_gets_nothing_from_it(airflow: Any, attempt: Attempt) -> None:
    host = airflow.get_environment(Name=NAME)["Environment"]["WebserverUrl"]
    before = call(airflow, "GET", "/dags/first/dagRuns")["total_entries"]
    assert attempt.send(host).status in {401, 403}
    assert call(airflow, "GET", "/dags/first/dagRuns")["total_entries"] == before


def test_its_own_pages_reach_it_in_a_browser(airflow: Any) -> None:
    given = airflow.create_web_login_token(Name=NAME)
    host = given["WebServerHostname"]
    own = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert Attempt("GET", "/aws_mwaa/aws-console-sso", {"Sec-Fetch-Site": "none"}).send(host).status == 200
    signed_in = Attempt("POST", "/aws_mwaa/login", own, given["WebToken"].encode()).send(host)
    cookie = str(signed_in.getheader("set-cookie")).partition(";")[0]
    assert Attempt("GET", "/api/v2/dags", {**own, "Cookie": cookie}).send(host).status == 200
    assert Attempt("GET", "/", {"Sec-Fetch-Site": "same-origin", "Cookie": cookie}).send(host).status == 200


def test_iam_says_as_whom_one_calls(airflow: Any, laptop: Laptop, aws: Callable[[str], Any]) -> None:
    import boto3
    from botocore.config import Config

    iam = aws("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="looks-only", AssumeRolePolicyDocument=json.dumps(trust))
    may = {
        "Effect": "Allow",
        "Action": "airflow:InvokeRestApi",
        "Resource": f"arn:aws:airflow:eu-west-1:111111111111:role/{NAME}/Viewer",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName="looks-only", PolicyName="look", PolicyDocument=policy)
    given = aws("sts").assume_role(RoleArn="arn:aws:iam::111111111111:role/looks-only", RoleSessionName="test")["Credentials"]
    viewer = boto3.session.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "eu-west-1").client(
        "mwaa", endpoint_url=laptop.endpoint, config=Config(inject_host_prefix=False)
    )
    until(lambda: "first" in dags(viewer))
    with pytest.raises(viewer.exceptions.RestApiClientException) as refused:
        call(viewer, "POST", "/dags/first/dagRuns", {"logical_date": None})
    assert refused.value.response["RestApiStatusCode"] == 403
    with pytest.raises(ClientError, match="not authorized"):
        viewer.create_cli_token(Name=NAME)


def test_all_of_it_listens_on_loopback_only(airflow: Any, laptop: Laptop) -> None:
    keeper = json.loads((laptop.settings.state / "mwaa" / NAME / "keeper.json").read_text())["pid"]
    processes = [psutil.Process(keeper), *psutil.Process(keeper).children(recursive=True)]
    listening = [
        connection.laddr.ip for process in processes for connection in process.net_connections() if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def triggerers(keeper: psutil.Process) -> set[int]:
    found = set()
    for child in keeper.children():
        try:
            if "triggerer" in " ".join(child.cmdline()):
                found.add(child.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def test_a_component_that_ends_is_started_again(airflow: Any, laptop: Laptop) -> None:
    keeper = psutil.Process(json.loads((laptop.settings.state / "mwaa" / NAME / "keeper.json").read_text())["pid"])
    (before,) = until(lambda: triggerers(keeper))
    os.kill(before, signal.SIGKILL)
    assert until(lambda: triggerers(keeper) - {before})


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"AirflowVersion": "2.10.3"}, "AirflowVersion: '2.10.3'"),
        ({"NetworkConfiguration": {"SubnetIds": ["subnet-1"]}}, "SubnetIds: has 1 subnets"),
        ({"RequirementsS3Path": "requirements/none.txt"}, "RequirementsS3Path"),
        ({"PluginsS3Path": "requirements/1.txt"}, "is no zip archive"),
    ],
)
def test_what_mwaa_could_not_make_fails_with_its_cause(
    stacks: tuple[Stack, Stack], aws: Callable[[str], Any], properties: dict[str, Any], reason: str
) -> None:
    with stack(aws("cloudformation"), "airflow-wrong") as wrong, pytest.raises(AssertionError, match=reason):
        wrong.deploy({"Environment": environment(Name="wrong-airflow", **properties)})
    assert "wrong-airflow" not in aws("mwaa").list_environments()["Environments"]


def test_an_environment_survives_down_and_up_and_goes_with_its_stack(airflow: Any, laptop: Laptop, stacks: tuple[Stack, Stack]) -> None:
    until(lambda: "first" in dags(airflow))
    before = {run["dag_run_id"] for run in call(airflow, "GET", "/dags/first/dagRuns")["dag_runs"]}
    keeper = psutil.Process(json.loads((laptop.settings.state / "mwaa" / NAME / "keeper.json").read_text())["pid"])
    started = [keeper, *keeper.children(recursive=True)]
    laptop.down()
    assert not [process for process in started if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    laptop.up()
    until(lambda: airflow.get_environment(Name=NAME)["Environment"]["Status"] == "AVAILABLE", 120)
    assert {run["dag_run_id"] for run in call(airflow, "GET", "/dags/first/dagRuns")["dag_runs"]} == before
    stacks[1].delete()
    assert airflow.list_environments()["Environments"] == []
    assert not (laptop.settings.state / "mwaa" / NAME).exists()
