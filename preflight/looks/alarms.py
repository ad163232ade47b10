"""Whether anybody is told of an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"


def _ask(_account: Account, plan: Plan) -> Iterator[Finding]:
    alarms = plan.settings.deployment.alarms
    if alarms.email:
        yield ok("alarms", plan.topic, f"alarms go to {alarms.told}")
        return
    yield warning(
        "alarms",
        plan.topic,
        "alarms are raised and nobody is told: no address is named",
        why="A change of the guardrail, of a role or of the trail raises an alarm that is seen only by who looks.",
        cure=f"'email' under 'alarms' in {plan.deployment_file}, or a subscription of your own to the topic",
        source=_SOURCE,
    )


LOOK = Look(
    "alarms",
    "Who is told of alarms",
    "An alarm that nobody hears is a line on a page.",
    _SOURCE,
    _ask,
)
