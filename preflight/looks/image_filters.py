"""Whether the guardrail's content filters look at images in the Region. Nothing can be asked: AWS publishes a list."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, warning
from preflight.plan import Plan
from review.finding import Finding
from stacks.regions import IMAGE_FILTERS

_SOURCE = "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html"
_ALL = frozenset().union(*IMAGE_FILTERS.values())


def _ask(_account: Account, plan: Plan) -> Iterator[Finding]:
    there = IMAGE_FILTERS.get(plan.region, frozenset())
    if there == _ALL:
        yield ok(
            "image-filters", f"image filters in {plan.region}", f"AWS lists all of them: {', '.join(sorted(there))}"
        )
        return
    missing = ", ".join(sorted(_ALL - there))
    yield warning(
        "image-filters",
        f"image filters in {plan.region}",
        f"AWS lists {', '.join(sorted(there)) or 'none'} for images here, and not {missing}",
        why="What no filter looks at is not judged in an image; where there is none at all, images are refused.",
        cure=f"if that is not enough, leave 'images' out of {plan.deployment_file}, or set 'region' to one of "
        f"{', '.join(region for region, filters in IMAGE_FILTERS.items() if filters == _ALL)}",
        source=_SOURCE,
    )


LOOK = Look(
    "image-filters",
    "Image filters of the guardrail",
    "What no filter looks at is not judged.",
    _SOURCE,
    _ask,
)
