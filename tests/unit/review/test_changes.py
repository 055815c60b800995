"""Each kind of change to a template is caught, and told as what it is."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from review.assembly import Stack
from review.baseline import told
from review.change import Change, Kind
from review.compare import changes
from review.network import public
from review.outline import Outline, outline, read_outlines, write_outlines
from review.rule import Grant

Template = dict[str, Any]
READ = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::orders/*"}
TLS = {
    "Effect": "Deny",
    "Action": "s3:*",
    "Principal": {"AWS": "*"},
    "Resource": {"Fn::GetAtt": ["Orders", "Arn"]},
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
PRIVATE = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
REASON = "Streams are named by job runs, so that they can't be listed here"


def shop() -> Template:
    return {
        "Resources": {
            "Orders": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": "orders", "PublicAccessBlockConfiguration": PRIVATE},
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
            },
            "OrdersPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Orders"}, "PolicyDocument": {"Statement": [TLS]}},
            },
            "Key": {"Type": "AWS::KMS::Key", "Properties": {}, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
            "Reader": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "reader",
                    "PermissionsBoundary": "arn:aws:iam::111111111111:policy/boundary",
                    "AssumeRolePolicyDocument": {
                        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}]
                    },
                },
            },
            "ReaderPolicy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"Roles": [{"Ref": "Reader"}], "PolicyDocument": {"Statement": [deepcopy(READ)]}},
            },
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": "sg-1"}],
                    "SecurityGroupEgress": [],
                },
            },
        }
    }


def seen(template: Template, *, protected: bool = True, accepted: dict[str, dict[str, str]] | None = None, name: str = "shop") -> Outline:
    return outline(Stack(name, template, protected, accepted or {"/shop/Reader": {"AwsSolutions-IAM5[Resource::*]": REASON}}))


def kinds(found: tuple[Change, ...]) -> list[Kind]:
    return [change.kind for change in found]


def resource(template: Template, logical_id: str) -> Any:
    return template["Resources"][logical_id]


def statement(template: Template) -> Any:
    return resource(template, "ReaderPolicy")["Properties"]["PolicyDocument"]["Statement"][0]


def remove(template: Template) -> None:
    del template["Resources"]["Orders"]
    del template["Resources"]["OrdersPolicy"]


def rename(template: Template) -> None:
    resource(template, "Orders")["Properties"]["BucketName"] = "other"


def move(template: Template) -> None:
    template["Resources"]["Key2"] = template["Resources"].pop("Key")


def add(template: Template) -> None:
    template["Resources"]["Log"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log"}, "DeletionPolicy": "Retain"}


def let_go(template: Template) -> None:
    resource(template, "Orders")["DeletionPolicy"] = "Delete"


def act(template: Template) -> None:
    statement(template)["Action"].append("s3:DeleteObject")


def act_less(template: Template) -> None:
    statement(template)["Action"].remove("s3:ListBucket")


def reach(template: Template) -> None:
    statement(template)["Resource"] = ["arn:aws:s3:::orders/*", "arn:aws:s3:::people/*"]


def reach_by_pattern(template: Template) -> None:
    statement(template)["Resource"] = "arn:aws:s3:::*"


def reach_less(template: Template) -> None:
    statement(template)["Resource"] = "arn:aws:s3:::orders/2026/*"


def condition(template: Template) -> None:
    statement(template)["Condition"] = {"StringEquals": {"aws:ResourceAccount": "111111111111"}}


def managed(template: Template) -> None:
    resource(template, "Reader")["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]


def trust(template: Template) -> None:
    resource(template, "Reader")["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {
        "Service": ["glue.amazonaws.com", "lambda.amazonaws.com"]
    }


def unbound(template: Template) -> None:
    del resource(template, "Reader")["Properties"]["PermissionsBoundary"]


def allow_http(template: Template) -> None:
    resource(template, "OrdersPolicy")["Properties"]["PolicyDocument"]["Statement"] = []


def open_port(template: Template) -> None:
    resource(template, "Group")["Properties"]["SecurityGroupIngress"].append(
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "sg-2"}
    )


def close_port(template: Template) -> None:
    resource(template, "Group")["Properties"]["SecurityGroupIngress"] = []


def open_every_way_out(template: Template) -> None:
    del resource(template, "Group")["Properties"]["SecurityGroupEgress"]


def call_home(template: Template) -> None:
    template["Resources"]["Endpoint"] = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.glue", "SubnetIds": ["subnet-1"]},
    }


def publish(template: Template) -> None:
    resource(template, "Orders")["Properties"]["PublicAccessBlockConfiguration"] = {**PRIVATE, "BlockPublicPolicy": False}


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (remove, Kind.GONE, "AWS::S3::Bucket Orders (orders), deletion policy Retain"),
        (rename, Kind.REPLACED, "AWS::S3::Bucket Orders: BucketName was orders, is other"),
        (move, Kind.MOVED, "AWS::KMS::Key shop.Key is now shop.Key2"),
        (add, Kind.NEW, "AWS::Logs::LogGroup Log (log)"),
        (let_go, Kind.UNPROTECTED, "Orders: deletion policy was Retain, is Delete"),
        (act, Kind.WIDER, "role reader: may s3:DeleteObject on arn:aws:s3:::orders/*"),
        (act_less, Kind.NARROWER, "role reader: no longer may s3:ListBucket on arn:aws:s3:::orders/*"),
        (reach, Kind.WIDER, "role reader: may s3:GetObject, s3:ListBucket on arn:aws:s3:::people/*"),
        (reach_by_pattern, Kind.WIDER, "on arn:aws:s3:::*"),
        (reach_less, Kind.NARROWER, "no longer may s3:GetObject, s3:ListBucket on arn:aws:s3:::orders/*"),
        (condition, Kind.NARROWER, "no longer may"),
        (managed, Kind.WIDER, "all of the policy on arn:aws:iam::aws:policy/AdministratorAccess"),
        (trust, Kind.WIDER, "trust of role reader: Service lambda.amazonaws.com may sts:AssumeRole"),
        (unbound, Kind.WIDER, "role reader: no longer is bounded by"),
        (allow_http, Kind.WIDER, "policy of <Orders>: * no longer must not s3:*"),
        (open_port, Kind.OPENED, "into Group: tcp 22 from sg-2"),
        (close_port, Kind.CLOSED, "into Group: tcp 5432 from sg-1"),
        (open_every_way_out, Kind.OPENED, "out of Group: everything to 0.0.0.0/0"),
        (call_home, Kind.OPENED, "interface endpoint to com.amazonaws.eu-west-1.glue in 1 zone"),
        (publish, Kind.PUBLIC, "Orders: the bucket lacks BlockPublicPolicy"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_changed_template_is_caught(change: Callable[[Template], None], kind: Kind, said: str) -> None:
    changed = shop()
    change(changed)
    found = changes([seen(shop())], [seen(changed)])
    assert {each.kind for each in found} - {kind} <= ({Kind.WIDER, Kind.NARROWER} if change is remove else set())
    (line,) = [each for each in found if each.kind is kind]
    assert said in line.what
    assert kind.meaning in told(found, "dev")
    assert "make baseline" in told(found, "dev")


def test_a_removed_bucket_is_told_before_anything_else() -> None:
    changed = shop()
    remove(changed)
    act_less(changed)
    assert kinds(changes([seen(shop())], [seen(changed)]))[-1] is Kind.NARROWER


def test_the_same_templates_differ_in_nothing() -> None:
    assert changes([seen(shop())], [seen(shop())]) == ()


def test_statements_grouped_in_another_way_are_the_same() -> None:
    changed = shop()
    resource(changed, "ReaderPolicy")["Properties"]["PolicyDocument"]["Statement"] = [
        {**READ, "Action": action} for action in READ["Action"]
    ]
    assert changes([seen(shop())], [seen(changed)]) == ()


def test_what_moves_to_another_stack_is_moved_and_not_lost() -> None:
    alone = {"Resources": {"Orders": shop()["Resources"]["Orders"]}}
    base = [seen(alone, name="one"), seen({}, name="two")]
    head = [seen({}, name="one"), seen(alone, name="two")]
    (found,) = changes(base, head)
    assert (found.kind, found.what) == (Kind.MOVED, "AWS::S3::Bucket one.Orders is now two.Orders")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        pytest.param({}, {"/shop": {"AwsSolutions-S1": "why"}}, Kind.ACCEPTED, id="accepted"),
        pytest.param(
            {"/shop": {"AwsSolutions-S1": "why"}}, {"/shop": {"AwsSolutions-S1": "other"}}, Kind.ACCEPTED, id="for another reason"
        ),
        pytest.param({"/shop": {"AwsSolutions-S1": "why"}}, {}, Kind.UNACCEPTED, id="no longer accepted"),
    ],
)
def test_a_finding_that_is_accepted_is_told(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]], kind: Kind) -> None:
    base, head = (outline(Stack("shop", {}, True, accepted)) for accepted in (before, after))
    assert kinds(changes([base], [head])) == [kind]


@pytest.mark.parametrize(("protected", "kind"), [(False, Kind.UNPROTECTED), (True, Kind.PROTECTED)])
def test_termination_protection_that_changes_is_told(protected: bool, kind: Kind) -> None:
    assert kinds(changes([seen(shop(), protected=not protected)], [seen(shop(), protected=protected)])) == [kind]


def test_stacks_that_come_and_go_are_told() -> None:
    assert kinds(changes([], [seen({}, accepted={"": {}})])) == [Kind.STACK_ADDED]
    assert kinds(changes([seen({}, accepted={"": {}})], [])) == [Kind.STACK_GONE]


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        pytest.param(("s3:*", "*"), ("s3:GetObject", "a/*"), True, id="patterns"),
        pytest.param(("s3:Get*", "*"), ("s3:PutObject", "a"), False, id="another action"),
        pytest.param(("s3:GetObject", "a?"), ("s3:GetObject", "a*"), False, id="one character is less than many"),
        pytest.param(("s3:GetObject", "a.c"), ("s3:GetObject", "abc"), False, id="a dot is a dot"),
    ],
)
def test_a_grant_covers_what_follows_from_it(wide: tuple[str, str], narrow: tuple[str, str], covers: bool) -> None:
    assert Grant("allow", "", *wide, ()).covers(Grant("allow", "", *narrow, ("StringEquals a = b",))) is covers


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        pytest.param({"Principal": "*"}, 1, id="everyone"),
        pytest.param({"Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, 1, id="everyone with TLS"),
        pytest.param({"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "v"}}}, 1, id="everyone elsewhere"),
        pytest.param({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "v"}}}, 0, id="one network"),
        pytest.param({"Principal": {"AWS": "arn:aws:iam::111111111111:root"}}, 0, id="an account"),
    ],
)
def test_a_policy_for_everyone_is_public(properties: Template, found: int) -> None:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **properties}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": [allowed]}}}
    assert len(public({"Policy": policy})) == found


def test_a_baseline_reads_as_it_was_written(tmp_path: Path) -> None:
    each = seen(shop())
    write_outlines(tmp_path, (each, seen(shop(), name="stale")))
    write_outlines(tmp_path, (each,))
    assert read_outlines(tmp_path) == (each,)
