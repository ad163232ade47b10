"""``images`` in ``cloister.yaml`` and in a team's file: the S3 buckets that images may come from, and for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.catalogue import Catalogue, Frozen
from stacks.regions import IMAGE_FILTERS
from stacks.settings.errors import Mistake, shown
from stacks.settings.kinds import listed, text, wrong
from stacks.settings.source import Document
from stacks.settings.validate import nearest

__all__ = ["ImageBucket", "ImageBuckets", "ImagePlaces", "bucket_problem", "deployment", "place_problem", "team"]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# Of the characters that S3 calls safe in keys, all but those that a policy reads as something else (`*`, `?`, `$`); a
# comma would end an entry in the list that the function is given
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
_SEGMENT = r"[A-Za-z0-9!_.'()-]+"
# Ten of these, and ten keys, fit into the permissions boundary of a proxy, which may have 6,144 characters.
_PLACE_LIMIT = 128


def bucket_problem(value: str) -> str | None:
    """Say what is wrong with the name of a bucket for images, None if nothing is.

    Examples
    --------
    >>> bucket_problem("acme-pictures")
    >>> bucket_problem("acme.pictures")
    "needs a bucket without dots in its name: AWS's certificate covers one label before '.s3'"
    """
    for start in _RESERVED_STARTS:
        if value.startswith(start):
            return f"needs a bucket's own name: S3 keeps what starts with '{start}' for itself"
    for end in _RESERVED_ENDS:
        if value.endswith(end):
            return f"needs a bucket's own name: S3 keeps what ends with '{end}' for itself"
    if "." in value and re.fullmatch(_BUCKET, value.replace(".", "-")):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
        return "needs a bucket without dots in its name: AWS's certificate covers one label before '.s3'"
    right = "needs a bucket's name: 3 to 63 lower-case letters, digits and hyphens, no hyphen first or last"
    return None if re.fullmatch(_BUCKET, value) else right


def place_problem(value: str) -> str | None:
    """Say what is wrong with a bucket, or a bucket and a prefix, None if nothing is.

    Examples
    --------
    >>> place_problem("acme-pictures")
    >>> place_problem("acme-pictures/atlas/")
    >>> place_problem("acme-pictures/atlas")
    "did you mean 'acme-pictures/atlas/'? (without the '/' it would cover names that only start alike)"
    """
    if value.startswith("s3://"):
        return "needs 'bucket' or 'bucket/prefix/', without 's3://'"
    bucket, slash, prefix = value.partition("/")
    if right := bucket_problem(bucket):
        return right
    if slash and not prefix:
        return f"did you mean '{bucket}'? (all of a bucket is its name alone)"
    if prefix and not prefix.endswith("/"):
        return f"did you mean '{value}/'? (without the '/' it would cover names that only start alike)"
    segments = prefix.split("/")[:-1]
    if any(segment in ("", ".", "..") for segment in segments):
        return "needs a prefix without an empty part, '.' or '..'"
    if not all(re.fullmatch(_SEGMENT, segment) for segment in segments):
        return "needs a prefix of letters, digits and ! _ . - ' ( )"
    return None if len(value) <= _PLACE_LIMIT else f"needs {_PLACE_LIMIT} characters at most"


def _bucket(value: str) -> str:
    if right := bucket_problem(value):
        raise wrong(right)
    return value


def _place(value: str) -> str:
    if right := place_problem(value):
        raise wrong(right)
    return value


Bucket = Annotated[
    str, AfterValidator(_bucket), Field(json_schema_extra={"pattern": f"^({_BUCKET})$", "maxLength": 63})
]
# A policy knows a key by its id; an alias there would name nothing
# (https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html).
KeyArn = Annotated[
    str,
    *text(
        r"arn:(aws|aws-us-gov):kms:[a-z0-9-]+:[0-9]{12}:"
        r"key/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})",
        "needs the ARN of a key by its id, not by an alias, as "
        "'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555'",
        120,
    ),
]


class ImageBucket(Frozen):
    """A bucket that images may come from."""

    bucket: Bucket = Field(description="The bucket's name: of the deployment's account and Region, without dots.")
    key: KeyArn | None = Field(
        default=None,
        description="The customer-managed KMS key that encrypts its objects, by ARN; left out when S3's own keys do.",
    )


ImageBuckets = Annotated[
    tuple[ImageBucket, ...],
    *listed(0, 10, "needs up to 10 buckets, each once", key=lambda entry: entry.bucket),
]
ImagePlace = Annotated[
    str,
    AfterValidator(_place),
    Field(json_schema_extra={"pattern": f"^({_BUCKET}(/({_SEGMENT}/)+)?)$", "maxLength": _PLACE_LIMIT}),
]
ImagePlaces = Annotated[
    tuple[ImagePlace, ...], *listed(0, 10, "needs up to 10 buckets or prefixes of buckets, each once")
]


def deployment(document: Document) -> Iterator[Mistake]:
    """Check that the keys are where the deployment is."""
    region, account = document.text("region"), document.text("account")
    partition = "aws-us-gov" if (region or "").startswith("us-gov-") else "aws"
    images = document.get("images")
    for index in range(len(images) if isinstance(images, tuple) else 0):
        found = document.text("images", index, "bucket") or ""
        if found.startswith(f"{(document.text('name') or '').lower()}-audit-"):
            yield document.mistake(
                ("images", index, "bucket"),
                f"found {shown(found)}, named as the deployment's own evidence is",
                "needs another bucket: what is kept there is not sent to a model",
            )
        place = ("images", index, "key")
        parts = (document.text(*place) or "").split(":")
        if len(parts) < 6 or region is None:
            continue
        if parts[1] != partition:
            yield document.mistake(place, f"found a key of {shown(parts[1])}", f"{region} is in '{partition}'")
        elif parts[3] != region:
            yield document.mistake(place, f"found a key of {shown(parts[3])}", f"needs a key of {region}")
        elif account is not None and parts[4] != account:
            yield document.mistake(
                place, f"found a key of account {shown(parts[4])}", f"needs a key of this account, {account}"
            )
    if images and region is not None:
        yield from _judged(document, region)


def _judged(document: Document, region: str) -> Iterator[Mistake]:
    """Check that a filter of the guardrail looks at images here: without one, no image may reach a model."""
    filters = IMAGE_FILTERS.get(region, frozenset())
    content = document.get("guardrail", "content")
    strengths = content if isinstance(content, dict) else {}
    if not filters:
        yield document.mistake(
            ("images",),
            f"found buckets, and Bedrock Guardrails has no image filter in {region}",
            "leave them out: requests with images are refused here, since nothing would look at them",
        )
    elif strengths and all(strengths.get(name, "none") == "none" for name in filters):
        yield document.mistake(
            ("images",),
            "found buckets, and every filter of the guardrail that looks at images is 'none'",
            f"turn one of them on, or leave the buckets out: {', '.join(sorted(filters & strengths.keys()))}",
        )


def team(document: Document, deployment: Document | None, known: Catalogue | None) -> Iterator[Mistake]:
    """Check a team's places against the deployment's buckets, and its models against having images at all."""
    places = document.texts("images")
    if deployment is not None:
        images = deployment.get("images")
        entries = range(len(images) if isinstance(images, tuple) else 0)
        buckets = [name for index in entries if (name := deployment.text("images", index, "bucket"))]
        for index, found in places:
            bucket = found.partition("/")[0]
            if bucket not in buckets:
                right = nearest(bucket, buckets) if buckets else "no bucket is named there: add it under 'images'"
                yield document.mistake(
                    ("images", index), f"found the bucket {shown(bucket)}, which cloister.yaml lacks", right
                )
    named = [name for _, name in document.texts("models")]
    if places and known is not None and named and set(named) <= set(known.models):
        able = sorted(name for name, model in known.models.items() if "image" in model.modalities)
        if not set(named) & set(able):
            yield document.mistake(
                ("images",),
                "found places for images, and none of the team's models takes images",
                f"leave it out, or add a model that does: {', '.join(able) or 'the catalogue has none'}",
            )
