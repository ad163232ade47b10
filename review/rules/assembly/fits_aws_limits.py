"""Sizes that AWS limits, measured before anything is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.assembly import Template
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import listed
from review.rules.rule import Result, Rule, controls
from review.rules.sizes import at_most

Json = Any
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_FEWER = "name fewer callers, administrators or places for images, or name them shorter"


@dataclass(frozen=True, slots=True)
class Limit:
    """How large one property of one type may be.

    Attributes
    ----------
    kind, place
        The type, and the property, with dots between its levels.
    most
        Characters, or, of a list, entries.
    cure
        What makes it smaller.
    source
        https address of AWS's page.
    """

    kind: str
    place: str
    most: int
    cure: str
    source: str


LIMITS = (
    Limit("AWS::IAM::ManagedPolicy", "PolicyDocument", 6_144, _FEWER, _IAM),
    Limit("AWS::IAM::Policy", "PolicyDocument", 10_240, _FEWER, _IAM),
    Limit("AWS::IAM::Role", "AssumeRolePolicyDocument", 2_048, _FEWER, _IAM),
    Limit("AWS::IAM::Role", "Description", 1_000, "shorten it", _IAM),
    Limit(
        "AWS::ApiGateway::RestApi",
        "Policy",
        8_192,
        "name fewer callers, or one role or permission set that several of them take on",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    ),
    Limit(
        "AWS::EC2::VPCEndpoint",
        "PolicyDocument",
        20_480,
        "name fewer buckets for images",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html",
    ),
    Limit(
        "AWS::KMS::Key",
        "KeyPolicy",
        32_768,
        _FEWER,
        "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html",
    ),
    Limit(
        "AWS::S3::BucketPolicy",
        "PolicyDocument",
        20_480,
        _FEWER,
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html",
    ),
    Limit(
        "AWS::Logs::ResourcePolicy",
        "PolicyDocument",
        5_120,
        _FEWER,
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
    ),
    Limit(
        "AWS::Lambda::Function",
        "Environment.Variables",
        4_096,
        "name fewer callers, models, fallbacks or places for images",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
    ),
    *(
        Limit(kind, place, most, "shorten 'name' in cloister.yaml, or the team's", source)
        for kind, place, most, source in (
            ("AWS::Lambda::Function", "FunctionName", 64, "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"),
            ("AWS::Lambda::Function", "Description", 256, "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"),
            ("AWS::Bedrock::Guardrail", "Name", 50, "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateGuardrail.html"),
            ("AWS::CloudTrail::Trail", "TrailName", 128, "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"),
            ("AWS::Logs::LogGroup", "LogGroupName", 512, "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"),
            ("AWS::KMS::Alias", "AliasName", 256, "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"),
            ("AWS::Route53Resolver::FirewallRuleGroup", "Name", 64, "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateFirewallRuleGroup.html"),
        )
    ),
)  # fmt: skip
# Characters of a template that goes by S3, as CDK's do; and how many of each part it may have.
_TEMPLATE = 1_000_000
_PARTS = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}
_NAME = 128
_MANAGED = 10
_BY_KIND = {kind: [limit for limit in LIMITS if limit.kind == kind] for kind in {limit.kind for limit in LIMITS}}


def _check(deployment: Deployment) -> Iterator[Result]:
    for template in deployment.assembly.templates:
        wrong = list(_too_large(template))
        yield from wrong or [Result(f"{template.stack}/template", Status.PASS, "everything fits")]


def _too_large(template: Template) -> Iterator[Result]:
    kinds = {name: resource.type for name, resource in template.resources.items()}
    for resource in template.resources.values():
        for limit in _BY_KIND.get(resource.type, ()):
            value = _at(resource.properties, limit.place)
            size = 0 if value is None else at_most(value, template.stack, kinds)
            if size > limit.most:
                found = f"{limit.place} has up to {size:,} characters, and AWS takes {limit.most:,}: {limit.cure}"
                yield Result(resource.place, Status.FAIL, found, resource.type)
        if resource.type == "AWS::IAM::Role" and len(listed(resource.properties.get("ManagedPolicyArns"))) > _MANAGED:
            found = f"it carries more than {_MANAGED} managed policies, which is what IAM takes"
            yield Result(resource.place, Status.FAIL, found, resource.type)
    for part, most in _PARTS.items():
        if (count := len(template.body.get(part) or {})) > most:
            yield _of(template, f"it has {count:,} {part}, and CloudFormation takes {most:,}")
    if (size := at_most(dict(template.body), template.stack, {})) > _TEMPLATE:
        yield _of(template, f"it has {size:,} characters, and CloudFormation takes {_TEMPLATE:,}")
    if len(template.stack) > _NAME:
        yield _of(template, f"its name has {len(template.stack)} characters, and CloudFormation takes {_NAME}")


def _of(template: Template, found: str) -> Result:
    return Result(f"{template.stack}/template", Status.FAIL, found)


def _at(properties: Mapping[str, Json], place: str) -> Json:
    value: Json = properties
    for part in place.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


RULE = Rule(
    id="fits-aws-limits",
    title="Nothing is larger than AWS takes",
    why="AWS refuses the resource, and the deployment is rolled back",
    severity="medium",
    fix="name fewer callers, administrators, buckets or models, or shorter names, as each finding says",
    source=_CLOUDFORMATION,
    controls=controls(nist="CM-6", soc2="A1.2"),
    check=_check,
)
