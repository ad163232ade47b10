"""``company`` in ``cloister.yaml``: what a company demands of everything that is made in its accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.catalogue import Frozen, FrozenMapping
from stacks.settings.errors import Mistake, shown
from stacks.settings.kinds import Label, listed, text, wrong
from stacks.settings.source import Document

__all__ = ["KIT", "Company", "Tags", "mistakes"]

#: Keys that the kit gives by itself: `deployment` to all that it makes, the others to what is a team's.
KIT = ("deployment", "team", "owner", "contact")

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_KEY = re.compile(r"(?!aws:)[\w.:/=+@-]{1,100}", re.IGNORECASE)


def _not_the_kits(tags: Mapping[str, str]) -> Mapping[str, str]:
    if taken := sorted(set(tags) & set(KIT)):
        raise wrong("leave out what the kit sets itself", f"found {', '.join(taken)}")
    if strange := [key for key in tags if not _KEY.fullmatch(key)]:
        right = "needs keys of up to 100 letters, digits and _ . : / = + - @, and not 'aws:' first"
        raise wrong(right, f"found {shown(strange[0])}")
    if len(tags) > 20:  # of AWS's 50 for a resource, which others set too
        raise wrong("needs up to 20 tags", f"found {len(tags)} of them")
    return tags


Tags = Annotated[FrozenMapping[str, Label], AfterValidator(_not_the_kits)]


class Company(Frozen):
    """Rules of the company, which hold for each stack."""

    tags: Tags = Field(default_factory=dict, description="Tags of all that is made.")
    mandatory_tags: Annotated[tuple[str, ...], *listed(0, 20, "needs up to 20 keys, each once")] = Field(
        default=(),
        description="Keys that every resource has to carry; the deployment's tags need a value for each.",
    )
    role_prefix: Annotated[str, *text(r"[A-Za-z0-9+=,.@_-]+", "needs the beginning of a role's name", 20)] | None = (
        Field(
            default=None,
            description="What the name of every role begins with, and so the deployment's: CloudFormation names roles "
            "after it.",
        )
    )
    logs_key: (
        Annotated[
            str,
            *text(
                r"arn:(aws|aws-us-gov):kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
                "needs the ARN of a key, 'arn:aws:kms:us-east-1:123456789012:key/…', and no alias",
                200,
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="A key that is there already, for every log group in place of one of the deployment's own; its "
        "policy has to let CloudWatch Logs use it for them.",
    )


def mistakes(deployment: Document) -> Iterator[Mistake]:
    """Find mandatory tags that something would lack, and a name that the company's prefix is not in."""
    tags = deployment.get("company", "tags")
    there = {*(tags if isinstance(tags, dict) else ()), "deployment"}
    for index, key in deployment.texts("company", "mandatory_tags"):
        if key not in there:
            yield deployment.mistake(
                ("company", "mandatory_tags", index),
                f"found {shown(key)}, which the platform's resources would lack",
                f"add '{key}: …' under 'company.tags'; a team's file may have a value of its own",
            )
    prefix, name = deployment.text("company", "role_prefix"), deployment.text("name")
    if prefix is not None and name is not None and not name.startswith(prefix):
        yield deployment.mistake(
            ("name",), f"found {shown(name)}, and CloudFormation names roles after it", f"needs {shown(prefix)} first"
        )
