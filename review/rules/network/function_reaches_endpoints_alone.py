"""Functions' security groups lead to endpoints and to nothing else."""

from __future__ import annotations

from review.deployment import Deployment
from review.resolve import UnreadableError
from review.rules.facts import GROUP, Function, each_function, egress, endpoints_by_group, listed, whole
from review.rules.rule import Rule, controls


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    doors = endpoints_by_group(deployment)
    made = {whole(deployment.resolver.reference(g.id, g.stack)) for g in deployment.assembly.of_type(GROUP)}
    for group in listed((function.properties.get("VpcConfig") or {}).get("SecurityGroupIds")):
        if whole(group) not in made:
            raise UnreadableError(f"{function.resource.place} is in {group}, whose rules are in no template")
        for rule in egress(deployment).get(whole(group), []):
            target = whole(rule.get("DestinationSecurityGroupId", ""))
            if target in made and target not in doors:
                return f"its group lets it out to {target}, which is no endpoint's"
    return ""


RULE = Rule(
    id="function-reaches-endpoints-alone",
    title="Functions' security groups lead to endpoints and to nothing else",
    why="a group beside the endpoints is somebody who can pass a prompt on",
    severity="high",
    fix="take the rule away, or name an endpoint's group",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    controls=controls(
        nist="SC-7 AC-4 AC-6",
        owasp="LLM02",
        ai600="2.4 2.9",
        soc2="CC6.6",
        aws="INFRA-08 RUNTIME-03",
        lens="GENSEC01-BP02",
    ),
    check=_check,
)
