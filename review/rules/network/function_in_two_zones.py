"""Every function stands in subnets of two zones or more."""

from __future__ import annotations

import json

from review.deployment import Deployment
from review.rules.facts import Function, developing, each_function
from review.rules.rule import NotApplicableError, Rule, controls
from review.words import many


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if developing(deployment):
        raise NotApplicableError("the deployment says that it is for development")
    subnets = {str(subnet) for subnet in (function.properties.get("VpcConfig") or {}).get("SubnetIds") or []}
    if len(subnets) < 2:
        return f"it stands in {many(len(subnets), 'subnet')}"
    made = [subnet for subnet in deployment.once(_subnets) if subnet[0] in subnets]
    zones = {zone for _, zone in made}
    if None in zones or len(zones) < min(2, len(made)):
        return "its subnets do not say their zones, or are of one zone: EC2 chooses, and may choose the same"
    return ""


def _subnets(deployment: Deployment) -> list[tuple[str, str | None]]:
    """The subnets that the templates make, each with its zone as it is written; None where it says none.

    Which zone the first of a Region's is, is known when it is deployed; that it is not the second, before.
    """
    found = []
    for subnet in deployment.assembly.of_type("AWS::EC2::Subnet"):
        zone = subnet.properties.get("AvailabilityZone") or subnet.properties.get("AvailabilityZoneId")
        own = deployment.resolver.reference(subnet.id, subnet.stack)
        found.append((own, None if zone is None else json.dumps(zone, sort_keys=True)))
    return found


RULE = Rule(
    id="function-in-two-zones",
    title="Every function stands in subnets of two zones or more",
    why="with one zone all inference stops when it does",
    severity="medium",
    fix="give it the network's subnets of every zone",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    controls=controls(nist="CP-10 SC-6", soc2="A1.2", aws="RUNTIME-03"),
    check=_check,
)
