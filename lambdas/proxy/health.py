"""``GET /health``: that the function runs, and what it was deployed with. It calls nobody, and costs nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .core.catalogue import Model
    from .core.team import Team


def answer(team: Team, _catalogue: Mapping[str, Model], _id: str | None) -> dict[str, Any]:
    """Return the team, its models and the guardrail version that guards them."""
    return {
        "status": "ok",
        "team": team.name,
        "region": team.region,
        "models": list(team.models),
        "guardrail": {"id": team.guardrail_id, "version": team.guardrail_version},
    }
