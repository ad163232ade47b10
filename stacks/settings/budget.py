"""``budget`` and ``identity`` in a team's file: what it may spend, how fast, and who each of its callers must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from stacks.catalogue import Catalogue, Frozen, Tier
from stacks.guardrail_prices import PRICES
from stacks.regions import IMAGE_FILTERS
from stacks.settings.errors import Mistake, shown
from stacks.settings.kinds import check, listed, wrong
from stacks.settings.prices import nano
from stacks.settings.source import Document
from stacks.settings.validate import nearest

__all__ = ["Budget", "Identity", "Instead", "PerCaller", "mistakes"]


def _from(least: float, most: float, of: str) -> tuple[Any, Any]:
    def holds(value: float) -> bool:
        return least <= value <= most

    return (
        check(holds, f"needs {least:,} to {most:,} {of}"),
        Field(json_schema_extra={"minimum": least, "maximum": most}),
    )


class Instead(Frozen):
    """What a request is answered by when the budget has not room for what it asks for."""

    model: str | None = Field(default=None, description="Another of the team's models; without it, the same.")
    tier: Tier | None = Field(default=None, description="Another of the team's tiers; without it, the same.")

    def __str__(self) -> str:
        return f"{self.model or ''}/{self.tier or ''}"

    @model_validator(mode="after")
    def _names_something(self) -> Instead:
        if self.model is None and self.tier is None:
            raise wrong("name another model, another tier, or both", "found neither model nor tier")
        return self


class PerCaller(Frozen):
    """How much of the budget one caller may take."""

    percent: Annotated[int, *_from(1, 100, "per cent of usd_per_month")] = Field(
        description="Per cent of the budget that one caller may take in a month."
    )
    by: Literal["session", "role"] = Field(
        default="session",
        description="Who is one caller: each 'session' of a role, which Identity Center names after the person, or all "
        "of a 'role' together.",
    )


class Budget(Frozen):
    """What a team may spend in a calendar month (UTC), and how fast. Who is over it is refused."""

    usd_per_month: Annotated[float, *_from(0.001, 10_000_000, "USD")] = Field(
        description="USD for the tokens of the models and what the guardrail reads of them."
    )
    tokens_per_minute: Annotated[int, *_from(1000, 1_000_000_000, "tokens")] | None = Field(
        default=None, description="Tokens in a minute, in and out; without it, as the account has them."
    )
    in_flight: Annotated[int, *_from(1, 1000, "requests")] | None = Field(
        default=None, description="Requests that are being answered at once."
    )
    per_caller: PerCaller | None = Field(default=None, description="How much of it one caller may take.")
    instead: Annotated[tuple[Instead, ...], *listed(0, 5, "needs up to 5 entries, each once", key=str)] = Field(
        default=(),
        description="What a request is answered by, in this order, before it is refused: another tier, another model.",
    )

    def document(self) -> dict[str, Any]:
        """Return it as the function is told, money in whole nano-USD.

        Examples
        --------
        >>> Budget(usd_per_month=250, per_caller=PerCaller(percent=20)).document()
        {'month': 250000000000, 'share': 50000000000, 'by': 'session'}
        """
        month = nano(self.usd_per_month, 1_000_000_000)
        written: dict[str, Any] = {"month": month}
        if self.tokens_per_minute is not None:
            written["tokens"] = self.tokens_per_minute
        if self.in_flight is not None:
            written["in_flight"] = self.in_flight
        if self.per_caller is not None:
            written |= {"share": max(1, month * self.per_caller.percent // 100), "by": self.per_caller.by}
        if self.instead:
            written["instead"] = [(item.model, item.tier) for item in self.instead]
        return written


class Identity(Frozen):
    """Who each caller must be, beyond being one of the roles."""

    session_name: Literal["any", "required"] = Field(
        default="any",
        description="Whether a caller's session must be named after a person, as Identity Center's are: with "
        "'required', a name that only a program makes ('botocore-session-1700000000', an instance's id) is refused.",
    )


def mistakes(document: Document, deployment: Document | None, known: Catalogue | None) -> Iterator[Mistake]:
    """Find a budget that the deployment has no ledger for, one whose prices are not known, and strange alternatives."""
    if not isinstance(document.get("budget"), dict):
        return
    allowed = {name: [item for _, item in document.texts(name)] for name in ("models", "tiers")}
    instead = document.get("budget", "instead")
    for index in range(len(instead) if isinstance(instead, tuple) else 0):
        for name, where in (("model", "models"), ("tier", "tiers")):
            found = document.text("budget", "instead", index, name)
            if found is not None and found not in allowed[where]:
                yield document.mistake(
                    ("budget", "instead", index, name),
                    f"found {shown(found)}, which the team's {where} lack",
                    nearest(found, allowed[where]),
                )
    if deployment is None or known is None:
        return
    if deployment.get("budgets") is not True:
        yield document.mistake(
            ("budget",),
            "found a budget, and the deployment has no way to a ledger",
            "add 'budgets: true' to cloister.yaml: it opens one more endpoint, to DynamoDB",
        )
    yield from _prices(document, deployment, known, allowed)


def _prices(
    document: Document, deployment: Document, known: Catalogue, allowed: dict[str, list[str]]
) -> Iterator[Mistake]:
    region = deployment.text("region")
    if region is None:
        return
    right = "add what you pay to 'prices' in cloister.yaml, with its date and source"
    for name in allowed["models"]:
        model = known.models.get(name)
        if model is None or region not in model.regions:
            continue
        price = model.price(region)
        lacking = [
            tier
            for tier in allowed["tiers"]
            if tier in model.tiers
            and getattr(price, tier, None) is None
            and not isinstance(deployment.get("prices", "models", name, tier), dict)
        ]
        if lacking:
            yield document.mistake(
                ("budget",), f"the price of {name} in {region} is not known for {', '.join(lacking)}", right
            )
    if region in PRICES:
        return
    filled = {"content": True} | {
        **{name: bool(deployment.get("guardrail", name)) for name in ("topics", "pii")},
        "images": region in IMAGE_FILTERS,
    }
    lacks = [
        policy
        for policy, there in filled.items()
        if there and not isinstance(deployment.get("prices", "guardrail", policy), int | float)
    ]
    if lacks:
        yield document.mistake(
            ("budget",), f"the guardrail's price in {region} is not known for {', '.join(lacks)}", right
        )
