"""Buckets that the settings name: on AWS they are there already, so here they are made, empty."""

from __future__ import annotations

from local.deployment import Deployment

__all__ = ["ensure"]


def ensure(here: Deployment) -> str:
    """Make those that are not there; return what to say about it, empty when nothing was made.

    Parameters
    ----------
    here
        The deployment, its embedded AWS running.
    """
    place = here.settings.deployment
    opened = (entry.bucket for entry in place.extensions if entry.bucket)
    named = dict.fromkeys([*opened, *(image.bucket for image in place.images)])
    if not named:
        return ""
    s3 = here.aws.client("s3")
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    made = [name for name in named if name not in there]
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: us-east-1 is no constraint.
    where = {} if here.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": here.region}}
    for name in made:
        s3.create_bucket(Bucket=name, **where)
    return (
        f"; {' and '.join(made)} made, empty, as the settings name {'it' if len(made) == 1 else 'them'}" if made else ""
    )
