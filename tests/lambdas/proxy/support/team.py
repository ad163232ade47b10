"""What a test's function is told about its team."""

from __future__ import annotations

import json
import re
from typing import Any

BIG, SMALL, OTHER = "google.gemma-4-31b", "google.gemma-4-e2b", "google.gemma-4-26b-a4b"
TEAM: dict[str, Any] = {
    "name": "atlas",
    "access": "iam",
    "models": [BIG, SMALL],
    "tiers": ["default", "flex"],
    "project": "proj_atlas",
    "guardrail_id": "gr123",
    "guardrail_version": "7",
}


def environment(**changes: Any) -> dict[str, str]:
    """A function's environment.

    ``changes`` are to the team's document (``CLOISTER_INPUT`` is its ``input``; lists may be texts with commas, and a
    fallback may be written ``instead_of>model/tier``), or to variables beside it.
    """
    team: dict[str, Any] = dict(TEAM)
    beside: dict[str, str] = {}
    for name, value in changes.items():
        field = name.removeprefix("CLOISTER_").lower()
        if not name.startswith("CLOISTER_"):
            beside[name] = value
        elif field == "fallbacks":
            team[field] = [[part or None for part in re.split("[>/]", entry)] for entry in value.split(",")]
        elif field in ("models", "tiers", "images"):
            team[field] = value.split(",")
        else:
            team[field] = float(value) if field == "delay" else value
    return {"CLOISTER_TEAM": json.dumps(team), "AWS_REGION": "us-east-1", **beside}
