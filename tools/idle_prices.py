"""What stands in a team's stack costs while nobody calls, in USD a month in us-east-1, by type of resource.

Of types that cost by use alone it is nothing. A type that is not here is said to be unknown, and is no part of a sum.
What CloudWatch charges is in `stacks.watching_prices`; an alarm's price is by the metrics that it looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stacks.watching_prices import MONTHLY

__all__ = ["ENDPOINT", "IDLE", "REGION", "ZONE"]

REGION = "us-east-1"
#: An interface endpoint in one Availability Zone for 730 hours (https://aws.amazon.com/privatelink/pricing/), and
#: a private hosted zone, of an account's first 25 (https://aws.amazon.com/route53/pricing/). Read in November 2026.
ENDPOINT, ZONE = 730 * 0.01, 0.50
#: Of each resource; the first three dashboards and ten alarms of an account are free, which is not subtracted.
#: https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/lambda/pricing/,
#: https://aws.amazon.com/api-gateway/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
#: https://aws.amazon.com/systems-manager/pricing/, https://aws.amazon.com/bedrock/pricing/,
#: https://aws.amazon.com/s3/pricing/ (read in November 2026).
IDLE: Mapping[str, float] = MappingProxyType(
    {
        "AWS::CloudWatch::Alarm": MONTHLY["alarm"],
        "AWS::CloudWatch::CompositeAlarm": MONTHLY["composite alarm"],
        "AWS::CloudWatch::Dashboard": MONTHLY["dashboard"],
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
                *("AWS::Logs::SubscriptionFilter", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
                *("AWS::S3::Bucket", "AWS::S3::BucketPolicy"),
            ),
            0.0,
        ),
    }
)
