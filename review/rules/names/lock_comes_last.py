"""Nothing of a stack can fail after the lock of its DNS firewall is on."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.order import made_before
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroupAssociation")
def _check(deployment: Deployment, association: Resource) -> str:
    if deployment.resolver.of(association, "MutationProtection") != "ENABLED":
        raise NotApplicableError("it is not locked")
    before = deployment.assembly.by_stack[association.stack].resources
    # What no dependency leads to may still fail when the lock is on.
    reached = made_before(association, before)
    left = sorted(
        set(before) - reached - {association.id} - {i for i, r in before.items() if r.type == "AWS::CDK::Metadata"}
    )
    return f"{left[0]} and {len(left) - 1} more may be made after it" if left else ""


RULE = Rule(
    id="lock-comes-last",
    title="Nothing of a stack can fail after the lock of its DNS firewall is on",
    why=(
        "CloudFormation can neither change nor delete a locked association: a first deployment that fails "
        "after it is stuck"
    ),
    severity="medium",
    fix="let the association depend on every other resource of its stack",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-protecting.html",
    controls=controls(nist="CP-10 CM-3", soc2="CC8.1 A1.2"),
    check=_check,
)
