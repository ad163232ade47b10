"""Settings that the tests synthesise, made in code: what a person writes into ``cloister.yaml`` changes no snapshot."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stacks.catalogue import Catalogue
from stacks.settings import Deployment, Settings, Team

ROOT = Path(__file__).parent.parent.parent

DEPLOYMENT: Mapping[str, Any] = {
    "name": "Cloister",
    "region": "us-east-1",
    "network": {"cidr": "10.80.0.0/20", "zones": ["us-east-1a", "us-east-1b"]},
    "audit": {"retention_days": 400, "data_events": True},
    "guardrail": {
        "content": {
            "hate": "high",
            "insults": "medium",
            "sexual": "high",
            "violence": "high",
            "misconduct": "low",
        },
        "words": ["Project Nightjar"],
        "pii": {"EMAIL": "mask", "AWS_SECRET_KEY": "block"},
        "topics": [
            {
                "name": "Investment advice",
                "definition": "Recommendations to buy or sell a security.",
                "examples": ["Which shares should I buy?"],
            }
        ],
    },
}

TOKEN_TEAM: Mapping[str, Any] = {
    "name": "atlas",
    "owner": "Atlas research",
    "contact": "atlas@example.com",
    "access": "token",
    "callers": [{"role": "atlas-developer"}, {"role": "arn:aws:iam::444455556666:role/partners/atlas"}],
    "models": ["google.gemma-4-31b", "google.gemma-4-26b-a4b"],
    "tiers": ["default", "flex"],
}

IAM_TEAM: Mapping[str, Any] = {
    "name": "beacon",
    "owner": "Beacon support desk",
    "contact": "beacon@example.com",
    "access": "iam",
    "callers": [{"role": "beacon-service"}],
    "models": ["google.gemma-4-e2b"],
    "tiers": ["priority"],
}

#: The account that the second deployment is pinned to.
ACCOUNT = "111122223333"


def settings(deployment: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of two teams, one for each way in, with changes to the deployment."""
    return Settings(
        deployment=Deployment.model_validate_json(json.dumps(dict(DEPLOYMENT) | dict(deployment or {}))),
        teams=(
            Team.model_validate_json(json.dumps(TOKEN_TEAM)),
            Team.model_validate_json(json.dumps(IAM_TEAM)),
        ),
        catalogue=Catalogue.model_validate_json(
            json.dumps(yaml.safe_load((ROOT / "stacks" / "catalogue.yaml").read_text()), default=str)
        ),
    )
