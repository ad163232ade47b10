"""CloudTrail: who called which model in which Project, who read the evidence of it, and who changed what."""

from collections.abc import Mapping, Sequence
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.bucket import AuditBucket
from stacks.constructs.key import CustomerKey

# Inference and guardrail calls are data events, which no trail records unless told to
# (https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html).
BEDROCK_DATA_EVENTS = ("AWS::BedrockMantle::Project", "AWS::Bedrock::Guardrail")
_OBJECT = "AWS::S3::Object"


class DataEventTrail(Construct):
    """A trail of data events, with file validation, written to an audit bucket, whose own objects it watches as well.

    That a file is written to the bucket is an event too, so there is one event a file more than there would be.

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
    functions
        Beginning of the ARNs of functions that nobody is to invoke but AWS's services: the events of principals that
        invoke one are recorded, and not those of services, which have no ARN of their own. None are if left out.
    archives
        ARNs of other buckets whose objects are watched: who reads or writes one is recorded.
    management
        Whether changes are recorded that are made to the account's resources, by the events of management that write,
        in every Region: those of IAM are events of one Region
        (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events).

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
        functions: str | None = None,
        archives: Sequence[str] = (),
        management: bool = False,
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
            include_global_service_events=management,
            is_multi_region_trail=management,
            advanced_event_selectors=[
                *(_selector(resource_type, ("resources.type", [resource_type])) for resource_type in resource_types),
                _selector(
                    "Evidence",
                    ("resources.type", ["AWS::S3::Object"]),
                    starts={"resources.ARN": [bucket.bucket.arn_for_objects("")]},
                ),
                *([_archived(archives)] if archives else []),
                *([_invocations(stack, functions)] if functions else []),
                *([_selector("Changes", ("readOnly", ["false"]), category="Management")] if management else []),
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


def _selector(
    name: str,
    *equal: tuple[str, list[str]],
    starts: Mapping[str, list[str]] | None = None,
    category: Literal["Data", "Management"] = "Data",
) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name=name,
        field_selectors=[
            field(field="eventCategory", equal_to=[category]),
            *(field(field=key, equal_to=values) for key, values in equal),
            *(field(field=key, starts_with=values) for key, values in (starts or {}).items()),
        ],
    )


def _invocations(stack: Stack, functions: str) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    return _selector(
        "InvocationsByPrincipals",
        ("resources.type", ["AWS::Lambda::Function"]),
        starts={"resources.ARN": [functions], "userIdentity.arn": [f"arn:{stack.partition}:"]},
    )


def _archived(buckets: Sequence[str]) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    return _selector(
        "ArchivesOfPrompts",
        ("resources.type", [_OBJECT]),
        starts={"resources.ARN": [f"{bucket}/" for bucket in buckets]},
    )
