"""How many requests the account's functions may serve at once."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, warning
from preflight.plan import Plan
from review.finding import Finding
from review.words import many

_SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"
_CODE = "L-B99A9384"
# New accounts begin with 10 (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). A stream holds
# an execution for as long as it lasts, minutes where a model reasons: below this a few users of a team stop all others.
_FEW = 100


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    limits = account.ask("lambda", "GetAccountSettings")["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    where = "Lambda's concurrent executions"
    found = f"{free} of {limits['ConcurrentExecutions']} are not reserved, for {many(len(plan.teams), 'team')}"
    if free >= _FEW:
        yield ok("concurrency", where, found)
        return
    yield warning(
        "concurrency",
        where,
        found,
        why=f"A streamed answer holds one for minutes: {free} streams at once, and everybody else is answered 429.",
        cure=f"aws service-quotas request-service-quota-increase --service-code lambda --quota-code {_CODE} "
        f"--desired-value 1000 --region {plan.region}",
        source=_SOURCE,
    )


LOOK = Look(
    "concurrency",
    "Lambda's concurrency",
    "A stream holds an execution for minutes, and new accounts have 10.",
    _SOURCE,
    _ask,
)
