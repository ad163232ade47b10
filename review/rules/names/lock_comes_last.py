"""Nothing of a stack can fail after the lock of its DNS firewall is on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import listed
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroupAssociation")
def _check(deployment: Deployment, association: Resource) -> str:
    if deployment.resolver.of(association, "MutationProtection") != "ENABLED":
        raise NotApplicableError("it is not locked")
    before = deployment.assembly.by_stack[association.stack].resources
    # A dependency leads to others; what none of them leads to may still fail when the lock is on.
    reached: set[str] = set()
    open_ones = [association.id]
    while open_ones:
        resource = before[open_ones.pop()]
        for name in [*listed(resource.body.get("DependsOn")), *_named(resource.body.get("Properties"))]:
            if name in before and name not in reached:
                reached.add(name)
                open_ones.append(name)
    left = sorted(
        set(before) - reached - {association.id} - {i for i, r in before.items() if r.type == "AWS::CDK::Metadata"}
    )
    return f"{left[0]} and {len(left) - 1} more may be made after it" if left else ""


def _named(value: Any) -> Iterator[str]:
    """What a value refers to in its own template."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield str(inner[0] if isinstance(inner, list) else inner.split(".")[0])
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


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
