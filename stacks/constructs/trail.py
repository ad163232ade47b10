"""CloudTrail data events: who called which model in which Project."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.bucket import AuditBucket
from stacks.constructs.key import CustomerKey

# Inference and guardrail calls are data events, which no trail records unless told to
# (https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html).
BEDROCK_DATA_EVENTS = ("AWS::BedrockMantle::Project", "AWS::Bedrock::Guardrail")


class DataEventTrail(Construct):
    """A trail of data events, with file validation, written to an audit bucket.

    CloudTrail's records carry model, tier and caller, and no prompt. The L2 construct cannot name these resource types,
    hence the L1 one.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the trail, unique in the account and Region. Fixed, so that the policies of bucket and key can name the
        trail before it exists.
    bucket
        Where the files go; the trail gets exactly the rights that it needs on it.
    key
        Key of the files.
    resource_types
        CloudTrail resource types whose data events are recorded.

    Example
    -------
    >>> key = CustomerKey(stack, "TrailKey", alias="cloister/trail", description="Files of the data event trail")
    >>> bucket = AuditBucket(stack, "Evidence", key=key.key, retention_days=400)
    >>> trail = DataEventTrail(stack, "Trail", name="Cloister-data-events", bucket=bucket, key=key)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        bucket: AuditBucket,
        key: CustomerKey,
        resource_types: Sequence[str] = BEDROCK_DATA_EVENTS,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name=name)
        key.allow_trail(self.arn)
        policies = self._allow_delivery(bucket, stack.account)
        self.trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=name,
            s3_bucket_name=bucket.bucket.bucket_name,
            kms_key_id=key.arn,
            is_logging=True,
            enable_log_file_validation=True,
            include_global_service_events=False,
            is_multi_region_trail=False,
            advanced_event_selectors=[
                cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
                    name=resource_type,
                    field_selectors=[
                        cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(field="eventCategory", equal_to=["Data"]),
                        cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(
                            field="resources.type", equal_to=[resource_type]
                        ),
                    ],
                )
                for resource_type in resource_types
            ],
        )
        for result in policies:
            if result.policy_dependable is not None:
                self.trail.node.add_dependency(result.policy_dependable)

    def _allow_delivery(self, bucket: AuditBucket, account: str) -> list[iam.AddToResourcePolicyResult]:
        """Let CloudTrail deliver this trail's files, bounded by the trail's ARN."""
        cloudtrail_service = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        only_this_trail = {"aws:SourceArn": self.arn}
        return [
            bucket.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="TrailChecksTheBucket",
                    principals=[cloudtrail_service],
                    actions=["s3:GetBucketAcl"],
                    resources=[bucket.bucket.bucket_arn],
                    conditions={"StringEquals": only_this_trail},
                )
            ),
            bucket.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="TrailDeliversItsFiles",
                    principals=[cloudtrail_service],
                    actions=["s3:PutObject"],
                    resources=[bucket.bucket.arn_for_objects(f"AWSLogs/{account}/*")],
                    conditions={"StringEquals": only_this_trail | {"s3:x-amz-acl": "bucket-owner-full-control"}},
                )
            ),
        ]
