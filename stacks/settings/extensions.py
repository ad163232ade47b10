"""``extensions`` in ``cloister.yaml``: the buckets and queues that the network opens to functions of the teams' own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field, model_validator

from stacks.catalogue import Frozen
from stacks.settings.errors import Mistake, shown
from stacks.settings.images import Bucket
from stacks.settings.kinds import listed, text, wrong
from stacks.settings.source import Document
from stacks.settings.validate import nearest

__all__ = ["Extension", "Opened", "mistakes"]

# Of a standard queue: the name of another ends in '.fifo'
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html).
Queue = Annotated[str, *text(r"[A-Za-z0-9_-]{1,80}", "needs up to 80 letters, digits, '-' and '_'", 80)]


class Extension(Frozen):
    """A bucket that one team's own functions read and write, or a queue that they send to and receive from."""

    bucket: Bucket | None = Field(
        default=None, description="A bucket's name: of the deployment's account and Region, without dots."
    )
    queue: Queue | None = Field(
        default=None, description="A standard queue's name: of the deployment's account and Region."
    )
    team: Annotated[str, *text(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", "needs the name of a team's file", 20)] = Field(
        description="The team whose functions may: no other's pass the endpoint to it."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Extension:
        if (self.bucket is None) == (self.queue is None):
            found = "neither" if self.bucket is None else "both"
            raise wrong("needs either 'bucket' or 'queue': an entry for each", f"found {found} of them")
        return self

    @property
    def what(self) -> str:
        """What is opened, in words that tell it from anything else that is."""
        return f"the bucket {self.bucket}" if self.bucket else f"the queue {self.queue}"


Opened = Annotated[
    tuple[Extension, ...],
    *listed(0, 10, "needs up to 10 buckets and queues, each once", key=lambda entry: entry.what),
]


def mistakes(deployment: Document, teams: Collection[str]) -> Iterator[Mistake]:
    """Find what is opened to teams that there are not, and buckets that images come from.

    Parameters
    ----------
    deployment
        The deployment's file.
    teams
        Names of the teams' files.
    """
    entries = deployment.get("extensions")
    for index in range(len(entries) if isinstance(entries, tuple) else 0):
        team = deployment.text("extensions", index, "team")
        if team is not None and team not in teams:
            yield deployment.mistake(("extensions", index, "team"), f"found {shown(team)}", nearest(team, teams))
        yield from _bucket(deployment, ("extensions", index, "bucket"))


def _bucket(deployment: Document, place: tuple[str | int, ...]) -> Iterator[Mistake]:
    bucket = deployment.text(*place)
    if bucket is None:
        return
    if bucket.startswith(f"{(deployment.text('name') or '').lower()}-audit-"):
        yield deployment.mistake(
            place, f"found {shown(bucket)}, named as the deployment's own evidence is", "needs a bucket of the team's"
        )
    images = deployment.get("images")
    entries = range(len(images) if isinstance(images, tuple) else 0)
    if bucket in [deployment.text("images", index, "bucket") for index in entries]:
        yield deployment.mistake(
            place,
            f"found {shown(bucket)}, which 'images' names too",
            "needs a bucket of its own: what a function writes would be read as an image",
        )
