"""Which changes raise an alarm: for each kind, the calls that make it, and the resources that it is about.

Every call is a management event that CloudTrail hands to EventBridge, in the Region where it was made; IAM's are handed
out in one Region of a partition alone (`IAM_EVENTS_IN`). A pattern without a resource is about all of the account's
resources of the kind, where what CloudTrail writes of the request is not documented: too many alarms rather than none.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["IAM_EVENTS_IN", "Change", "of_api", "of_archive", "of_audit", "of_guardrail", "of_key", "of_prompts"]

Json = Any
#: The Region in which EventBridge sees the changes of IAM, by partition
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html).
IAM_EVENTS_IN: Mapping[str, str] = MappingProxyType({"aws": "us-east-1", "aws-us-gov": "us-gov-west-1"})
_NOTHING: Mapping[str, Json] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change.

    Attributes
    ----------
    id
        What it is called, in names of resources.
    says
        What was changed, for people: the beginning of a sentence that ends in `was changed`.
    service
        First part of CloudTrail's `eventSource`.
    calls
        Names of the calls, as CloudTrail writes them. One that ends in `*` stands for all that begin so: Lambda puts
        the date of a version of its API behind them (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
    about
        What the event's `detail` holds besides, as EventBridge matches it; nothing for every resource of the account.
    """

    id: str
    says: str
    service: str
    calls: Sequence[str]
    about: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)

    @property
    def detail(self) -> dict[str, Json]:
        """The pattern of the event's `detail`.

        Example
        -------
        >>> Change("trail", "The trail", "cloudtrail", ["StopLogging", "Put*"]).detail["eventName"]
        ['StopLogging', {'prefix': 'Put'}]
        """
        names = [{"prefix": name[:-1]} if name.endswith("*") else name for name in self.calls]
        return {"eventSource": [f"{self.service}.amazonaws.com"], "eventName": names, **self.about}


def _asked(**names: list[Json]) -> dict[str, Json]:
    """The request's parameters, of which each holds one of these values."""
    return {"requestParameters": names}


def _asked_either(*names: str, values: list[Json]) -> dict[str, Json]:
    """The request's parameters, of which one of these holds one of the values."""
    return {"$or": [_asked(**{name: values}) for name in names]}


def _named(prefix: str) -> list[Json]:
    """A name, or an ARN that ends in a name, which begins so."""
    return [{"prefix": prefix}, {"wildcard": f"*:{prefix}*"}]


def of_key(id: str, says: str, key_id: str) -> Change:
    """A change of one key's policy, grants or life."""
    calls = ("CreateGrant", "DisableKey", "DisableKeyRotation", "PutKeyPolicy", "RevokeGrant", "ScheduleKeyDeletion")
    return Change(id, says, "kms", calls, _asked(keyId=[{"suffix": key_id}]))


def of_guardrail(guardrail_id: str, team: str = "") -> Change:
    """A change of the guardrail, or of a team's own, named by its id or its ARN."""
    calls = ("CreateGuardrailVersion", "DeleteGuardrail", "UpdateGuardrail")
    about = _asked(guardrailIdentifier=[{"suffix": guardrail_id}])
    if team:
        return Change(f"guardrail-of-{team}", f"The guardrail of team {team}", "bedrock", calls, about)
    return Change("guardrail", "The guardrail", "bedrock", calls, about)


def of_api(team: str, api_id: str) -> Change:
    """A change of a team's API: its policy, its authorizer, its methods."""
    calls = (
        *("CreateDeployment", "DeleteAuthorizer", "DeleteRestApi", "PutIntegration", "PutMethod", "PutRestApi"),
        *("UpdateAuthorizer", "UpdateIntegration", "UpdateMethod", "UpdateRestApi", "UpdateStage"),
    )
    return Change("api", f"The API of team {team}", "apigateway", calls, _asked(restApiId=[api_id]))


#: What changes a bucket, where it copies to, and who reads it; by the names of its calls in CloudTrail.
_BUCKETS = ("CreateBucketMetadata*", "DeleteBucket*", "PutBucket*", "PutObjectLockConfiguration")


def of_archive(stream: str) -> Change:
    """A change of the stream that takes records to the bucket."""
    calls = ("DeleteDeliveryStream", "StopDeliveryStreamEncryption", "UpdateDestination")
    return Change("archive", "The archive of records", "firehose", calls, _asked(deliveryStreamName=[stream]))


def of_prompts(team: str, bucket: str) -> Change:
    """A change of the bucket that a team's prompts and answers are archived in."""
    return Change("prompts", f"The archive of prompts of team {team}", "s3", _BUCKETS, _asked(bucketName=[bucket]))


def of_audit(name: str, *, region: str, partition: str, trail: str, bucket: str, topic_arn: str) -> list[Change]:
    """Changes of what all teams share, and of what bears the deployment's name.

    Parameters
    ----------
    name, region, partition
        The deployment.
    trail, bucket, topic_arn
        Name of the trail and the bucket, ARN of the topic.
    """
    found = [
        Change(
            "project",
            "A Project, or the account's data retention,",
            "bedrock-mantle",
            ("ArchiveProject", "CreateProject", "PutAccountDataRetention", "UpdateProject"),
        ),
        Change(
            "bedrock-account",
            "What Bedrock does for the whole account, such as a log of prompts,",
            "bedrock",
            (
                *("DeleteEnforcedGuardrailConfiguration", "PutAccountDataRetention"),
                *("PutEnforcedGuardrailConfiguration", "PutModelInvocationLoggingConfiguration", "PutResourcePolicy"),
            ),
        ),
        Change(
            "function",
            "A function",
            "lambda",
            (
                *("AddPermission*", "CreateEventSourceMapping*", "CreateFunction*", "DeleteFunction*"),
                *("PutFunctionConcurrency*", "PutFunctionEventInvokeConfig*", "PutRuntimeManagementConfig*"),
                *("RemovePermission*", "UpdateFunctionCode*", "UpdateFunctionConfiguration*"),
            ),
            _asked(functionName=_named(f"{name}-")),
        ),
        Change(
            "logs",
            "A log group, its retention, its protection or where its records go",
            "logs",
            (
                *("AssociateKmsKey", "CreateExportTask", "DeleteDataProtectionPolicy", "DeleteLogGroup"),
                *("DeleteLogStream", "DeleteMetricFilter", "DeleteRetentionPolicy", "DeleteSubscriptionFilter"),
                *("DisassociateKmsKey", "PutDataProtectionPolicy", "PutLogGroupDeletionProtection"),
                *("PutRetentionPolicy", "PutSubscriptionFilter", "PutTransformer"),
            ),
            _asked_either(
                *("logGroupName", "logGroupIdentifier", "resourceIdentifier"),
                values=[*_named(f"{name}-"), *_named("API-Gateway-Execution-Logs_")],
            ),
        ),
        Change(
            "logs-account",
            "What CloudWatch Logs does with every log group of the account",
            "logs",
            ("DeleteAccountPolicy", "PutAccountPolicy", "PutDeliverySource", "PutDestination", "PutResourcePolicy"),
        ),
        Change(
            "trail",
            "The trail",
            "cloudtrail",
            ("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"),
            _asked_either("name", "trailName", values=[trail, {"suffix": f":trail/{trail}"}]),
        ),
        Change(
            "bucket",
            "The evidence bucket",
            "s3",
            _BUCKETS,
            _asked(bucketName=[bucket]),
        ),
        Change(
            "endpoint",
            "An endpoint of a VPC, or its policy,",
            "ec2",
            ("DeleteVpcEndpoints", "ModifyVpcEndpoint"),
        ),
        Change(
            "rule",
            "A rule that raises alarms",
            "events",
            ("DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"),
            _asked_either("name", "rule", values=[{"prefix": f"{name}-"}]),
        ),
        Change(
            "topic",
            "The topic of the alarms, or who is told",
            "sns",
            ("AddPermission", "DeleteTopic", "RemovePermission", "SetTopicAttributes", "Subscribe", "Unsubscribe"),
            _asked_either("topicArn", "subscriptionArn", values=[{"prefix": topic_arn}]),
        ),
    ]
    return [*found, *_of_iam(name)] if IAM_EVENTS_IN[partition] == region else found


def _of_iam(name: str) -> list[Change]:
    return [
        Change(
            "role",
            "A role",
            "iam",
            (
                *("AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy"),
                *("DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy"),
                "UpdateRole",
            ),
            _asked(roleName=[{"prefix": f"{name}-"}]),
        ),
        Change(
            "policy",
            "A managed policy",
            "iam",
            ("CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"),
            _asked(policyArn=[{"wildcard": f"*:policy/cloister/{name}/*"}]),
        ),
    ]
