"""Endpoints take HTTPS, from the groups of functions; the callers' endpoint from named groups and ranges."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, FUNCTION, GROUP, ingress, listed, service_of, whole
from review.rules.rule import Rule, controls, each


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    for group in listed(deployment.resolver.of(endpoint, "SecurityGroupIds")):
        for rule in ingress(deployment).get(whole(group), []):
            ports = (str(rule.get("FromPort")), str(rule.get("ToPort")))
            if str(rule.get("IpProtocol")) not in ("tcp", "6") or ports != ("443", "443"):
                return f"it takes {rule.get('IpProtocol')} on ports {' to '.join(ports)}"
            block = rule.get("CidrIp") or rule.get("CidrIpv6")
            if block and service_of(deployment, endpoint) != "execute-api":
                return f"it takes whoever comes from {block}: its functions' group is all that is needed"
            if block and str(block).endswith("/0"):
                return f"it takes whoever comes from anywhere, {block}"
            source = whole(rule.get("SourceSecurityGroupId") or "")
            if service_of(deployment, endpoint) != "execute-api" and not block and source not in _members(deployment):
                return f"it takes members of {source}, in which no function is"
    return ""


def _members(deployment: Deployment) -> set[str]:
    return deployment.once(_of_functions)


def _of_functions(deployment: Deployment) -> set[str]:
    groups = {
        whole(group)
        for f in deployment.assembly.of_type(FUNCTION)
        for group in listed((deployment.resolver.of(f, "VpcConfig") or {}).get("SecurityGroupIds"))
    }
    # A group that is made here waits for functions where no team has any yet, unless it is one that callers join.
    made = {whole(deployment.resolver.reference(g.id, g.stack)) for g in deployment.assembly.of_type(GROUP)}
    return groups | (made - _of_callers(deployment))


def _of_callers(deployment: Deployment) -> set[str]:
    return {
        whole(rule.get("SourceSecurityGroupId") or "")
        for endpoint in deployment.assembly.of_type(ENDPOINT)
        if service_of(deployment, endpoint) == "execute-api"
        for group in listed(deployment.resolver.of(endpoint, "SecurityGroupIds"))
        for rule in ingress(deployment).get(whole(group), [])
    }


RULE = Rule(
    id="endpoint-takes-https-from-named-groups",
    title=("Endpoints take HTTPS, from the groups of functions; the callers' endpoint from named groups and ranges"),
    why="whoever reaches the endpoint of a model needs one right more to go round the proxy",
    severity="high",
    fix="name the functions' security group as the source, tcp on 443",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html",
    controls=controls(nist="SC-7 AC-4 AC-6", soc2="CC6.6", aws="INFRA-01", lens="GENSEC01-BP02"),
    check=_check,
)
