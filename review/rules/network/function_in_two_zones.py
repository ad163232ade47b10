"""Every function stands in subnets of two zones or more."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, developing, each_function
from review.rules.rule import NotApplicableError, Rule, controls


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if developing(deployment):
        raise NotApplicableError("the deployment says that it is for development")
    subnets = {str(subnet) for subnet in (function.properties.get("VpcConfig") or {}).get("SubnetIds") or []}
    return "" if len(subnets) > 1 else f"it stands in {len(subnets)} subnets"


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
