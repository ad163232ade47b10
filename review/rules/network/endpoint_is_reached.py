"""Every rule that leads to an endpoint meets one that takes it in, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, GROUP, egress, ingress, listed, whole
from review.rules.rule import NotApplicableError, Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for endpoint in deployment.assembly.of_type(ENDPOINT):
        yield judged(_taken_in, deployment, endpoint)
    for group in deployment.assembly.of_type(GROUP):
        yield judged(_leads, deployment, group)


def _taken_in(deployment: Deployment, endpoint: Resource) -> str:
    groups = [whole(g) for g in listed(deployment.resolver.of(endpoint, "SecurityGroupIds"))]
    if not groups:
        raise NotApplicableError("it has no security groups")
    rules = [rule for group in groups for rule in ingress(deployment).get(group, [])]
    made = deployment.once(_made)
    for rule in rules:
        source = whole(rule.get("SourceSecurityGroupId") or "")
        if source in made and not any(_to(way) in groups for way in egress(deployment).get(source, [])):
            return f"it takes in {source}, which no rule leads to it"
    return ""


def _leads(deployment: Deployment, group: Resource) -> str:
    own = whole(deployment.resolver.reference(group.id, group.stack))
    for way in egress(deployment).get(own, []):
        target = _to(way)
        if target in deployment.once(_made) and not any(
            whole(rule.get("SourceSecurityGroupId") or "") == own for rule in ingress(deployment).get(target, [])
        ):
            return f"it leads to {target}, which does not take it in"
    return ""


def _to(rule: dict[str, object]) -> str:
    return whole(rule.get("DestinationSecurityGroupId") or "")


def _made(deployment: Deployment) -> set[str]:
    return {whole(deployment.resolver.reference(g.id, g.stack)) for g in deployment.assembly.of_type(GROUP)}


RULE = Rule(
    id="endpoint-is-reached",
    title="Every rule that leads to an endpoint meets one that takes it in, and the other way round",
    why="half a way is a mistake: what was meant to be reached is not, or something else is open instead",
    severity="medium",
    fix="add the other half, or take this one away",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    controls=controls(nist="SC-7 CM-6", soc2="CC6.6 A1.2", aws="INFRA-08"),
    check=_check,
)
