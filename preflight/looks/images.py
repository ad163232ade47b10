"""The buckets that images may come from, and the keys that encrypt them."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, warning
from preflight.plan import Plan
from review.finding import Finding
from stacks.settings import ImageBucket

_SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html"
_KEY = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    if not plan.settings.deployment.images:
        yield ok("image-bucket", "buckets of images", "none is named: S3 is not reached")
    for entry in plan.settings.deployment.images:
        yield from attempt(LOOK, entry.bucket, _bucket(account, plan, entry))
        if entry.key is not None:
            yield from attempt(LOOK, entry.key, _key(account, plan, entry.key))


def _bucket(account: Account, plan: Plan, entry: ImageBucket) -> Iterator[Finding]:
    answer = account.ask(
        "s3",
        "GetBucketLocation",
        Bucket=entry.bucket,
        ExpectedBucketOwner=plan.account,
        absent=("NoSuchBucket",),
    )
    # The first Region has no name here, and the first of Europe an old one.
    location = (answer or {}).get("LocationConstraint") or "us-east-1"
    region = "eu-west-1" if location == "EU" else location
    if answer is None:
        found = "there is no such bucket"
    elif region != plan.region:
        found = f"it is in {region}"
    else:
        yield ok("image-bucket", entry.bucket, "it is there")
        return
    yield warning(
        "image-bucket",
        entry.bucket,
        found,
        why="Its name leads to the deployment's endpoint, which reaches buckets of this account and Region: its "
        "images are refused.",
        cure=f"name a bucket of {plan.region} under 'images' in {plan.deployment_file}",
        source=_SOURCE,
    )


def _key(account: Account, plan: Plan, arn: str) -> Iterator[Finding]:
    answer = account.ask("kms", "DescribeKey", KeyId=arn, absent=("NotFoundException",))
    state = answer["KeyMetadata"]["KeyState"] if answer else "not there"
    if state == "Enabled":
        yield ok("image-key", arn, "it is enabled")
        return
    yield warning(
        "image-key",
        arn,
        f"its state is {state}",
        why="What it encrypts cannot be read: the images are refused.",
        cure=f"aws kms enable-key --key-id {arn} --region {plan.region}, or correct 'key' in {plan.deployment_file}",
        source=_KEY,
    )


LOOK = Look(
    "image-bucket",
    "Buckets of images and their keys",
    "Images are read from buckets of this account and Region.",
    _SOURCE,
    _ask,
)
