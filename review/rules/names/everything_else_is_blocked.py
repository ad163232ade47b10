"""The DNS firewall blocks every name that it does not allow."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import whole
from review.rules.rule import Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    lists = {
        whole(deployment.resolver.reference(r.id, r.stack)): r
        for r in deployment.assembly.of_type("AWS::Route53Resolver::FirewallDomainList")
    }
    rules = sorted(deployment.resolver.of(group, "FirewallRules") or [], key=lambda rule: int(rule["Priority"]))
    if not rules or rules[-1].get("Action") != "BLOCK":
        return "its last rule blocks nothing"
    last = lists.get(whole(rules[-1].get("FirewallDomainListId", "")))
    if last is None or deployment.resolver.of(last, "Domains") != ["*"]:
        return "its last rule blocks some names: every name, '*', is right"
    if rules[-1].get("Qtype"):
        return "its last rule blocks one type of record: no Qtype is right"
    if not rules[-1].get("BlockResponse"):
        return "its last rule does not say what it answers: Route 53 refuses a rule that blocks without a BlockResponse"
    for rule in rules[:-1]:
        if rule.get("Action") == "ALERT":
            return "a rule answers names and only says so: ALERT"
    return ""


RULE = Rule(
    id="everything-else-is-blocked",
    title="The DNS firewall blocks every name that it does not allow",
    why="whatever is resolved carries out what is in its labels",
    severity="high",
    fix="end the rule group with BLOCK of the domain list '*'",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-actions.html",
    controls=controls(nist="SC-7(5) SC-20", owasp="LLM02", soc2="CC6.6", aws="INFRA-08"),
    check=_check,
)
