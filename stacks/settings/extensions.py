"""``extensions`` in ``cloister.yaml``: the S3 buckets that the network opens to functions of the teams' own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from stacks.catalogue import Frozen
from stacks.settings.errors import Mistake, shown
from stacks.settings.images import Bucket
from stacks.settings.kinds import listed, text
from stacks.settings.source import Document
from stacks.settings.validate import nearest

__all__ = ["ExtensionBucket", "ExtensionBuckets", "mistakes"]


class ExtensionBucket(Frozen):
    """A bucket that one team's own functions read and write."""

    bucket: Bucket = Field(description="The bucket's name: of the deployment's account and Region, without dots.")
    team: Annotated[str, *text(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", "needs the name of a team's file", 20)] = Field(
        description="The team whose functions may: no other's pass the endpoint to it."
    )


ExtensionBuckets = Annotated[
    tuple[ExtensionBucket, ...],
    *listed(0, 10, "needs up to 10 buckets, each once", key=lambda entry: entry.bucket),
]


def mistakes(deployment: Document, teams: Collection[str]) -> Iterator[Mistake]:
    """Find buckets of teams that there are not, buckets that images come from, and buckets where a hub has the way.

    Parameters
    ----------
    deployment
        The deployment's file.
    teams
        Names of the teams' files.
    """
    entries = deployment.get("extensions")
    count = len(entries) if isinstance(entries, tuple) else 0
    if count and deployment.text("network", "mode") == "hub":
        yield deployment.mistake(
            ("extensions",),
            "found buckets, and the endpoints are a hub's",
            "leave them out: in mode 'hub' the network is not opened to functions of the teams' own",
        )
    own = f"{(deployment.text('name') or '').lower()}-audit-"
    images = deployment.get("images")
    pictures = [
        name
        for index in range(len(images) if isinstance(images, tuple) else 0)
        if (name := deployment.text("images", index, "bucket"))
    ]
    for index in range(count):
        team = deployment.text("extensions", index, "team")
        if team is not None and team not in teams:
            yield deployment.mistake(("extensions", index, "team"), f"found {shown(team)}", nearest(team, teams))
        bucket = deployment.text("extensions", index, "bucket")
        if bucket is not None and bucket.startswith(own):
            yield deployment.mistake(
                ("extensions", index, "bucket"),
                f"found {shown(bucket)}, named as the deployment's own evidence is",
                "needs a bucket of the team's",
            )
        if bucket in pictures:
            yield deployment.mistake(
                ("extensions", index, "bucket"),
                f"found {shown(bucket)}, which 'images' names too",
                "needs a bucket of its own: what a function writes would be read as an image",
            )
