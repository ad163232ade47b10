"""The archive of one team's prompts and answers: a bucket and a key of its own, and the one role that reads it."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.bucket import AuditBucket
from stacks.constructs.key import CustomerKey

# Everything that gives the bytes of an object, or says anything of them
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
_READ = (
    *("s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectTorrent", "s3:GetObjectVersion"),
    *("s3:GetObjectVersionAttributes", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTorrent"),
)
_WRITE = ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:ReplicateObject")
_UNDO = (
    *("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectLegalHold"),
    *("s3:PutObjectRetention", "s3:ReplicateDelete"),
)
# What opens what the key has closed, in KMS or by way of a grant.
_DECRYPT = ("kms:CreateGrant", "kms:Decrypt", "kms:ReEncryptFrom")
_ENCRYPT = (
    *("kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptTo"),
)


class PromptArchive(Construct):
    """A bucket under Object Lock that a team's proxy writes to, unseen, and one role reads.

    The policies of bucket and key deny reading to everybody but that role, writing to everybody but proxies, and
    deleting to everybody, whatever IAM allows, the root user included: while these policies stand. Whoever may change
    them can undo that for what is archived later, and Object Lock keeps what is there. That one of them is changed is
    for an alarm to tell (`stacks.changes`).

    The role is of a path of its own: a denial knows it by that, so key, role and boundary need not name each other.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the bucket, which the network has to know before it is there.
    team, deployment
        Whose prompts and answers they are.
    writers
        ARN of the roles that may write, with a wildcard for their names; which of them may is said by `writing`.
    readers
        ARNs of the roles of this account that may take on the reader, or patterns for permission sets. Each needs
        ``sts:AssumeRole`` of its own besides.
    retention_days, lock
        As of `AuditBucket`; here there is always a lock.
    administrators
        As of `CustomerKey`.

    Attributes
    ----------
    reader
        The role that reads the archive, and does nothing else.

    Example
    -------
    >>> archive = PromptArchive(
    ...     stack,
    ...     "Prompts",
    ...     name="cloister-audit-atlas-6f5ce085c6",
    ...     team="atlas",
    ...     deployment="Cloister",
    ...     writers="arn:aws:iam::111122223333:role/cloister/Cloister/proxy/*",
    ...     readers=["arn:aws:iam::111122223333:role/internal-audit"],
    ...     retention_days=400,
    ...     lock="governance",
    ... )
    >>> [statement.sid for statement in archive.writing()]
    ['ArchivePrompts', 'S3EncryptsTheArchive']
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        team: str,
        deployment: str,
        writers: str,
        readers: Sequence[str],
        retention_days: int,
        lock: Literal["governance", "compliance"],
        administrators: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        if not readers:
            raise ValueError("an archive that nobody may read is a mistake: name readers, or leave it out")
        stack = Stack.of(self)
        self.name = name
        self._team = team
        path = f"/cloister-auditors/{deployment}/prompts/{team}/"
        reader = stack.format_arn(service="iam", region="", resource="role", resource_name=f"{path[1:]}*")
        self.key = CustomerKey(
            self,
            "Key",
            alias=f"{deployment.lower()}/prompts/{team}",
            description=f"Archive of the prompts and answers of team {team} of {deployment}",
            administrators=administrators,
        )
        self.key.allow_through("s3", ["kms:Decrypt", "kms:GenerateDataKey"], sid="ArchiveThroughS3")
        for denial in (
            _nobody_else("NobodyElseDecrypts", _DECRYPT, ["*"], reader),
            _nobody_else("NobodyElseEncrypts", _ENCRYPT, ["*"], writers),
        ):
            self.key.key.add_to_resource_policy(denial)
        self.bucket = AuditBucket(
            self,
            "Bucket",
            key=self.key.key,
            retention_days=retention_days,
            lock=lock,
            name=name,
            # The lock keeps every version for its time, and prompts are to be kept no longer.
            superseded_days=1,
        ).bucket
        objects = [self.bucket.arn_for_objects("*")]
        for denial in (
            _nobody_else("NobodyElseReads", _READ, objects, reader),
            _nobody_else("NobodyElseWrites", _WRITE, objects, writers),
            _nobody_else("NobodyDeletes", _UNDO, objects),
        ):
            self.bucket.add_to_resource_policy(denial)
        if self.bucket.policy is None:
            raise ValueError("the bucket has no policy, and so is open to whomever IAM lets in")
        # The bucket stays when the archive is given up; without its policy it would be open to whomever IAM lets in.
        self.bucket.policy.apply_removal_policy(RemovalPolicy.RETAIN)
        self.reader = iam.Role(
            self,
            "Reader",
            description=f"Reads the archive of prompts and answers of team {team}, and does nothing else",
            path=path,
            max_session_duration=Duration.hours(1),
            # The account, which is to say IAM, bounded by the condition to those who are named.
            assumed_by=iam.AccountRootPrincipal().with_conditions({"ArnLike": {"aws:PrincipalArn": list(readers)}}),
            inline_policies={"ReadPrompts": iam.PolicyDocument(statements=self._reading(objects))},
        )

    def writing(self) -> list[iam.PolicyStatement]:
        """Return what lets a role put objects below the team's name, encrypted by S3 on its behalf, for its policy.

        A bucket of another account that comes to have this one's name gets nothing: ``aws:ResourceAccount``.
        """
        stack = Stack.of(self)
        return [
            iam.PolicyStatement(
                sid="ArchivePrompts",
                actions=["s3:PutObject"],
                resources=[
                    stack.format_arn(
                        service="s3", region="", account="", resource=self.name, resource_name=f"{self._team}/*"
                    )
                ],
                conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},
            ),
            iam.PolicyStatement(
                sid="S3EncryptsTheArchive",
                actions=["kms:GenerateDataKey"],
                resources=[self.key.arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}},
            ),
        ]

    def _reading(self, objects: Sequence[str]) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                sid="ReadPrompts",
                actions=["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"],
                resources=list(objects),
            ),
            iam.PolicyStatement(
                sid="FindPrompts",
                actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"],
                resources=[self.bucket.bucket_arn],
            ),
            iam.PolicyStatement(
                sid="DecryptPrompts",
                actions=["kms:Decrypt"],
                resources=[self.key.arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}},
            ),
        ]


def _nobody_else(
    sid: str, actions: Sequence[str], resources: Sequence[str], but: str | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=list(resources),
        conditions={"ArnNotLike": {"aws:PrincipalArn": but}} if but else None,
    )
