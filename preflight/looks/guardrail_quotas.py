"""How fast the account's guardrails may read, and so how large a prompt can be."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, warning
from preflight.looks._quota import applied
from preflight.plan import Plan
from review.finding import Finding
from stacks.guardrail_quotas import QUOTAS
from stacks.settings import merged

_SOURCE = "https://docs.aws.amazon.com/general/latest/gr/bedrock.html"
_UNIT = 1000
"""Characters of a text unit."""

_PATIENCE = 60
"""Seconds that somebody may wait for a prompt to be read, before a client's own limit is likely to end it."""


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    baseline = plan.settings.deployment.guardrail
    every = [baseline, *(merged(baseline, team.guardrail) for team in plan.settings.teams)]
    used = {policy for guardrail in every for policy in guardrail.policies}
    rates = {
        quota.name: (quota.code, *applied(account, "bedrock", quota.code, quota.default(plan.region).rate))
        for quota in QUOTAS
        if quota.policy in used
    }
    slowest, (code, rate, origin) = min(rates.items(), key=lambda item: item[1][1])
    largest = int(rate * _UNIT * _PATIENCE)
    window = max((plan.settings.catalogue.models[model].context_window for model in plan.models), default=0)
    found = (
        f"{slowest} read {rate:.0f} text units of {_UNIT:,} characters a second ({origin}), for all teams together: "
        f"a prompt of {int(rate * _UNIT):,} characters takes a second, the largest that is read within {_PATIENCE} s "
        f"has {largest:,}"
    )
    where = f"ApplyGuardrail in {plan.region}"
    # A token is about four characters of English, and fewer of most other languages and of code.
    if largest >= 4 * window:
        yield ok("guardrail-throughput", where, found)
        return
    yield warning(
        "guardrail-throughput",
        where,
        found,
        why=f"The teams' largest context window is {window:,} tokens, about {4 * window:,} characters: such a prompt "
        f"waits {4 * window / (rate * _UNIT):.0f} s before the model begins, and every other prompt with it.",
        cure=f"aws service-quotas request-service-quota-increase --service-code bedrock --quota-code {code} "
        f"--desired-value {max(200, int(rate) * 4)} --region {plan.region}",
        source=_SOURCE,
    )


LOOK = Look(
    "guardrail-throughput",
    "The guardrail's quotas, and the largest prompt",
    "Every prompt is read by the guardrail first, at the account's rate.",
    _SOURCE,
    _ask,
)
