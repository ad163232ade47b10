"""``prices`` in ``cloister.yaml``: what a company pays where the kit knows no price, or its own is other.

`known` is the one place that says what a team's tokens and its guarding cost: the settings' word, or else the
catalogue's and `stacks.guardrail_prices`'.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from stacks.catalogue import Catalogue, Frozen, FrozenMapping, Rate, Tier
from stacks.guardrail_prices import PRICES
from stacks.guardrail_quotas import Policy

__all__ = ["Prices", "known", "nano"]

Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Prices(Frozen):
    """What a company pays, where that is other than the prices of the kit, or they are not known."""

    date: datetime.date = Field(description="The day on which the prices were looked up.")
    source: str = Field(min_length=1, description="Where the prices were looked up.")
    models: FrozenMapping[str, FrozenMapping[Tier, Rate]] = Field(
        default_factory=dict, description="By model and service tier: USD per million tokens, in and out."
    )
    guardrail: FrozenMapping[Policy | Literal["images"], Usd] = Field(
        default_factory=dict,
        description="By policy of the guardrail: USD per 1,000 text units, and under 'images' USD per image.",
    )


def nano(usd: float, times: int) -> int:
    """Return a price in whole nano-USD, rounded up.

    Parameters
    ----------
    usd
        As a person wrote it: its decimal digits are what counts, not what binary makes of them.
    times
        Nano-USD of one USD for the unit that is wanted.

    Examples
    --------
    >>> nano(0.2275, 1_000_000), nano(0.15, 1_000_000)
    (227500, 150000)
    """
    return int((Decimal(str(usd)) * times).to_integral_value(ROUND_CEILING))


def known(
    catalogue: Catalogue,
    region: str,
    own: Prices | None,
    models: Collection[str],
    tiers: Collection[str],
    policies: Collection[str],
) -> dict[str, Any]:
    """Return the prices that a team's function is told, in whole nano-USD; what is not known is left out.

    Parameters
    ----------
    catalogue, region, own
        The kit's prices, the Region that they are for, and what the settings say otherwise.
    models, tiers
        What the team may ask for.
    policies
        Of its guardrail. Only if the price of each is known are the guardrail's there at all.

    Examples
    --------
    >>> known(Catalogue(models={}), "us-east-1", None, [], [], ["content", "words"])["guardrail"]
    {'content': 150000, 'words': 0, 'images': 750000}
    """
    found: dict[str, dict[str, list[int]]] = {}
    for name in models:
        model = catalogue.models.get(name)
        price = model.price(region) if model else None
        for tier in tiers:
            rate: Rate | None = (own.models.get(name, {}) if own else {}).get(tier) or getattr(price, tier, None)  # type: ignore[call-overload]
            if rate is not None:
                found.setdefault(name, {})[tier] = [nano(rate.input, 1_000_000), nano(rate.output, 1_000_000)]
    written: dict[str, Any] = {"models": found}
    there = PRICES.get(region)
    units: dict[str, int] = {}
    for policy in policies:
        said = own.guardrail.get(policy) if own else None  # type: ignore[call-overload]
        price_of = there.units.get(policy) if there and said is None else said  # type: ignore[call-overload]
        if price_of is None and policy != "words":  # words are free everywhere
            return written
        units[policy] = nano(price_of or 0.0, 1_000_000)
    image = own.guardrail.get("images") if own else None
    if image is None and there:
        image = there.image
    return {**written, "guardrail": {**units, **({} if image is None else {"images": nano(image, 1_000_000_000)})}}
