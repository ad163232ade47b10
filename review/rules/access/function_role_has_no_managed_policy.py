"""Functions' roles carry no managed policy."""

from __future__ import annotations

from review.deployment import Deployment
from review.identities import Identity
from review.rules.facts import each_function_role, listed
from review.rules.rule import Rule, controls


@each_function_role
def _check(deployment: Deployment, role: Identity) -> str:
    managed = listed(deployment.resolver.of(role.resource, "ManagedPolicyArns"))
    return f"it carries {', '.join(map(str, managed))}" if managed else ""


RULE = Rule(
    id="function-role-has-no-managed-policy",
    title="Functions' roles carry no managed policy",
    why="what AWS or somebody else writes into a managed policy changes without a deployment",
    severity="high",
    fix="give the function what it needs in a statement of its own",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    controls=controls(nist="AC-6 CM-3", soc2="CC6.1 CC6.3", aws="IAM-02"),
    check=_check,
)
