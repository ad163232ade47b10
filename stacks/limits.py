"""How much of an account's limits in a Region a deployment's teams take: known before anything is deployed.

These are AWS's defaults, of which most can be raised; what else is in the account is seen by the preflight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stacks.settings import Team

__all__ = ["LIMITS", "Limit", "warnings"]

_NEAR = 80  # per cent


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of AWS's, and how much of it teams take.

    Attributes
    ----------
    of
        What is limited.
    most
        How many there may be by default.
    platform, each, with_token, with_signature, with_guardrail
        How many the platform takes, each team, each whose callers bring tokens, or sign, or that adds to the guardrail.
    source
        Where AWS says so.
    """

    of: str
    most: int
    source: str
    platform: int = 0
    each: int = 0
    with_token: int = 0
    with_signature: int = 0
    with_guardrail: int = 0

    def taken(self, teams: Sequence[Team]) -> int:
        """Return how many a deployment of some teams takes."""
        tokens = sum(team.access == "token" for team in teams)
        own = sum(team.guardrail.any for team in teams)
        return (
            self.platform
            + self.each * len(teams)
            + self.with_token * tokens
            + self.with_signature * (len(teams) - tokens)
            + self.with_guardrail * own
        )


LIMITS = (
    Limit(
        "private REST APIs",
        600,
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
        each=1,
    ),
    Limit(
        "guardrails", 100, "https://docs.aws.amazon.com/general/latest/gr/bedrock.html", platform=1, with_guardrail=1
    ),
    Limit(
        "roles",
        1000,
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        platform=2,
        each=1,
        with_token=1,
    ),
    Limit(
        "managed policies",
        1500,
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        platform=1,
        each=1,
        with_token=1,
        with_signature=1,
    ),
    Limit(
        "stacks",
        2000,
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
        platform=3,
        each=1,
    ),
)


def warnings(teams: Sequence[Team]) -> Iterator[str]:
    """Say which limits the teams come near to, or are over.

    Parameters
    ----------
    teams
        All of the deployment.

    Examples
    --------
    >>> list(warnings([]))
    []
    """
    for limit in LIMITS:
        taken = limit.taken(teams)
        if taken * 100 >= limit.most * _NEAR:
            yield (
                f"{len(teams)} teams take {taken} of the {limit.most} {limit.of} that an account has by default in a "
                f"Region: ask AWS for more before the deployment ({limit.source})"
            )
