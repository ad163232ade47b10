"""A defect for each rule about what is told to whom: alarms, and changes that somebody makes by hand."""

from __future__ import annotations

import copy
from typing import Any

from tests.review.mutants.defects import seeded, statement
from tests.review.mutants.mutant import AUDIT, NETWORK, SIGNED, Mutant, drop, first, of_type, put, remove

Json = Any
_ALARM, _RULE = "CloudWatch::Alarm", "Events::Rule"


def _unwatched(body: Json) -> None:
    """Have the rule that tells of the trail leave out that it is stopped."""
    first(body, _RULE, "TrailChanged")["EventPattern"]["detail"]["eventName"].remove("StopLogging")


def _elsewhere(body: Json) -> None:
    """Have an alarm of one team look at another's metric, beside one that looks at its own."""
    own = first(body, _ALARM, "AlarmsLatency")
    measured = next(metric for metric in own["Metrics"] if "MetricStat" in metric)
    copied = {**measured, "Id": "others", "ReturnData": False}
    dimensions = [{"Name": "deployment", "Value": "Cloister"}, {"Name": "team", "Value": "atlas"}]
    metric = {**measured["MetricStat"]["Metric"], "Dimensions": dimensions}
    own["Metrics"].append({**copied, "MetricStat": {**measured["MetricStat"], "Metric": metric}})


def _unheard(body: Json) -> None:
    """Take an alarm away, and its name out of the composite one."""
    id, alarm = next(of_type(body, _ALARM, "AlarmsUnsigned"))
    del body["Resources"][id]
    _, composite = next(of_type(body, "CloudWatch::CompositeAlarm", "AlarmsFailing"))
    composite["DependsOn"].remove(id)
    rule = composite["Properties"]["AlarmRule"]
    composite["Properties"]["AlarmRule"] = rule.replace(f' OR ALARM("{alarm["Properties"]["AlarmName"]}")', "")


def _masked(body: Json) -> None:
    """Have the records' group find what it is not to hold, and not mask it."""
    del first(body, "Logs::LogGroup", "Records")["DataProtectionPolicy"]["Statement"][1]


def _telling(body: Json) -> Json:
    """Whom an alarm tells."""
    told = next(alarm["Properties"] for _, alarm in of_type(body, _ALARM) if "AlarmActions" in alarm["Properties"])
    return {name: told[name] for name in ("AlarmActions", "OKActions")}


def _spying_alarm(body: Json) -> None:
    """What a team's own class might add: an alarm by which it learns of another team's use."""
    made = copy.deepcopy(next(of_type(body, _ALARM, "AlarmsProxyErrors"))[1])
    known = made["Properties"]
    known.pop("AlarmName", None)
    known |= _telling(body)
    known["Dimensions"] = [{"Name": "deployment", "Value": "Cloister"}, {"Name": "team", "Value": "atlas"}]
    body["Resources"]["ExtensionSpying"] = made


def _spying_rule(body: Json) -> None:
    """And a rule by which it is told of whatever anybody calls."""
    (topic,) = _telling(body)["AlarmActions"]
    body["Resources"]["ExtensionSpying"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": [{"prefix": "aws."}], "detail-type": ["AWS API Call via CloudTrail"]},
            "Targets": [{"Id": "topic", "Arn": topic}],
            "Tags": first(body, _ALARM, "AlarmsProxyErrors")["Tags"],
        },
    }


def _unmasked(body: Json) -> None:
    """And a log group of its own that the platform's function comes to write to."""
    group = copy.deepcopy(next(of_type(body, "Logs::LogGroup", "Records"))[1])
    del group["Properties"]["DataProtectionPolicy"]
    body["Resources"]["ExtensionGroup"] = group
    first(body, "Lambda::Function", "Proxy")["LoggingConfig"]["LogGroup"] = {"Ref": "ExtensionGroup"}
    statement("WriteOwnLogGroup", "Resource", value={"Fn::GetAtt": ["ExtensionGroup", "Arn"]})(body)


NOTICES: tuple[Mutant, ...] = (
    seeded("alarms-are-about-their-own", SIGNED, _spying_alarm, "a team's own alarm on another team's use"),
    seeded("events-are-of-this-deployment", SIGNED, _spying_rule, "a team's own rule on everybody's calls"),
    seeded("logs-mask-what-no-line-holds", SIGNED, _unmasked, "a team's own group, unmasked, for the proxy's lines"),
    seeded("changes-are-told", AUDIT, _unwatched, "a trail that is stopped, and nobody is told"),
    seeded(
        "events-are-of-this-deployment",
        AUDIT,
        drop(_RULE, "EventPattern.detail.requestParameters", "RoleChanged"),
        "an alarm on everybody's roles",
    ),
    seeded(
        "events-say-who-did-what",
        AUDIT,
        drop(_RULE, "Targets.0.InputTransformer", "TrailChanged"),
        "an event as it comes",
    ),
    seeded(
        "alarm-is-whole", SIGNED, drop(_ALARM, "TreatMissingData", "AlarmsProxyErrors"), "silence that says nothing"
    ),
    seeded("alarms-are-about-their-own", SIGNED, _elsewhere, "an alarm on another team's metric"),
    seeded("faults-raise-alarms", SIGNED, _unheard, "records that are not signed, and nobody is told"),
    seeded(
        "alarms-say-when-it-is-over",
        SIGNED,
        drop("CloudWatch::CompositeAlarm", "OKActions", "AlarmsFailing"),
        "an alarm that never ends",
    ),
    seeded(
        "alarms-say-what-they-mean",
        SIGNED,
        drop(_ALARM, "AlarmDescription", "AlarmsProxyErrors"),
        "an alarm without words",
    ),
    seeded(
        "alarms-have-their-query",
        AUDIT,
        remove("Logs::QueryDefinition", "QueriesUnsigned"),
        "an alarm that nobody has a query for",
    ),
    seeded("logs-mask-what-no-line-holds", SIGNED, _masked, "a secret in a log that is found and not masked"),
    seeded("key-has-its-alias", AUDIT, remove("KMS::Alias", "EvidenceKey"), "a key that no document knows"),
    seeded(
        "parts-wait-for-what-they-need",
        AUDIT,
        lambda body: next(of_type(body, "CloudTrail::Trail"))[1].pop("DependsOn"),
        "a trail before its bucket lets it in",
    ),
    seeded(
        "method-streams-what-it-is-given",
        SIGNED,
        drop("ApiGateway::Method", "Integration.ResponseTransferMode"),
        "an answer that waits for its end",
    ),
    seeded(
        "function-in-two-zones",
        NETWORK,
        put("EC2::Subnet", "AvailabilityZone", "us-east-1b"),
        "two subnets in one zone",
    ),
)
