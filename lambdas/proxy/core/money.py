"""Money: whole nano-USD, so that no sum is ever rounded but once, and always up.

Prices stand in the team's document, which the stack writes: whole nano-USD for a thousand tokens (USD for a million,
times a million), and for a text unit of the guardrail or an image.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: Nano-USD of one USD.
USD = 1_000_000_000
#: Names of the counts in the guardrail's answer, by the policy that they are charged for
#: (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailUsage.html).
COUNTS = {
    "contentPolicyUnits": "content",
    "topicPolicyUnits": "topics",
    "sensitiveInformationPolicyUnits": "pii",
    "wordPolicyUnits": "words",
    "contentPolicyImageUnits": "images",
}


class Prices:
    """What a team's requests cost; what is not known is None, and never taken for nothing.

    Parameters
    ----------
    value
        ``models``: by model and tier, a pair of nano-USD for a thousand tokens, in and out. ``guardrail``: by policy,
        nano-USD for a text unit, and for an image under ``images``; left out where it is not known.

    Raises
    ------
    ValueError
        If it is not that.

    Examples
    --------
    >>> prices = Prices({"models": {"m": {"default": [140000, 400000]}}, "guardrail": {"content": 150000}})
    >>> prices.tokens("m", "default", 1000, 10), prices.tokens("m", "flex", 1000, 10)
    (144000, None)
    >>> prices.guarding([("content", 3), ("content", 1)])
    600000
    """

    __slots__ = ("guardrail", "models")

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict) or not value.keys() <= {"models", "guardrail"}:
            raise ValueError("an object with models and guardrail is needed")
        self.models: dict[str, dict[str, tuple[int, int]]] = {}
        for model, tiers in _object(value.get("models", {})).items():
            rates = self.models[model] = {}
            for tier, pair in _object(tiers).items():
                if not isinstance(pair, list | tuple) or len(pair) != 2:
                    raise ValueError("a tier has two prices, in and out")
                rates[tier] = (_whole(pair[0]), _whole(pair[1]))
        found = value.get("guardrail")
        self.guardrail = None if found is None else {name: _whole(price) for name, price in _object(found).items()}

    def tokens(self, model: str | None, tier: str | None, input: int, output: int) -> int | None:
        """Return the nano-USD of so many tokens, rounded up; None if the price is not known."""
        pair = self.models.get(model or "", {}).get(tier or "")
        return None if pair is None else -(-(input * pair[0] + output * pair[1]) // 1000)

    def guarding(self, units: Iterable[tuple[str, int]]) -> int | None:
        """Return the nano-USD of text units and images, by policy (empty: by each); None if a price is not known."""
        total = 0
        prices = self.guardrail
        if prices is None:
            return None
        for policy, count in units:
            price = prices.get(policy) if policy else self.unit
            if price is None:
                return None
            total += count * price
        return total

    @property
    def unit(self) -> int:
        """Nano-USD of a text unit that every policy of the guardrail is charged for; 0 if the prices are not known."""
        return sum(price for policy, price in (self.guardrail or {}).items() if policy != "images")

    @property
    def image(self) -> int:
        """Nano-USD of an image that the guardrail looks at."""
        return (self.guardrail or {}).get("images", 0)


class Cost:
    """What a request took.

    Attributes
    ----------
    input, output
        Tokens.
    counted
        Whether the service counted them, or they are estimated from what was sent and what came.
    model, guardrail
        Whole nano-USD; None where a price is not known.
    """

    __slots__ = ("counted", "guardrail", "input", "model", "output")

    def __init__(self, input: int, output: int, counted: bool, model: int | None, guardrail: int | None) -> None:
        self.input = input
        self.output = output
        self.counted = counted
        self.model = model
        self.guardrail = guardrail

    @property
    def total(self) -> int:
        """Nano-USD, of what is known."""
        return (self.model or 0) + (self.guardrail or 0)


def usd(nano: int | None) -> float | None:
    """Return USD to be shown, and not to be counted with.

    Examples
    --------
    >>> usd(147_000), usd(None)
    (0.000147, None)
    """
    return None if nano is None else nano / USD


def said(nano: int) -> str:
    """Return an amount as a sentence has it: rounded down to a hundredth of a cent, so that it never says too much.

    Examples
    --------
    >>> said(12_345_678_901), said(149_999), said(-5)
    ('12.3456 USD', '0.0001 USD', '0.0000 USD')
    """
    whole, rest = divmod(max(0, nano), USD)
    return f"{whole}.{rest // 100_000:04d} USD"


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("an object is needed")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a price is whole nano-USD")
    return value
