"""What AWS charges for guarding, in USD: data, as the catalogue's prices of tokens are, a row for each Region.

Words and regular expressions are free (https://aws.amazon.com/bedrock/pricing/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stacks.guardrail_quotas import Policy

__all__ = ["PER_THOUSAND_UNITS", "PRICES", "REGION", "GuardrailPrice"]


@dataclass(frozen=True, slots=True)
class GuardrailPrice:
    """What guarding costs in one Region.

    Attributes
    ----------
    date, source
        When it was looked up, and where.
    units
        USD for 1,000 text units of 1,000 characters, by policy.
    image
        USD for one image that the filters of content look at.
    """

    date: str
    source: str
    units: Mapping[Policy, float]
    image: float


#: By Region; no Region's price stands for another's.
PRICES: Mapping[str, GuardrailPrice] = MappingProxyType(
    {
        "us-east-1": GuardrailPrice(
            date="2026-11-28",
            source="AWS's public offer file AmazonBedrock, usage types USE1-Guardrail-…PolicyUnitsConsumed, as public "
            "copies of it show it; images: the pricing page",
            units=MappingProxyType({"content": 0.15, "topics": 0.15, "pii": 0.10, "words": 0.0}),
            image=0.00075,
        )
    }
)

#: The Region of what `docs/guardrails.md` computes, and its prices.
REGION = "us-east-1"
PER_THOUSAND_UNITS: Mapping[Policy, float] = PRICES[REGION].units
