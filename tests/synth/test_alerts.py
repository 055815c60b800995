"""Who is told what needs a person, with an Airflow and without one."""

from tests.synth.assembly import Assembly, Synthesize, plain


def test_alerts_are_encrypted_and_mailed_where_there_is_an_address(assembly: Assembly) -> None:
    (topic,) = assembly.resources("AWS::SNS::Topic").values()
    assert topic["Properties"]["TopicName"] == assembly.environment.names.alerts_topic
    assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlertsKey", "Arn"]}
    (policy,) = assembly.resources("AWS::SNS::TopicPolicy").values()
    denied, *others = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert [(one["Sid"], one["Principal"]) for one in others] == [("Alarms", {"Service": "cloudwatch.amazonaws.com"})]
    mailed = [one["Properties"]["Endpoint"] for one in assembly.resources("AWS::SNS::Subscription").values()]
    assert mailed == ([address] if (address := assembly.environment.alarm_address) else [])


def test_messages_that_were_given_up_are_told(assembly: Assembly) -> None:
    names = assembly.environment.names
    queues = {queue["Properties"]["QueueName"] for queue in assembly.resources("AWS::SQS::Queue").values()}
    alarms = [alarm["Properties"] for alarm in assembly.resources("AWS::CloudWatch::Alarm").values()]
    assert {dimension["Value"] for alarm in alarms for dimension in alarm["Dimensions"]} == {
        name for name in queues if name.endswith("-dead")
    }
    topic = f"arn:<AWS::Partition>:sns:{names.region}:{names.account}:{names.alerts_topic}"
    for alarm in alarms:
        assert [plain(action) for action in alarm["AlarmActions"]] == [plain(action) for action in alarm["OKActions"]] == [topic]
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_the_gate_s_messages_are_watched_where_nothing_starts_runs(synthesize: Synthesize) -> None:
    """An environment without an Airflow has a gate, so its alarm, too."""
    dev = synthesize("dev")
    assert dev.environment.airflow is None
    assert set(dev.resources("AWS::CloudWatch::Alarm")) == {"ingestion.GateDeadAlarm"}
