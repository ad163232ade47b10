"""Whether the account is of the organisation that the settings let in."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    wanted = plan.settings.deployment.organization
    if wanted is None:
        yield ok("organization", "organisation", "none is named: the account alone is let in")
        return
    answer = account.ask("organizations", "DescribeOrganization", absent=("AWSOrganizationsNotInUseException",))
    found = answer["Organization"]["Id"] if answer else "none"
    if found == wanted:
        yield ok("organization", wanted, f"account {plan.account} is in it")
        return
    yield stops(
        "organization",
        wanted,
        f"the organisation of account {plan.account} is {found}",
        why="The APIs' endpoint lets principals of the named organisation pass, and nobody of this account is one.",
        cure=f"in {plan.deployment_file}, 'organization: {found}'"
        if found != "none"
        else f"leave 'organization' out of {plan.deployment_file}",
        source=_SOURCE,
    )


LOOK = Look(
    "organization",
    "The organisation",
    "The APIs' endpoint lets principals of the named organisation pass, and nobody else.",
    _SOURCE,
    _ask,
)
