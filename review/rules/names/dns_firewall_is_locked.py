"""The association of the DNS firewall is under mutation protection."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::Route53Resolver::FirewallRuleGroupAssociation")
def _check(deployment: Deployment, association: Resource) -> str:
    if deployment.assembly.by_stack[association.stack].properties is not None and not is_protected(
        deployment, association.stack
    ):
        raise NotApplicableError("the stack says that it may be taken away, as one for development does")
    return (
        ""
        if deployment.resolver.of(association, "MutationProtection") == "ENABLED"
        else "it can be taken off the VPC without being unlocked first"
    )


def is_protected(deployment: Deployment, stack: str) -> bool:
    """Whether a stack refuses to be deleted, as the assembly's manifest has it."""
    properties = deployment.assembly.by_stack[stack].properties or {}
    return is_on(properties.get("terminationProtection"))


RULE = Rule(
    id="dns-firewall-is-locked",
    title="The association of the DNS firewall is under mutation protection",
    why="whoever can change one thing in the network could switch the names' firewall off",
    severity="medium",
    fix="set MutationProtection to ENABLED",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-protecting.html",
    controls=controls(nist="CM-5 SC-7", soc2="CC8.1"),
    check=_check,
)
