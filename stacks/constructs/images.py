"""What a team's proxy may read so that images can be named by their place in S3."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

# What IAM, or the list that the function is given, would read as something else than itself.
_NOT_ITSELF = frozenset("*?$,")


def image_rights(stack: Stack, places: Sequence[str], keys: Mapping[str, str]) -> list[iam.PolicyStatement]:
    """Return the right to read the objects at some places, and to have S3 decrypt them on one's behalf.

    Reading by version, listing and everything else that S3 has is left out. The key is of use through S3 alone, as
    ``kms:ViaService`` says
    (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service). A bucket of
    another account that comes to have a name that is free again is not read: ``aws:ResourceAccount`` is filled for S3
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount).

    Parameters
    ----------
    stack
        The stack of the function; its account is the buckets'.
    places
        Buckets, each by its name for all of it, or with a prefix that ends in ``/``.
    keys
        ARNs of the customer-managed keys by bucket; those of other buckets are left out.

    Raises
    ------
    ValueError
        When a place is wider than it looks.

    Example
    -------
    >>> rights = image_rights(stack, ["acme-pictures/atlas/"], {})
    >>> [right.sid for right in rights]
    ['ReadImages']
    """
    resources = []
    for place in places:
        bucket, _, prefix = place.partition("/")
        if not bucket or _NOT_ITSELF & set(place) or (prefix and not prefix.endswith("/")):
            raise ValueError(
                f"{place!r} is no place for images: needs 'bucket' or 'bucket/prefix/', without * ? $ or ,"
            )
        resources.append(
            stack.format_arn(service="s3", region="", account="", resource=bucket, resource_name=f"{prefix}*")
        )
    if not resources:
        return []
    rights = [
        iam.PolicyStatement(
            sid="ReadImages",
            actions=["s3:GetObject"],
            resources=resources,
            conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},
        )
    ]
    used = sorted({keys[bucket] for place in places if (bucket := place.partition("/")[0]) in keys})
    if used:
        rights.append(
            iam.PolicyStatement(
                sid="S3DecryptsTheImages",
                actions=["kms:Decrypt"],
                resources=used,
                conditions={"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}},
            )
        )
    return rights
