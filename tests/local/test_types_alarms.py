"""Alarms on the embedded AWS, through CloudFormation: expressions, alarms of alarms, and one that silences another."""

from __future__ import annotations

from typing import Any

from local.embedded import Embedded
from tests.local.stack import Stack, Template

_TOPIC: Template = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "told"}}


def plain(name: str) -> Template:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": name,
            "Namespace": "Cloister",
            "MetricName": "ProxyErrors",
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        },
    }


def share() -> Template:
    metric = {"Namespace": "Cloister", "MetricName": "Requests"}
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "share",
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Metrics": [
                {"Id": "m", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
                {"Id": "e", "Expression": "100 * m", "ReturnData": True},
            ],
        },
    }


def composite(name: str, rule: Any, **more: Any) -> Template:
    topic = [{"Ref": "Topic"}]
    properties = {"AlarmName": name, "AlarmRule": rule, "AlarmActions": topic, "OKActions": topic, **more}
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}


def raised(of: str) -> Any:
    return {"Fn::Join": ["", ['ALARM("', {"Fn::GetAtt": [of, "Arn"]}, '")']]}


def told(aws: Embedded) -> list[str]:
    """Subjects of what the topic was told, by the queue that is subscribed to it."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            found.append(message["Body"].partition('"Subject": "')[2].partition('"')[0] or message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_fault_is_told_once_and_not_while_a_wider_one_is(aws: Embedded, stack: Stack) -> None:
    resources = {
        "Topic": _TOPIC,
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "told"}},
        "Told": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Protocol": "sqs",
                "TopicArn": {"Ref": "Topic"},
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
        "Own": plain("own"),
        "Share": share(),
        "Wide": plain("wide"),
        "Team": composite("team", raised("Own"), ActionsSuppressor={"Fn::GetAtt": ["Wide", "Arn"]}),
    }
    stack.apply(resources)
    cloudwatch = aws.client("cloudwatch")
    described = {a["AlarmName"]: a for a in cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]}
    assert [entry["Id"] for entry in described["share"]["Metrics"]] == ["m", "e"]
    assert described["share"]["StateValue"] == "INSUFFICIENT_DATA"

    cloudwatch.put_metric_data(
        Namespace="Cloister", MetricData=[{"MetricName": "ProxyErrors", "Value": 9, "Unit": "Count"}]
    )
    (state,) = cloudwatch.describe_alarms(AlarmNames=["own"])["MetricAlarms"]
    assert state["StateValue"] == "INSUFFICIENT_DATA", "ministack evaluates none by itself"

    def set_(name: str, value: str) -> None:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="a test")

    told(aws)  # composite alarms tell their first state
    set_("own", "ALARM")
    assert len(told(aws)) == 1
    set_("own", "OK")
    assert len(told(aws)) == 1
    set_("wide", "ALARM")
    set_("own", "ALARM")
    assert told(aws) == []
