"""What a team may choose of how its proxy behaves: when input is guarded, what is tried when a model is busy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lambdas.proxy.core.team import DELAY, LONGEST_DELAY, SHORTEST_DELAY
from stacks.catalogue import Frozen, Tier
from stacks.settings.errors import Mistake, shown
from stacks.settings.kinds import check, wrong
from stacks.settings.source import Document
from stacks.settings.validate import nearest

__all__ = ["Fallback", "Guarding", "mistakes"]


class Guarding(Frozen):
    """How the team's prompts and answers pass the guardrail; that they do is nobody's choice."""

    input: Literal["strict", "overlap"] = Field(
        default="strict",
        description="'strict' calls the model when the guardrail has cleared the prompt; 'overlap' calls it at once, "
        "and releases nothing before: faster, but the model sees a prompt that may then be blocked or masked.",
    )
    history: Literal["each_time", "once"] = Field(
        default="each_time",
        description="'each_time' guards the whole conversation with every turn; 'once' skips what was cleared before, "
        "by the same guardrail version in the same execution environment, and is unchanged from its first letter.",
    )
    delay: Annotated[
        float,
        check(
            lambda value: SHORTEST_DELAY <= value <= LONGEST_DELAY,
            f"needs {SHORTEST_DELAY:g} to {LONGEST_DELAY:g} seconds",
        ),
        Field(json_schema_extra={"minimum": SHORTEST_DELAY, "maximum": LONGEST_DELAY}),
    ] = Field(
        default=DELAY,
        description="Seconds between the first guardrail calls for a streamed text, before they become rarer: fewer "
        "calls, or a steadier stream.",
    )
    prompt_attacks: Literal["users_and_tools", "everything"] = Field(
        default="users_and_tools",
        description="What the filter of prompt attacks judges: what users and tools bring in; or 'everything', "
        "instructions and definitions of tools too, which it often takes for attacks. Other filters judge all of it.",
    )
    disguises: bool = Field(
        default=True,
        description="Show the guardrail, too, what a text reads where its letters say something else: signs of no "
        "width, look-alikes, spaces, escapes. Text units only where there are such places.",
    )
    arguments: Literal["mask", "block"] = Field(
        default="mask",
        description="What becomes of a tool call in whose arguments personal data is found: it is masked there, or the "
        "answer is blocked, so that no program writes a mask into a file.",
    )


class Fallback(Frozen):
    """What is tried when a model is out of capacity (429 or 503), after the retries."""

    instead_of: str | None = Field(default=None, description="The model that this is for; without it, for any.")
    model: str | None = Field(default=None, description="Another of the team's models; without it, the same.")
    tier: Tier | None = Field(default=None, description="Another of the team's tiers; without it, the same.")

    def __str__(self) -> str:
        return f"{self.model or ''}/{self.tier or ''} instead of {self.instead_of or 'any'}"

    @model_validator(mode="after")
    def _names_something(self) -> Fallback:
        if self.model is None and self.tier is None:
            raise wrong("name another model, another tier, or both", "found neither model nor tier")
        return self


def mistakes(document: Document) -> Iterator[Mistake]:
    """Find fallbacks to what the team may not use."""
    fallbacks = document.get("fallbacks")
    allowed: dict[str, list[str]] = {name: [item for _, item in document.texts(name)] for name in ("models", "tiers")}
    places: list[tuple[Any, str]] = [("instead_of", "models"), ("model", "models"), ("tier", "tiers")]
    for index in range(len(fallbacks) if isinstance(fallbacks, tuple) else 0):
        for name, where in places:
            found = document.text("fallbacks", index, name)
            if found is not None and found not in allowed[where]:
                yield document.mistake(
                    ("fallbacks", index, name),
                    f"found {shown(found)}, which the team's {where} lack",
                    nearest(found, allowed[where]),
                )
