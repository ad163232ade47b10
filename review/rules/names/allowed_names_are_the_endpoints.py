"""The names that the DNS firewall allows are those of the endpoints and of named buckets."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.deployment import Deployment
from review.resolve import UnreadableError
from review.rules.facts import ENDPOINT, listed, service_of, whole
from review.rules.rule import Rule, controls, each

_SERVICE = re.compile(r"^(?:\*\.execute-api|[a-z0-9-]+)\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$")
#: The name that an endpoint of these templates has by itself.
_OWN = re.compile(r"^<[A-Za-z0-9.-]+>\.(?P<service>[a-z0-9-]+)\.[a-z0-9-]+\.vpce\.amazonaws\.com$")
_BUCKET = re.compile(r"^[a-z0-9.-]+\.s3\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$")


#: What is allowed by the names of buckets.
_BY_BUCKET = {"s3"}


@each("AWS::Route53Resolver::FirewallRuleGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    lists = {
        whole(deployment.resolver.reference(r.id, r.stack)): r
        for r in deployment.assembly.of_type("AWS::Route53Resolver::FirewallDomainList")
    }
    services = {service_of(deployment, endpoint) for endpoint in deployment.assembly.of_type(ENDPOINT)}
    allowed: set[str] = set()
    for rule in deployment.resolver.of(group, "FirewallRules") or []:
        if rule.get("Action") != "ALLOW":
            continue
        named = lists.get(whole(rule.get("FirewallDomainListId", "")))
        if named is None:
            raise UnreadableError(f"{group.place} allows a list of names that is in no template")
        for name in deployment.resolver.of(named, "Domains"):
            wrong = _judge(str(name).rstrip("."), services)
            if wrong:
                return wrong
            allowed.add(_service(str(name).rstrip(".")))
    open_ones = {service_of(deployment, e) for e in deployment.assembly.of_type(ENDPOINT) if _lets(deployment, e)}
    missing = sorted(open_ones - allowed - _BY_BUCKET)
    return f"it allows no name of the endpoint for {missing[0]}, which nothing reaches then" if missing else ""


def _lets(deployment: Deployment, endpoint: Resource) -> bool:
    """Whether an endpoint's policy lets anything through."""
    written = deployment.resolver.of(endpoint, "PolicyDocument")
    return written is None or any(s.get("Effect") == "Allow" for s in listed(written.get("Statement")))


def _service(name: str) -> str:
    """The service that a name is of."""
    own = _OWN.match(name)
    return own["service"] if own else name.removeprefix("*.").partition(".")[0]


def _judge(name: str, services: set[str]) -> str:
    if _BUCKET.match(name) or _OWN.match(name):
        return ""
    if not _SERVICE.match(name):
        return f"it allows {name}, which is the name of no endpoint"
    service = _service(name)
    if services and service not in services:
        return f"it allows {name}, and there is no endpoint for {service}"
    return ""


RULE = Rule(
    id="allowed-names-are-the-endpoints",
    title="The names that the DNS firewall allows are those of the endpoints, each of them, and of named buckets",
    why="an allowed name that somebody else's server answers for carries data to it",
    severity="high",
    fix="list the endpoints' names, one by one",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-domain-lists.html",
    controls=controls(nist="SC-7 SC-20 AC-4", owasp="LLM02", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
