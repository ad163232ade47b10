"""Endpoints stand in every subnet that functions stand in."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, functions, listed
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    if deployment.resolver.of(endpoint, "VpcEndpointType") != "Interface":
        raise NotApplicableError("a gateway endpoint is in no zone")
    own = {str(subnet) for subnet in listed(deployment.resolver.of(endpoint, "SubnetIds"))}
    for function in functions(deployment):
        missing = {str(s) for s in (function.properties.get("VpcConfig") or {}).get("SubnetIds") or []} - own
        if missing:
            return f"{function.resource.place} stands in {', '.join(sorted(missing))}, where the endpoint is not"
    return ""


RULE = Rule(
    id="zones-are-what-the-endpoints-have",
    title="Endpoints stand in every subnet that functions stand in",
    why="a zone that fails would take the endpoints of the other with it",
    severity="low",
    fix="give the endpoint the functions' subnets",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoint-availability-zones.html",
    controls=controls(nist="CP-10", soc2="A1.2"),
    check=_check,
)
