"""Who reads the evidence, and does nothing else."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.bucket import AuditBucket
from stacks.constructs.digest_key import HMAC_SHA_256_ONLY
from stacks.constructs.key import CustomerKey


class AuditorRole(Construct):
    """A role that reads records, the trail and the archive, and decrypts what that takes; it changes nothing.

    It is of a path of its own, since the organisation's policies let Lambda alone take on the functions' roles. That it
    is taken on is an event of CloudTrail, each time, and so is each object of the bucket that it reads.

    CloudWatch Logs decrypts for whoever may read a group, so that the role needs no key for the records; S3 asks for
    the reader's right to the key.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    deployment
        Name of the deployment: beginning of the names of its log groups.
    auditors
        ARNs of the roles of this account that may take it on, or patterns for permission sets. Each needs
        ``sts:AssumeRole`` of its own besides.
    bucket, key
        The evidence bucket, and its key.
    trail_arn
        The trail.

    Example
    -------
    >>> key = CustomerKey(stack, "Key", alias="cloister/evidence", description="Audit bucket")
    >>> bucket = AuditBucket(stack, "Evidence", key=key.key, retention_days=400)
    >>> auditor = AuditorRole(
    ...     stack,
    ...     "Auditor",
    ...     deployment="Cloister",
    ...     auditors=["arn:aws:iam::111122223333:role/internal-audit"],
    ...     bucket=bucket,
    ...     key=key,
    ...     trail_arn="arn:aws:cloudtrail:us-east-1:111122223333:trail/Cloister-data-events",
    ... )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: str,
        auditors: Sequence[str],
        bucket: AuditBucket,
        key: CustomerKey,
        trail_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        if not auditors:
            raise ValueError("an auditor's role that nobody may take on is a mistake: name auditors, or leave it out")
        stack = Stack.of(self)
        groups = [
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"{name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in (f"{deployment}-*", "API-Gateway-Execution-Logs_*")
        ]
        objects = bucket.bucket.arn_for_objects("*")
        self.role = iam.Role(
            self,
            "Role",
            description=f"Reads the evidence of {deployment}, and does nothing else",
            path=f"/cloister-auditors/{deployment}/",
            max_session_duration=Duration.hours(1),
            # The account, which is to say IAM, bounded by the condition to those who are named.
            assumed_by=iam.AccountRootPrincipal().with_conditions({"ArnLike": {"aws:PrincipalArn": list(auditors)}}),
            inline_policies={
                "ReadEvidence": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="ReadRecords",
                            actions=[
                                *("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"),
                                *("logs:GetDataProtectionPolicy", "logs:StartQuery"),
                            ],
                            resources=groups,
                        ),
                        # What a query found has no resource of its own
                        # (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html).
                        iam.PolicyStatement(
                            sid="ReadWhatItsQueriesFound", actions=["logs:GetQueryResults"], resources=["*"]
                        ),
                        iam.PolicyStatement(
                            sid="ReadTrailAndArchive",
                            actions=["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"],
                            resources=[objects],
                        ),
                        iam.PolicyStatement(
                            sid="FindTrailAndArchive",
                            actions=[
                                *("s3:GetBucketLocation", "s3:GetBucketObjectLockConfiguration"),
                                *("s3:GetBucketPolicy", "s3:GetBucketVersioning", "s3:GetLifecycleConfiguration"),
                                *("s3:ListBucket", "s3:ListBucketVersions"),
                            ],
                            resources=[bucket.bucket.bucket_arn],
                        ),
                        iam.PolicyStatement(
                            sid="SeeThatTheTrailRuns",
                            actions=[
                                "cloudtrail:GetEventSelectors",
                                "cloudtrail:GetTrail",
                                "cloudtrail:GetTrailStatus",
                            ],
                            resources=[trail_arn],
                        ),
                        # Signatures are verified with the public key: nobody has to ask KMS for that.
                        iam.PolicyStatement(
                            sid="ReadPublicKeysOfRecords",
                            actions=["kms:DescribeKey", "kms:GetPublicKey"],
                            resources=[stack.format_arn(service="kms", resource="key", resource_name="*")],
                            conditions={
                                "ForAnyValue:StringLike": {
                                    "kms:ResourceAliases": f"alias/{deployment.lower()}/records/*"
                                }
                            },
                        ),
                        # Who knows a request has it confirmed by the digests in the records.
                        iam.PolicyStatement(
                            sid="ConfirmRequests",
                            actions=["kms:GenerateMac"],
                            resources=[stack.format_arn(service="kms", resource="key", resource_name="*")],
                            conditions={
                                "StringEquals": dict(HMAC_SHA_256_ONLY),
                                "ForAnyValue:StringLike": {
                                    "kms:ResourceAliases": f"alias/{deployment.lower()}/digests/*"
                                },
                            },
                        ),
                        iam.PolicyStatement(
                            sid="DecryptTrailAndArchive",
                            actions=["kms:Decrypt"],
                            resources=[key.arn],
                            conditions={"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}},
                        ),
                    ]
                )
            },
        )
