"""What an organisation's documents know by its tag carries the tag of its deployment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Result, Rule, controls, judged

_TAG = "deployment"
#: Types that take tags and whose name says nothing of their deployment, or that people look for by it.
TAGGED = (
    *(f"AWS::EC2::{name}" for name in ("VPC", "Subnet", "RouteTable", "NetworkAcl", "SecurityGroup", "VPCEndpoint")),
    *("AWS::EC2::FlowLog", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::Bedrock::Guardrail"),
    *("AWS::BedrockMantle::Project", "AWS::CloudTrail::Trail", "AWS::IAM::Role", "AWS::KMS::Key"),
    *("AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SNS::Topic"),
    *(f"AWS::Route53Resolver::Firewall{name}" for name in ("DomainList", "RuleGroup", "RuleGroupAssociation")),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::KinesisFirehose::DeliveryStream",
    *(f"AWS::CloudWatch::{name}" for name in ("Alarm", "CompositeAlarm", "Dashboard")),
    *("AWS::Events::Rule", "AWS::SSM::Parameter"),
)


def _check(deployment: Deployment) -> Iterator[Result]:
    common = deployment.once(_common)
    for resource in deployment.assembly.of_type(*TAGGED) if common else ():
        yield judged(_judge, deployment, resource)


def _common(deployment: Deployment) -> str:
    """The tag's value on most parts; nothing where nobody uses the tag."""
    found = Counter(_value(deployment, resource) for resource in deployment.assembly.of_type(*TAGGED))
    known = [(count, value) for value, count in found.items() if value]
    return max(known)[1] if known else ""


def _judge(deployment: Deployment, resource: Resource) -> str:
    value, common = _value(deployment, resource), deployment.once(_common)
    return "" if value == common else f"its tag {_TAG} is {value or 'not there'}: {common} is right"


def _value(deployment: Deployment, resource: Resource) -> str:
    tags = deployment.resolver.of(resource, "Tags") or []
    if isinstance(tags, Mapping):
        return str(tags.get(_TAG) or "")
    return next((str(tag["Value"]) for tag in tags if tag["Key"] == _TAG), "")


RULE = Rule(
    id="parts-carry-their-tag",
    title="What an organisation's documents know by its tag carries the tag of its deployment",
    why="a control policy that denies changes by tag leaves a part without it to every administrator",
    severity="medium",
    fix="put the tag 'deployment' on it, with the deployment's name",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
    controls=controls(nist="CM-8 AC-3", soc2="CC6.1", aws="GOV-02"),
    check=_check,
)
