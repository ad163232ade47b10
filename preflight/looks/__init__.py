"""The looks, one a module: each asks the account about one thing, and says what it found."""

from preflight.looks import (
    alarms,
    bootstrap,
    clashes,
    concurrency,
    counts,
    gateway,
    guardrail_quotas,
    guardrail_versions,
    identity,
    image_filters,
    images,
    inference,
    leftovers,
    models,
    organization,
    references,
    retention,
    roles,
    stacks,
    subnets,
    types,
    vpc,
    zones,
)
from preflight.looks._base import Look, attempt, unanswered

__all__ = ["INFERENCE", "LOOKS", "Look", "attempt", "unanswered"]

#: The one look that a model answers, and so costs something: 16 tokens a model.
INFERENCE = inference.LOOK

#: Every look, in the order in which a person thinks of them.
LOOKS = (
    identity.LOOK,
    bootstrap.LOOK,
    stacks.LOOK,
    leftovers.LOOK,
    zones.LOOK,
    vpc.LOOK,
    subnets.LOOK,
    clashes.LOOK,
    references.LOOK,
    types.LOOK,
    models.LOOK,
    inference.LOOK,
    retention.LOOK,
    roles.LOOK,
    organization.LOOK,
    guardrail_quotas.LOOK,
    guardrail_versions.LOOK,
    image_filters.LOOK,
    images.LOOK,
    gateway.LOOK,
    alarms.LOOK,
    concurrency.LOOK,
    counts.LOOK,
)
