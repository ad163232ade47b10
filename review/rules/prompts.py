"""Where functions write what they have heard: the archives of prompts, as the rules find them."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam.matching import action_listed
from review.identities import Identity
from review.rules.facts import function_roles

Archived = tuple[Identity, str, Resource | None]
_WRITES = "s3:PutObject"


def archives(deployment: Deployment) -> list[Archived]:
    """Every place in S3 that a function's role may write to, with that role, and the bucket if it is of its own stack.

    A function of this kit has nothing else to write there than what passes it. A role that may write anywhere has `*`
    for its place, and no bucket. Where a team's own functions write is held to the buckets that are opened to them (the
    claim `nothing-changed`).
    """
    return deployment.once(_archives)


def _archives(deployment: Deployment) -> list[Archived]:
    found: list[Archived] = []
    for role in (role for role in function_roles(deployment) if role.part != "extension"):
        for statement in role.groups[0]:
            if statement.effect != "Allow" or statement.action is None or not action_listed(statement.action, _WRITES):
                continue
            resource = statement.resource
            places = ("*",) if resource is None or resource.negated else resource.values
            found += [(role, place, bucket_of(deployment, role.resource.stack, place)) for place in places]
    return found


def bucket_of(deployment: Deployment, stack: str, place: str) -> Resource | None:
    """The bucket of a stack that a place is in; None if it is in no bucket of it."""
    for bucket in deployment.assembly.of_type("AWS::S3::Bucket"):
        if bucket.stack == stack and place.startswith(f"{deployment.resolver.arn(bucket)}/"):
            return bucket
    return None
