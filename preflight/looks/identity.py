"""Whose account the credentials are of."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    caller = account.ask("sts", "GetCallerIdentity")
    pinned = plan.settings.deployment.account
    if pinned is not None and pinned != caller["Account"]:
        yield stops(
            "identity",
            caller["Arn"],
            f"the credentials are of account {caller['Account']}; the deployment is pinned to {pinned}",
            why="The stacks name the account; CDK refuses to deploy them to another one.",
            cure=f'sign in to account {pinned}, or set account: "{caller["Account"]}" in {plan.deployment_file}',
            source=_SOURCE,
        )
    else:
        yield ok("identity", caller["Arn"], f"account {caller['Account']}, {plan.region}")


LOOK = Look("identity", "Whose credentials these are", "Every other answer is about this account.", _SOURCE, _ask)
