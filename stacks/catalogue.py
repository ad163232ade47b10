"""The models that a team may be given: what each can do, where, and for how much.

The data is ``stacks/catalogue.yaml``; these are its types. `stacks.settings.load` reads and checks it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

__all__ = [
    "Catalogue",
    "Frozen",
    "FrozenMapping",
    "Model",
    "Parameters",
    "Price",
    "Rate",
    "Reasoning",
    "Setting",
    "Tier",
]

_K = TypeVar("_K")
_V = TypeVar("_V")
FrozenMapping = Annotated[Mapping[_K, _V], AfterValidator(MappingProxyType), PlainSerializer(dict)]
"""A mapping that cannot be changed after it was read."""

Tier = Literal["default", "priority", "flex"]
"""A service tier, as requests (``service_tier``) and policies (``bedrock-mantle:ServiceTier``) name it."""

Tokens = Annotated[int, Field(gt=0)]
Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A value read from a file: never changed, no field guessed from another type, no unknown key."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)


class Rate(Frozen):
    """What tokens cost in one tier."""

    input: Usd = Field(description="USD per million input tokens.")
    output: Usd = Field(description="USD per million output tokens, reasoning included.")


class Price(Frozen):
    """What a model costs in one Region; a tier without a known price is left out."""

    region: str = Field(description="The Region that the prices are for.")
    date: datetime.date = Field(description="The day on which the prices were looked up.")
    source: str = Field(min_length=1, description="Where the prices were looked up.")
    default: Rate = Field(description="Price of the tier 'default'.")
    priority: Rate | None = Field(default=None, description="Price of the tier 'priority'.")
    flex: Rate | None = Field(default=None, description="Price of the tier 'flex'.")


class Setting(Frozen):
    """A parameter that another one may need."""

    parameter: str = Field(min_length=1, description="The parameter that is set.")
    value: str = Field(min_length=1, description="What it is set to.")
    beside: str = Field(min_length=1, description="The parameter that was rejected without it.")


class Parameters(Frozen):
    """What the service does not take as OpenAI documents it."""

    rename_on_rejection: FrozenMapping[str, str] = Field(
        default_factory=dict, description="A rejected parameter and the name under which it is tried once more."
    )
    drop_on_rejection: tuple[str, ...] = Field(
        default=(), description="Parameters left out of one more try when the service rejects them by name."
    )
    set_on_rejection: tuple[Setting, ...] = Field(
        default=(), description="What is set in one more try, if the caller left it open and the rejection names it."
    )
    minimum: FrozenMapping[str, int] = Field(
        default_factory=dict, description="The smallest value that the service takes for a parameter."
    )
    strip_from_tool_schemas: tuple[str, ...] = Field(
        default=(), description="JSON Schema keywords that are taken out of tool definitions."
    )


class Reasoning(Frozen):
    """How the model reasons."""

    efforts: tuple[str, ...] = Field(description="The efforts that may be asked for; none if it does not reason.")
    required: str | None = Field(default=None, description="The effort that is always used, whatever is asked for.")


class Model(Frozen):
    """One model of the bedrock-mantle endpoint."""

    name: str = Field(min_length=1, description="The name for people.")
    owner: str = Field(min_length=1, description="Who made it, as GET /v1/models answers in owned_by.")
    path: str = Field(
        pattern=r"^(/[a-z0-9]+)+$", description="The path prefix of its API on the endpoint, such as /openai/v1."
    )
    routes: tuple[Literal["chat.completions", "responses"], ...] = Field(
        min_length=1, description="The OpenAI APIs that it answers."
    )
    context_window: Tokens = Field(description="Tokens of prompt and answer together.")
    body_limit: int = Field(gt=0, description="Bytes of a whole request.")
    modalities: tuple[Literal["text", "image"], ...] = Field(min_length=1, description="What a prompt may hold.")
    tiers: tuple[Tier, ...] = Field(min_length=1, description="The service tiers that it is offered in.")
    regions: tuple[str, ...] = Field(min_length=1, description="The Regions that it is offered in.")
    parallel_tool_calls: bool = Field(description="Whether it may call several tools in one turn.")
    parameters: Parameters = Field(default_factory=Parameters, description="What it does not take as documented.")
    reasoning: Reasoning = Field(description="How it reasons.")
    prices: tuple[Price, ...] = Field(default=(), description="Its prices, a Region an entry.")

    def price(self, region: str) -> Price | None:
        """Return the prices of a Region, or None when they are not known: no Region's price stands for another's."""
        return next((price for price in self.prices if price.region == region), None)


class Catalogue(Frozen):
    """Every model that a team may be given, by its id."""

    models: FrozenMapping[str, Model] = Field(description="Model ids, as requests name them, and their facts.")

    def as_json(self) -> bytes:
        r"""Write the catalogue's data, no more and no less, the same bytes for the same data.

        Examples
        --------
        >>> Catalogue(models={}).as_json()
        b'{"models":{}}\n'
        """
        data = self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(data, sort_keys=True, separators=(",", ":")).encode() + b"\n"
