"""One blocked name raises an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of, whole
from review.rules.rule import Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    own = whole(deployment.resolver.reference(group.id, group.stack))
    blocked = {
        whole(rule.get("FirewallDomainListId", ""))
        for rule in deployment.resolver.of(group, "FirewallRules") or []
        if rule.get("Action") == "BLOCK"
    }
    for alarm in deployment.assembly.of_type("AWS::CloudWatch::Alarm"):
        known = of(deployment, alarm)
        if known.get("Namespace") != "AWS/Route53Resolver" or known.get("MetricName") != "FirewallRuleQueryVolume":
            continue
        dimensions = {d["Name"]: whole(d["Value"]) for d in known.get("Dimensions") or []}
        if dimensions.get("FirewallRuleGroupId") == own and dimensions.get("FirewallDomainListId") in blocked:
            return _loud(known)
    return "no alarm is raised when it blocks a name"


def _loud(known: Mapping[str, Any]) -> str:
    if float(known.get("Threshold", 0)) > 1 or known.get("ComparisonOperator") != "GreaterThanOrEqualToThreshold":
        return f"its alarm is raised at {known.get('Threshold')} or otherwise: one blocked name is enough"
    if known.get("Statistic") != "Sum" or int(known.get("EvaluationPeriods", 0)) != 1:
        return "its alarm waits for more than one blocked name in one period"
    return "its alarm is switched off" if known.get("ActionsEnabled") in (False, "false") else ""


RULE = Rule(
    id="blocked-names-raise-an-alarm",
    title="One blocked name raises an alarm",
    why="nothing of the deployment asks for another name: one that does is an attempt or a mistake",
    severity="medium",
    fix="add an alarm on FirewallRuleQueryVolume of the blocking rule, at 1",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-resolver-dns-firewall-with-cloudwatch.html",
    controls=controls(nist="SI-4 IR-5", ai600="MS-2.7-004", soc2="CC7.2 CC7.3", aws="DETECT-05", iso="A.6.2.6"),
    check=_check,
)
