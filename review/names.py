"""What a resource is called before it exists: its ARN and its id, with a mark for each part that is made up later.

A mark, `<STACK.ID>`, stands for one text that is not known yet. CloudFormation names most resources
`STACK-ID-…`: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-update-stack-physical-id.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from review.assembly import Resource

Json = Any
#: Reads a property of a resource as text.
Text = Callable[[Resource, str], str | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where resources are: what ARNs begin with."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str, *, regional: bool = True, account: bool = True) -> str:
        """Return an ARN.

        Example
        -------
        >>> Place("aws", "eu-west-1", "111122223333").arn("s3", "b", regional=False, account=False)
        'arn:aws:s3:::b'
        """
        region, owner = self.region if regional else "", self.account if account else ""
        return f"arn:{self.partition}:{service}:{region}:{owner}:{resource}"


def mark(resource: Resource, attribute: str = "") -> str:
    """Return the mark of what is not known of a resource yet.

    Example
    -------
    >>> mark(Resource("Data", "Bucket", "AWS::S3::Bucket", {}, {}))
    '<Data.Bucket>'
    """
    return f"<{resource.stack}.{resource.id}{'.' + attribute if attribute else ''}>"


def reference(resource: Resource, place: Place, text: Text) -> str:
    """Return what `Ref` gives of a resource."""
    if resource.type == "AWS::IAM::ManagedPolicy":
        return attribute(resource, "PolicyArn", place, text) or mark(resource)
    if resource.type == "AWS::SNS::Topic":
        return attribute(resource, "TopicArn", place, text) or mark(resource)
    name = _NAMED.get(resource.type)
    return _name(resource, text, *name) if name else mark(resource)


def attribute(resource: Resource, name: str, place: Place, text: Text) -> str | None:
    """Return what `Fn::GetAtt` gives of a resource, or None where only a mark can stand for it.

    Example
    -------
    >>> role = Resource("Team", "Role", "AWS::IAM::Role", {"Path": "/proxy/"}, {})
    >>> attribute(role, "Arn", Place("aws", "eu-west-1", "111122223333"), lambda r, p: r.properties.get(p))
    'arn:aws:iam::111122223333:role/proxy/Team-Role-<Team.Role>'
    """
    kind = resource.type
    if (kind, name) in _ARNS:
        service, resource_part, options = _ARNS[kind, name]
        own = _name(resource, text, *_NAMED[kind]) if kind in _NAMED else mark(resource)
        return place.arn(service, resource_part.format(own), **options)
    if name in ("Arn", "PolicyArn") and kind in _PATHED:
        path = text(resource, "Path") or "/"
        return place.arn("iam", f"{_PATHED[kind]}{path}{_name(resource, text, *_NAMED[kind])}", regional=False)
    return None


def _name(resource: Resource, text: Text, key: str, lower: bool) -> str:
    given = text(resource, key)
    if given is not None:
        return given
    made = f"{resource.stack}-{resource.id}-"
    return (made.lower() if lower else made) + mark(resource)


#: Types that CloudFormation makes a name up for: the property that names one, and whether the name is in lower case.
_NAMED: dict[str, tuple[str, bool]] = {
    "AWS::IAM::Role": ("RoleName", False),
    "AWS::IAM::User": ("UserName", False),
    "AWS::IAM::Group": ("GroupName", False),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", False),
    "AWS::Lambda::Function": ("FunctionName", False),
    "AWS::Logs::LogGroup": ("LogGroupName", False),
    "AWS::S3::Bucket": ("BucketName", True),
    "AWS::DynamoDB::Table": ("TableName", False),
    "AWS::CloudTrail::Trail": ("TrailName", False),
    "AWS::CloudWatch::Alarm": ("AlarmName", False),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", False),
    "AWS::Events::Rule": ("Name", False),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", False),
    "AWS::SNS::Topic": ("TopicName", False),
    "AWS::SSM::Parameter": ("Name", False),
    "AWS::SQS::Queue": ("QueueName", False),
}
_PATHED = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::ManagedPolicy": "policy"}
_GLOBAL = {"regional": False, "account": False}
#: Attributes that are ARNs, with what stands for the resource's own name or id in them.
_ARNS: dict[tuple[str, str], tuple[str, str, dict[str, bool]]] = {
    ("AWS::S3::Bucket", "Arn"): ("s3", "{}", _GLOBAL),
    ("AWS::Lambda::Function", "Arn"): ("lambda", "function:{}", {}),
    ("AWS::Logs::LogGroup", "Arn"): ("logs", "log-group:{}:*", {}),
    ("AWS::KMS::Key", "Arn"): ("kms", "key/{}", {}),
    ("AWS::BedrockMantle::Project", "Arn"): ("bedrock-mantle", "project/{}", {}),
    ("AWS::Bedrock::Guardrail", "GuardrailArn"): ("bedrock", "guardrail/{}", {}),
    ("AWS::CloudTrail::Trail", "Arn"): ("cloudtrail", "trail/{}", {}),
    ("AWS::DynamoDB::Table", "Arn"): ("dynamodb", "table/{}", {}),
    ("AWS::Events::Rule", "Arn"): ("events", "rule/{}", {}),
    ("AWS::KinesisFirehose::DeliveryStream", "Arn"): ("firehose", "deliverystream/{}", {}),
    ("AWS::SNS::Topic", "TopicArn"): ("sns", "{}", {}),
    ("AWS::SQS::Queue", "Arn"): ("sqs", "{}", {}),
    ("AWS::CloudWatch::Alarm", "Arn"): ("cloudwatch", "alarm:{}", {}),
    ("AWS::CloudWatch::CompositeAlarm", "Arn"): ("cloudwatch", "alarm:{}", {}),
}
