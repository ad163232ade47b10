"""What stands in a team's stack costs while nobody calls, in USD a month in us-east-1, by type of resource.

Of types that cost by use alone it is nothing. A type that is not here is said to be unknown, and is no part of a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["IDLE", "REGION"]

REGION = "us-east-1"
#: Of each resource; the first three dashboards and ten alarms of an account are free, which is not subtracted.
#: https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/lambda/pricing/,
#: https://aws.amazon.com/api-gateway/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
#: https://aws.amazon.com/systems-manager/pricing/, https://aws.amazon.com/bedrock/pricing/ (read in November 2026).
IDLE: Mapping[str, float] = MappingProxyType(
    {
        "AWS::CloudWatch::Alarm": 0.10,
        "AWS::CloudWatch::CompositeAlarm": 0.50,
        "AWS::CloudWatch::Dashboard": 3.00,
        "AWS::KMS::Key": 1.00,
        **dict.fromkeys(
            (
                *(f"AWS::ApiGateway::{name}" for name in ("Authorizer", "Deployment", "GatewayResponse", "Method")),
                *(f"AWS::ApiGateway::{name}" for name in ("Resource", "RestApi", "Stage")),
                *("AWS::Bedrock::Guardrail", "AWS::Bedrock::GuardrailVersion", "AWS::BedrockMantle::Project"),
                *("AWS::CDK::Metadata", "AWS::DynamoDB::Table", "AWS::Events::Rule", "AWS::KMS::Alias"),
                *("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::SSM::Parameter"),
                *(f"AWS::Lambda::{name}" for name in ("Function", "Permission", "Version")),
                *(f"AWS::Logs::{name}" for name in ("LogGroup", "MetricFilter", "QueryDefinition")),
            ),
            0.0,
        ),
    }
)
