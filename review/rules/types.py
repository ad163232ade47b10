"""The types of resources that the review knows, each with its properties that bear a policy and are read.

A type stands here when some rule or claim reads what it may let through, or when it lets nothing through at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_BARE = (
    *(f"AWS::ApiGateway::{name}" for name in ("Account", "Authorizer", "Deployment", "GatewayResponse", "Method")),
    *(f"AWS::ApiGateway::{name}" for name in ("Model", "RequestValidator", "Resource", "Stage", "UsagePlan")),
    *("AWS::Bedrock::GuardrailVersion", "AWS::BedrockMantle::Project", "AWS::Budgets::Budget", "AWS::CDK::Metadata"),
    *("AWS::CloudTrail::Trail", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"),
    *("AWS::CloudWatch::Dashboard", "AWS::Events::Rule", "AWS::KinesisFirehose::DeliveryStream", "AWS::KMS::Alias"),
    *(f"AWS::EC2::{name}" for name in ("VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "Route")),
    *(f"AWS::EC2::{name}" for name in ("NetworkAcl", "NetworkAclEntry", "SubnetNetworkAclAssociation", "FlowLog")),
    *(f"AWS::EC2::{name}" for name in ("SecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress")),
    *("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Permission", "AWS::Lambda::Version"),
    *(f"AWS::Logs::{name}" for name in ("LogStream", "MetricFilter", "QueryDefinition", "SubscriptionFilter")),
    *("AWS::Route53::HostedZone", "AWS::Route53::RecordSet"),
    *(f"AWS::Route53Resolver::Firewall{name}" for name in ("DomainList", "RuleGroup", "RuleGroupAssociation")),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
    *("AWS::S3::Bucket", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SSM::Parameter"),
)
#: Properties that are policies and are read, by type; of a type that has none, none.
KNOWN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_BARE, frozenset()),
    "AWS::ApiGateway::RestApi": frozenset({"Policy"}),
    "AWS::Bedrock::Guardrail": frozenset(
        {f"{name}PolicyConfig" for name in ("Content", "ContextualGrounding", "SensitiveInformation", "Topic", "Word")}
        | {"AutomatedReasoningPolicyConfig"}
    ),
    "AWS::DynamoDB::Table": frozenset({"ResourcePolicy"}),
    "AWS::EC2::VPCEndpoint": frozenset({"PolicyDocument"}),
    "AWS::IAM::Group": frozenset({"Policies", "ManagedPolicyArns"}),
    "AWS::IAM::ManagedPolicy": frozenset({"PolicyDocument", "ManagedPolicyName"}),
    "AWS::IAM::Policy": frozenset({"PolicyDocument", "PolicyName"}),
    "AWS::IAM::Role": frozenset({"AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies"}),
    "AWS::IAM::RolePolicy": frozenset({"PolicyDocument", "PolicyName"}),
    "AWS::KMS::Key": frozenset({"KeyPolicy", "BypassPolicyLockoutSafetyCheck"}),
    "AWS::Logs::LogGroup": frozenset({"DataProtectionPolicy"}),
    "AWS::Logs::ResourcePolicy": frozenset({"PolicyDocument", "PolicyName"}),
    "AWS::S3::BucketPolicy": frozenset({"PolicyDocument"}),
    "AWS::SNS::TopicPolicy": frozenset({"PolicyDocument"}),
    "AWS::SQS::Queue": frozenset({"RedrivePolicy"}),
    "AWS::SQS::QueuePolicy": frozenset({"PolicyDocument"}),
}


@cache
def properties() -> Mapping[str, frozenset[str]]:
    """The properties of each type whose meaning is judged by some rule, or opens nothing: what is new is in doubt.

    An API can be made of a text (`Body`), a topic bring its own subscribers, a function keep what it is given
    (`DurableConfig`), an endpoint lead to another Region (`ServiceRegion`). Of buckets a rule of its own says it.
    """
    found: Mapping[str, str] = json.loads((Path(__file__).parent / "properties.json").read_text("utf-8"))
    return {kind: frozenset(names.split()) for kind, names in found.items()}
