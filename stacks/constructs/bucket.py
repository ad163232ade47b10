"""The bucket that holds the account's evidence."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

_RETENTIONS: Mapping[str, Callable[[Duration], s3.ObjectLockRetention]] = MappingProxyType(
    {"governance": s3.ObjectLockRetention.governance, "compliance": s3.ObjectLockRetention.compliance}
)


class AuditBucket(Construct):
    """A versioned bucket under a customer-managed key, closed to the public and to plain HTTP.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    key
        Key of the objects.
    retention_days
        Days until an object is deleted: then its last version is kept on, as one that is superseded.
    superseded_days
        Days that a version is kept once another, or the object's deletion, has taken its place, where a lock does not
        keep it for longer; as many again if left out
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle).
    name
        Its name, where something has to know it before it is there; CloudFormation makes one up if it is left out.
    lock
        Mode of S3 Object Lock, by which no version is deleted before the days are over: ``governance`` but for whoever
        may ``s3:BypassGovernanceRetention``, ``compliance`` for nobody at all
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).

    Example
    -------
    >>> key = CustomerKey(stack, "TrailKey", alias="cloister/trail", description="Files of the data event trail")
    >>> bucket = AuditBucket(stack, "Evidence", key=key.key, retention_days=400)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        retention_days: int,
        lock: Literal["governance", "compliance"] | None = None,
        name: str | None = None,
        superseded_days: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            # A bucket key would put the bucket in place of the trail in the encryption context that the key's policy
            # is conditioned on; at one file every few minutes it would save nothing.
            bucket_key_enabled=False,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_lock_default_retention=_RETENTIONS[lock](Duration.days(retention_days)) if lock else None,
            # Emptying a bucket on deletion takes a helper function that may delete everything in it: evidence stays.
            removal_policy=RemovalPolicy.RETAIN,
            auto_delete_objects=False,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Retention",
                    expiration=Duration.days(retention_days),
                    noncurrent_version_expiration=Duration.days(superseded_days or retention_days),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
        )
