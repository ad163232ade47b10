"""How much an account's guardrails may read in a Region: AWS's quotas on ApplyGuardrail, one row a policy.

They are shared by all that is deployed in the account and Region. Rates and bursts are for the tier CLASSIC, as AWS's
general reference lists them (https://docs.aws.amazon.com/general/latest/gr/bedrock.html, read in November 2026). Where
it lists a rate and no burst, the burst here is the rate: what is not known to pass at once is not sent at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["QUOTAS", "Allowance", "Policy", "Quota", "allowances"]

Policy = Literal["content", "topics", "pii", "words"]

#: Regions with larger quotas than the others.
_FAST = frozenset({"us-east-1", "us-west-2"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be read: text units of 1,000 characters, a second and at once."""

    rate: int
    burst: int


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of text units.

    Attributes
    ----------
    policy
        Which policies of the guardrail it is on, as the settings name them.
    name
        For people.
    code
        Its code at Service Quotas, by which more is asked for.
    fast, other
        What AWS gives by default in us-east-1 and us-west-2, and elsewhere.
    government
        What it gives in GovCloud, where that is less.
    """

    policy: Policy
    name: str
    code: str
    fast: Allowance
    other: Allowance
    government: Allowance | None = None

    def default(self, region: str) -> Allowance:
        """Return what AWS gives by default in a Region.

        Examples
        --------
        >>> QUOTAS[1].default("us-east-1"), QUOTAS[1].default("eu-central-1")
        (Allowance(rate=50, burst=200), Allowance(rate=25, burst=25))
        """
        if region in _FAST:
            return self.fast
        return self.government if self.government and region.startswith("us-gov-") else self.other


QUOTAS: tuple[Quota, ...] = (
    Quota(
        "content",
        "content filters",
        "L-01F3CD81",
        fast=Allowance(200, 1000),
        other=Allowance(25, 1000),
        government=Allowance(25, 25),
    ),
    Quota("topics", "denied topics", "L-124DCF3D", fast=Allowance(50, 200), other=Allowance(25, 25)),
    Quota("pii", "sensitive information", "L-CFCAAB0E", fast=Allowance(200, 200), other=Allowance(25, 25)),
    Quota("words", "words", "L-9F4DB459", fast=Allowance(200, 200), other=Allowance(25, 25)),
)
#: Calls of ApplyGuardrail a second: 100, and 25 in GovCloud. What is refused for it is asked again.
REQUESTS_CODE = "L-9072D6F0"


def allowances(region: str, used: Collection[Policy], raised: Mapping[Policy, int]) -> list[Allowance]:
    """Return what a deployment's guardrail may read, each allowance once.

    Parameters
    ----------
    region
        The Region.
    used
        The policies that the guardrail has.
    raised
        Text units a second that the account was given where it asked for more. What AWS adds at once is not published:
        it is taken for the rate, where that is more than the default's burst.

    Examples
    --------
    >>> allowances("eu-central-1", ["content", "topics", "words"], {"topics": 100})
    [Allowance(rate=25, burst=1000), Allowance(rate=100, burst=100), Allowance(rate=25, burst=25)]
    """
    found: dict[Allowance, None] = {}
    for quota in QUOTAS:
        if quota.policy in used:
            default = quota.default(region)
            rate = raised.get(quota.policy, default.rate)
            found[Allowance(rate, max(rate, default.burst))] = None
    return list(found)
