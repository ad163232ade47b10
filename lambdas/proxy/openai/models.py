"""``GET /models`` and ``GET /models/{id}``: what this team may use, from the catalogue; nobody else is asked."""

from __future__ import annotations

from ..core.errors import NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..core.catalogue import Model
    from ..core.team import Team


def answer(team: Team, catalogue: Mapping[str, Model], id: str | None) -> dict[str, Any]:
    """Return OpenAI's list of models, or one of them.

    Raises
    ------
    NotFoundError
        If the team has no such model.
    """
    if id is None:
        return {"object": "list", "data": [_entry(team, catalogue[model]) for model in team.models]}
    if id not in team.models:
        raise NotFoundError(
            f"This team has no such model. It has: {', '.join(team.models)}.", code="model_not_found", param="model"
        )
    return _entry(team, catalogue[id])


def _entry(team: Team, model: Model) -> dict[str, Any]:
    # OpenAI's own fields first (a release date is not in the catalogue: 0 says so), then what a caller needs to know.
    return {
        "id": model.id,
        "object": "model",
        "created": 0,
        "owned_by": model.owner,
        "name": model.name,
        "context_window": model.context_window,
        "max_request_bytes": model.body_limit,
        "modalities": sorted(model.modalities),
        "routes": sorted(model.routes),
        "service_tiers": [tier for tier in team.tiers if tier in model.tiers],
        "reasoning_efforts": [model.required_effort] if model.required_effort else list(model.efforts),
    }
