"""The DNS firewall looks at every name of a chain of redirections."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    for rule in deployment.resolver.of(group, "FirewallRules") or []:
        if rule.get("FirewallDomainRedirectionAction") not in (None, "INSPECT_REDIRECTION_DOMAIN"):
            return f"the rule at {rule.get('Priority')} trusts whatever name an allowed one leads to"
    return ""


RULE = Rule(
    id="redirections-are-inspected",
    title="The DNS firewall looks at every name of a chain of redirections",
    why="an allowed name that leads to another would be a way round the list",
    severity="medium",
    fix="set FirewallDomainRedirectionAction to INSPECT_REDIRECTION_DOMAIN",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-settings.html",
    controls=controls(nist="SC-20 SC-7", soc2="CC6.6"),
    check=_check,
)
