"""What AWS charges for guarding text, in USD: data, as the catalogue's prices of tokens are.

From AWS's public offer file AmazonBedrock for us-east-1, usage types ``USE1-Guardrail-…PolicyUnitsConsumed``, as public
copies of it show it; looked up on 28 November 2026 (https://aws.amazon.com/bedrock/pricing/). Words and regular
expressions are free. Prices elsewhere may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stacks.guardrail_quotas import Policy

__all__ = ["PER_THOUSAND_UNITS", "REGION"]

REGION = "us-east-1"

#: USD for 1,000 text units, by policy.
PER_THOUSAND_UNITS: Mapping[Policy, float] = MappingProxyType(
    {"content": 0.15, "topics": 0.15, "pii": 0.10, "words": 0.0}
)
