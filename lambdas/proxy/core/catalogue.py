"""The model catalogue that is packaged with the function: ``catalogue.json``, made from ``stacks/catalogue.yaml``.

What a model takes and refuses is data there; nothing in the proxy asks for a model by name.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Model:
    """One model of the bedrock-mantle endpoint.

    Attributes
    ----------
    id, name, owner
        The id as requests carry it; a name for people; who made the model.
    path
        Prefix of its routes upstream, such as ``/openai/v1``.
    routes, modalities, tiers, efforts
        What it serves and takes.
    context_window
        Tokens, input and output together.
    body_limit
        Bytes of a whole request.
    required_effort
        The only reasoning effort that it may be used with, or None.
    rename, drop
        What may be done with a parameter whose rejection names it, once, and said in a header.
    set
        What may be set beside a parameter when a rejection names it, once, and said in a header: beside which, which
        parameter, its value.
    minimum
        Smallest value of a parameter.
    strip_from_tool_schemas
        Keywords of JSON Schema that it cannot read.
    """

    __slots__ = (
        "body_limit",
        "context_window",
        "drop",
        "efforts",
        "id",
        "minimum",
        "modalities",
        "name",
        "owner",
        "parallel_tool_calls",
        "path",
        "rename",
        "required_effort",
        "routes",
        "set",
        "strip_from_tool_schemas",
        "tiers",
    )

    def __init__(self, id: str, entry: Mapping[str, Any]) -> None:
        parameters, reasoning = entry["parameters"], entry["reasoning"]
        self.id = id
        self.name: str = entry["name"]
        self.owner: str = entry["owner"]
        self.path: str = entry["path"]
        self.routes = frozenset(entry["routes"])
        self.modalities = frozenset(entry["modalities"])
        self.tiers = frozenset(entry["tiers"])
        self.context_window: int = entry["context_window"]
        self.body_limit: int = entry["body_limit"]
        self.parallel_tool_calls: bool = entry["parallel_tool_calls"]
        self.efforts: tuple[str, ...] = tuple(reasoning["efforts"])
        self.required_effort: str | None = reasoning["required"]
        self.rename: Mapping[str, str] = dict(parameters["rename_on_rejection"])
        self.drop = frozenset(parameters["drop_on_rejection"])
        rules = parameters.get("set_on_rejection", ())
        self.set = tuple((rule["beside"], rule["parameter"], rule["value"]) for rule in rules)
        self.minimum: Mapping[str, int] = dict(parameters["minimum"])
        self.strip_from_tool_schemas = frozenset(parameters["strip_from_tool_schemas"])

    def __repr__(self) -> str:
        return f"Model({self.id!r})"


def read(data: bytes) -> dict[str, Model]:
    """Read ``catalogue.json``.

    Raises
    ------
    ValueError
        If it is not what the build writes; the message names the model and the key.
    """
    models = json.loads(data)["models"]
    found = {}
    for id, entry in models.items():
        try:
            found[id] = Model(id, entry)
        except (KeyError, TypeError) as error:
            raise ValueError(f"catalogue.json: models.{id}: {type(error).__name__}: {error}") from error
    return found
