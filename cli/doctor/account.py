"""What the account has already, and what it lacks."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from cli.deployment.deployed import NotDeployed, deployed_release, is_bootstrapped
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict
from cli.terminal.failures import Refused

# What AWS answers for a name that nobody has, by service.
ABSENT = {
    "404",
    "NoSuchBucket",
    "EntityNotFoundException",
    "NoSuchEntity",
    "ResourceNotFoundException",
    "InvalidRequestException",
    "NoSuchEntityException",
    "NotFound",
    "AWS.SimpleQueueService.NonExistentQueue",
}
DISABLED = "not-opted-in"


def account(patient: Patient) -> Verdict:
    """Whose credentials these are."""
    configured = patient.context.configuration.account
    try:
        caller = patient.context.client("sts").get_caller_identity()
    except Refused as error:
        return Verdict("fail", str(error), "set AWS_PROFILE to a profile of the configured account")
    if caller["Account"] != configured:
        return Verdict(
            "fail", f"{caller['Account']} answers, and {configured} is configured", "mend `account` in the environment's configuration"
        )
    return Verdict("ok", f"account {configured} as {caller['Arn']}")


def region(patient: Patient) -> Verdict:
    """Whether the account may use the region."""
    name = patient.context.configuration.region
    (found,) = patient.context.client("ec2").describe_regions(RegionNames=[name], AllRegions=True)["Regions"] or [{}]
    if not found:
        return Verdict("fail", f"{name} is no region of this account", "mend `region` in the environment's configuration")
    if found.get("OptInStatus") == DISABLED:
        return Verdict("fail", f"{name} is not enabled", "enable it in the account's settings, or choose another")
    return Verdict("ok", name)


def bootstrap(patient: Patient) -> Verdict:
    """Whether the CDK's own stack is there."""
    qualifier = patient.context.configuration.bootstrap_qualifier
    if is_bootstrapped(patient.context):
        return Verdict("ok", f"bootstrapped with qualifier {qualifier}")
    return Verdict(
        "warn",
        f"not bootstrapped with qualifier {qualifier}",
        f"`{patient.context.command} deploy` does it; `cdk deploy` alone needs `{patient.context.command} cdk bootstrap`",
    )


def stacks(patient: Patient) -> Verdict:
    """Whether a deployment can start from what is there."""
    return stacks_verdict(patient.deployed, len(patient.stacks))


def stacks_verdict(deployed: dict[str, str], planned: int) -> Verdict:
    """What the states of stacks mean."""
    if stuck := {
        name: state
        for name, state in deployed.items()
        if state in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}
    }:
        told = ", ".join(f"{name} is {state}" for name, state in sorted(stuck.items()))
        return Verdict(
            "fail", told, "look at the stack's events; one that never came up has to be deleted first, the others continued or rolled back"
        )
    if busy := sorted(name for name, state in deployed.items() if state.endswith("_IN_PROGRESS")):
        return Verdict("warn", f"{', '.join(busy)} is being deployed", "wait for it")
    return Verdict("ok", f"{len(deployed)} of {planned} stacks are deployed")


def release(patient: Patient) -> Verdict:
    """What is deployed, compared with this checkout."""
    name = patient.context.names.parameter("transform", "release")
    (here,) = [parameter["Value"] for parameter in patient.planned("AWS::SSM::Parameter") if parameter.get("Name") == name]
    try:
        there = deployed_release(patient.context)
    except NotDeployed:
        return Verdict("ok", f"nothing is deployed; this checkout is release {here}", f"`{patient.context.command} deploy`")
    if there == here:
        return Verdict("ok", f"release {there} is deployed, and is this checkout's")
    return Verdict("warn", f"release {there} is deployed, and this checkout is {here}", f"`{patient.context.command} deploy`")


def names(patient: Patient) -> Verdict:
    """Whether something else has a name that the stacks want."""
    taken = []
    for kind, (property_path, exists) in PROBES.items():
        for properties in patient.planned(kind):
            name = _at(properties, property_path)
            if isinstance(name, str) and (kind, name) not in patient.owned and exists(patient, name):
                taken.append(f"{kind} {name}")
    if taken:
        advice = (
            "retained by an earlier deployment: `cdk import` takes it back; someone else's: set `prefix` in the environment's configuration"
        )
        return Verdict("fail", f"taken, and not by these stacks: {', '.join(sorted(taken))}", advice)
    return Verdict("ok", "no name is taken by others")


def quotas(patient: Patient) -> Verdict:
    """Whether the account has room for what is new and few."""
    told: list[str] = []
    short: list[str] = []
    for what, kind, service, code, used in QUOTAS:
        more = len(patient.planned(kind)) - sum(owned == kind for owned, _ in patient.owned)
        if more > 0:
            limit = patient.context.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
            now = used(patient)
            (short if now + more > limit else told).append(f"{what}: {now} used, {more} to come, {limit:g} allowed")
    if short:
        return Verdict("fail", "; ".join(short), "ask for more under Service Quotas, or remove what nobody uses")
    return Verdict("ok", "; ".join(told) or "nothing new that is counted")


def answers(ask: Callable[[], Any]) -> bool:
    """Whether there is what is asked for, of whomever it is."""
    try:
        ask()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ABSENT:
            return False
        if code == "403":
            # A bucket of another account.
            return True
        raise
    return True


def _log_group(patient: Patient, name: str) -> bool:
    groups = patient.context.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def _topic(patient: Patient, name: str) -> bool:
    names, sns = patient.context.names, patient.context.client("sns")
    arn = f"arn:{sns.meta.partition}:sns:{names.region}:{names.account}:{name}"
    return answers(lambda: sns.get_topic_attributes(TopicArn=arn))


def _at(properties: Any, path: str) -> Any:
    for part in path.split("."):
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties


PROBES: dict[str, tuple[str, Callable[[Patient, str], bool]]] = {
    "AWS::S3::Bucket": ("BucketName", lambda p, name: answers(lambda: p.context.client("s3").head_bucket(Bucket=name))),
    "AWS::Glue::Database": ("DatabaseInput.Name", lambda p, name: answers(lambda: p.context.client("glue").get_database(Name=name))),
    "AWS::Glue::Crawler": ("Name", lambda p, name: answers(lambda: p.context.client("glue").get_crawler(Name=name))),
    "AWS::Glue::Job": ("Name", lambda p, name: answers(lambda: p.context.client("glue").get_job(JobName=name))),
    "AWS::IAM::Role": ("RoleName", lambda p, name: answers(lambda: p.context.client("iam").get_role(RoleName=name))),
    "AWS::Athena::WorkGroup": ("Name", lambda p, name: answers(lambda: p.context.client("athena").get_work_group(WorkGroup=name))),
    "AWS::SecretsManager::Secret": (
        "Name",
        lambda p, name: answers(lambda: p.context.client("secretsmanager").describe_secret(SecretId=name)),
    ),
    "AWS::Logs::LogGroup": ("LogGroupName", _log_group),
    "AWS::Lambda::Function": ("FunctionName", lambda p, name: answers(lambda: p.context.client("lambda").get_function(FunctionName=name))),
    "AWS::SQS::Queue": ("QueueName", lambda p, name: answers(lambda: p.context.client("sqs").get_queue_url(QueueName=name))),
    "AWS::SNS::Topic": ("TopicName", _topic),
    "AWS::MWAA::Environment": ("Name", lambda p, name: answers(lambda: p.context.client("mwaa").get_environment(Name=name))),
}
# What, its type, Service Quotas' service and code, and how many there are.
QUOTAS: tuple[tuple[str, str, str, str, Callable[[Patient], int]], ...] = (
    ("VPCs", "AWS::EC2::VPC", "vpc", "L-F678F1CE", lambda p: len(p.context.client("ec2").describe_vpcs()["Vpcs"])),
    ("Elastic IPs", "AWS::EC2::EIP", "ec2", "L-0263D0A3", lambda p: len(p.context.client("ec2").describe_addresses()["Addresses"])),
)
