"""What a case is, and the answers that several need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from preflight.looks import Look
from review.finding import Status
from tests.preflight import recorded
from tests.preflight.recorded import SERVICES, Answer, Refused, Wire, service, stack

OK, WARNING, STOPS, NOT_ASKED = Status.OK, Status.WARNING, Status.STOPS, Status.NOT_ASKED


@dataclass(frozen=True)
class Case:
    """An account, and one finding that is to come of it.

    Parameters
    ----------
    name
        What is the matter.
    look, code, status
        Which look finds what.
    words
        What the finding must say, anywhere in it.
    answers, replies, deployment, team
        What is other than in the healthy account and its deployment.
    """

    name: str
    look: Look
    code: str
    status: Status
    words: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    replies: Wire = field(default_factory=dict)
    deployment: Mapping[str, Any] = field(default_factory=dict)
    team: Mapping[str, Any] = field(default_factory=dict)


def services(*details: Any) -> dict[str, Answer]:
    return {"ec2.DescribeVpcEndpointServices": {"ServiceDetails": list(details)}}


def mantle_in(*letters: str) -> dict[str, Answer]:
    return services(*(service(name, letters if name == "bedrock-mantle" else "abc") for name in SERVICES))


def guardrails(count: int, name: str = "Cloister-baseline") -> dict[str, Answer]:
    def listed(asked: Mapping[str, Any]) -> dict[str, Any]:
        versions = [*map(str, range(1, count + 1)), "DRAFT"] if "guardrailIdentifier" in asked else ["DRAFT"]
        shared = {"id": "a1b2c3", "arn": "arn:aws:bedrock:::guardrail/a1b2c3", "status": "READY", "name": name}
        return {"guardrails": [{**shared, "version": v, "createdAt": 0, "updatedAt": 0} for v in versions]}

    return {"bedrock.ListGuardrails": listed}


def deployed(*names: Any) -> dict[str, Answer]:
    return recorded.stacks(*(stack(name) if isinstance(name, str) else name for name in names))


def quota(value: float, code: str) -> dict[str, Answer]:
    def answer(asked: Mapping[str, Any]) -> Any:
        return {"Quota": {"Value": value}} if asked["QuotaCode"] == code else Refused("NoSuchResourceException")

    return {"service-quotas.GetServiceQuota": answer}


GUARDRAIL = stack("Cloister-Guardrails", GuardrailId="a1b2c3", GuardrailVersion="3")
ATLAS = stack("Cloister-Team-atlas", ProjectId="proj_atlas")
PROJECT = ("GET", "/v1/organization/projects/proj_atlas")
GIVEN: Wire = {PROJECT: (200, {"id": "proj_atlas", "data_retention": {"mode": "none"}})}
IMAGE = {
    "images": [
        {"bucket": "scans", "key": "arn:aws:kms:us-east-1:111122223333:key/" + "1" * 8 + "-2222-3333-4444-" + "5" * 12}
    ]
}
OTHER_REGION = {
    "region": "eu-central-1",
    "network": {"cidr": "10.80.0.0/20", "zones": ["eu-central-1a", "eu-central-1b"]},
}
