"""A function that calls no model is in no group that leads to the models' endpoint."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import (
    INFERENCE,
    Function,
    each_function,
    egress,
    endpoints_by_group,
    listed,
    service_of,
    whole,
)
from review.rules.rule import NotApplicableError, Rule, controls

_MODELS = "bedrock-mantle"


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if function.may(INFERENCE):
        raise NotApplicableError("it calls models")
    doors = endpoints_by_group(deployment)
    for group in listed((function.properties.get("VpcConfig") or {}).get("SecurityGroupIds")):
        for rule in egress(deployment).get(whole(group), []):
            target = whole(rule.get("DestinationSecurityGroupId", ""))
            if any(service_of(deployment, endpoint) == _MODELS for endpoint in doors.get(target, ())):
                return f"its group lets it out to the models' endpoint, {doors[target][0].place}, and it calls no model"
    return ""


RULE = Rule(
    id="models-are-reached-by-proxies-alone",
    title="A function that calls no model is in no group that leads to the models' endpoint",
    why="the network is a second lock beside the role: whoever comes to change a role is still kept from the models",
    severity="medium",
    fix="put it into a group of its own, which leads to what it calls",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    controls=controls(nist="AC-6 SC-7", owasp="LLM02", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
