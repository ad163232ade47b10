"""Settings that the tests synthesise, made in code: what a person writes into ``cloister.yaml`` changes no snapshot."""

import json
from collections.abc import Mapping
from typing import Any

from stacks.regions import PROJECT_TYPE
from stacks.settings import Deployment, Settings, Team, load_catalogue
from tests.clone import ROOT

DEPLOYMENT: Mapping[str, Any] = {
    "name": "Cloister",
    "region": "us-east-1",
    "network": {"cidr": "10.80.0.0/20", "zones": ["us-east-1a", "us-east-1b"]},
    "audit": {"retention_days": 400, "data_events": True},
    "alarms": {"email": ["platform@example.com"]},
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
    "callers": [{"role": "atlas-developer"}, {"role": "atlas-batch"}],
    "models": ["google.gemma-4-31b", "google.gemma-4-26b-a4b"],
    "tiers": ["default", "flex"],
}

IAM_TEAM: Mapping[str, Any] = {
    "name": "beacon",
    "owner": "Beacon support desk",
    "contact": "beacon@example.com",
    "access": "iam",
    "callers": [
        {"role": "beacon-service"},
        {"role": "arn:aws:iam::444455556666:role/partners/beacon"},
        {"role": "permission-set/BeaconDesk"},
    ],
    "models": ["google.gemma-4-e2b"],
    "tiers": ["priority"],
}

#: The account that the second deployment is pinned to.
ACCOUNT = "111122223333"

#: Records that a key of each team signs.
SIGNED: Mapping[str, Any] = {"audit": {**DEPLOYMENT["audit"], "sign_records": True}}

#: Another Region, a pinned account with administrators, three zones, no data events of calls, a trail elsewhere,
#: records that are archived and signed, and nobody who is told of alarms.
PINNED: Mapping[str, Any] = {
    "region": "eu-central-1",
    "account": ACCOUNT,
    "administrators": ["platform"],
    "auditors": ["internal-audit", "permission-set/Audit"],
    "network": {"cidr": "10.0.0.0/24", "zones": ["euc1-az1", "euc1-az2", "eu-central-1c"]},
    "audit": {
        "retention_days": 3653,
        "data_events": False,
        "management_events": "elsewhere",
        "api_gateway_role": "elsewhere",
        "object_lock": "compliance",
        "data_protection": False,
        "archive": "objects",
        "sign_records": True,
        "digest_requests": True,
    },
    "alarms": {},
}

_GIVEN: Mapping[str, Any] = {
    "vpc": "vpc-0123456789abcdef0",
    "cidr": "10.0.0.0/16",
    "subnets": [
        {"id": "subnet-0123456789abcdef0", "zone": "us-east-1a"},
        {"id": "subnet-0123456789abcdef1", "zone": "us-east-1b"},
    ],
}
#: The deployments of every mode of the network but the first, and the first with all that it takes, by their names.
MODES: Mapping[str, Mapping[str, Any]] = {
    "Existing": {"network": {"mode": "existing", **_GIVEN, "clients": {"cidrs": ["10.2.0.0/16"]}}},
    "Elsewhere": {
        "company": {
            "tags": {"cost-center": "4711", "data-class": "confidential"},
            "mandatory_tags": ["cost-center", "deployment"],
            "role_prefix": "Else",
            "logs_key": "arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555",
        },
        "network": {"mode": "existing", **_GIVEN, "flow_logs": "elsewhere", "dns_firewall": "elsewhere"},
    },
    "Hub": {
        "network": {
            "mode": "hub",
            **_GIVEN,
            "endpoints": {
                "execute_api": "vpce-0aaaaaaaaaaaaaaaa",
                "bedrock_mantle": "sg-0bbbbbbbbbbbbbbbb",
                "bedrock_runtime": "pl-0cccccccccccccccc",
                "sts": "pl-0dddddddddddddddd",
            },
            "clients": {"endpoints": ["vpce-0eeeeeeeeeeeeeeee"]},
        },
    },
    "Development": {
        "network": {"mode": "development", "cidr": "10.80.0.0/20", "zones": ["us-east-1a"]},
        "protection": False,
    },
    "Wide": {
        "organization": "o-a1b2c3d4e5",
        "network": {
            "cidr": "10.80.0.0/20",
            "zones": ["us-east-1a", "us-east-1b"],
            "all_bedrock_endpoints": True,
            "clients": {
                "security_groups": [
                    {"id": "sg-0123456789abcdef0"},
                    {"id": "sg-0123456789abcdef1", "cidr": "10.1.0.0/16"},
                ],
                "cidrs": ["10.2.0.0/16"],
                "endpoints": ["vpce-0123456789abcdef0"],
            },
        },
        "guardrail": {**DEPLOYMENT["guardrail"], "tier": "standard", "acknowledge_cross_region": "us"},
    },
}


def _key(partition: str, region: str, account: str = ACCOUNT) -> str:
    return f"arn:{partition}:kms:{region}:{account}:key/11111111-2222-3333-4444-555555555555"


#: Buckets for images, of which one has a key, and what the first team may be given of them.
IMAGES: Mapping[str, Any] = {
    "images": [{"bucket": "acme-pictures", "key": _key("aws", "us-east-1")}, {"bucket": "scans"}, {"bucket": "unused"}]
}
PLACES: Mapping[str, Any] = {"images": ["acme-pictures/atlas/2026/", "scans"]}
#: The deployment with images in every other mode of the network, and in other partitions and Regions.
IMAGES_ELSEWHERE: Mapping[str, Mapping[str, Any]] = {
    "Existing": {**MODES["Existing"], **IMAGES},
    "Development": {**MODES["Development"], **IMAGES},
    "Hub": {
        **IMAGES,
        "network": {
            **MODES["Hub"]["network"],
            "endpoints": {**MODES["Hub"]["network"]["endpoints"], "s3": "pl-0ffffffffffffffff"},
        },
    },
    "Europe": {
        **PINNED,
        "images": [{"bucket": "acme-pictures", "key": _key("aws", "eu-central-1")}, {"bucket": "scans"}],
    },
    "Gov": {
        "region": "us-gov-west-1",
        "network": {"cidr": "10.80.0.0/20", "zones": ["us-gov-west-1a", "us-gov-west-1b"]},
        "images": [{"bucket": "acme-pictures", "key": _key("aws-us-gov", "us-gov-west-1")}, {"bucket": "scans"}],
    },
}

#: Buckets that functions of the teams' own read and write, and queues that they use, each for one team.
OPENED: Mapping[str, Any] = {
    "extensions": [
        {"bucket": "acme-minutes", "team": "beacon"},
        {"bucket": "acme-drafts", "team": "atlas"},
        {"queue": "beacon-jobs", "team": "beacon"},
        {"queue": "atlas-jobs", "team": "atlas"},
    ]
}

#: The same in the modes of the network that do not make a VPC.
OPENED_ELSEWHERE: Mapping[str, Mapping[str, Any]] = {
    "Existing": {**MODES["Existing"], **OPENED},
    "Hub": {
        **OPENED,
        "network": {
            **MODES["Hub"]["network"],
            "endpoints": {
                **MODES["Hub"]["network"]["endpoints"],
                "execute_api_reach": "pl-0aaaaaaaaaaaaaaaa",
                "s3": "sg-0ffffffffffffffff",
                "sqs": "pl-0eeeeeeeeeeeeeeee",
            },
        },
    },
}

#: A deployment whose teams may have budgets, and what the first team may spend.
BUDGETS: Mapping[str, Any] = {"budgets": True}
BUDGET: Mapping[str, Any] = {
    "budget": {"usd_per_month": 250, "in_flight": 8, "per_caller": {"percent": 20}, "instead": [{"tier": "flex"}]},
    "identity": {"session_name": "required"},
}
#: The deployment with budgets in the modes of the network that do not make a VPC.
BUDGETS_ELSEWHERE: Mapping[str, Mapping[str, Any]] = {
    "Existing": {**MODES["Existing"], **BUDGETS},
    "Hub": {
        **BUDGETS,
        "network": {
            **MODES["Hub"]["network"],
            "endpoints": {**MODES["Hub"]["network"]["endpoints"], "dynamodb": "sg-0ffffffffffffffff"},
        },
    },
}

#: All that a team may choose of how its proxy behaves, otherwise than by default.
CHOICES: Mapping[str, Any] = {
    "guarding": {
        **{"input": "overlap", "history": "once", "delay": 0.5},
        **{"prompt_attacks": "everything", "disguises": False, "arguments": "block"},
    },
    "guardrail": {
        "content": {"insults": "high"},
        "pii": {"EMAIL": "block", "NAME": "mask"},
        "words": ["Project Osprey"],
        "regexes": [{"name": "staff-number", "pattern": "S-[0-9]{6}", "action": "mask"}],
    },
    "structured_output": "retry",
    "fallbacks": [
        {"instead_of": "google.gemma-4-31b", "model": "google.gemma-4-26b-a4b"},
        {"model": "google.gemma-4-26b-a4b", "tier": "flex"},
        {"tier": "default"},
    ],
}

#: The second deployment, in which the first team's prompts and answers are archived, and what its file says of that.
ARCHIVES: Mapping[str, Any] = {**PINNED, "archives": ["atlas"]}
ARCHIVE: Mapping[str, Any] = {
    "archive": {
        "acknowledged_by": "Ann Example/ Data Protection",
        "purpose": "Records of advice by rule 4.2",
        "readers": ["advice-audit"],
        "on_failure": "refuse",
    }
}
#: All that the file of that team says beside the first deployment's.
ARCHIVING: Mapping[str, Any] = {**CHOICES, **ARCHIVE}


def settings(deployment: Mapping[str, Any] | None = None, choices: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of two teams, one for each way in, with changes to the deployment and to the first team.

    Where CloudFormation cannot make Projects, each team has one.
    """
    place = dict(DEPLOYMENT) | dict(deployment or {})
    teams = [dict(TOKEN_TEAM) | dict(choices or {}), dict(IAM_TEAM)]
    if place["region"] not in PROJECT_TYPE:
        teams = [{"project": f"proj_{team['name']}", **team} for team in teams]
    return Settings(
        deployment=Deployment.model_validate_json(json.dumps(place)),
        teams=tuple(Team.model_validate_json(json.dumps(team)) for team in teams),
        catalogue=load_catalogue(ROOT),
    )
