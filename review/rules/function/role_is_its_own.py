"""Every function has a role of its own."""

from __future__ import annotations

from review.deployment import Deployment
from review.resolve import UnreadableError
from review.rules.facts import Function, each_function, functions
from review.rules.rule import Rule, controls


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if function.role is None:
        raise UnreadableError(f"{function.resource.place} has a role that no template makes")
    if function.role.resource.stack != function.resource.stack:
        return f"it has the role of another stack, {function.role.resource.place}"
    users = deployment.once(_users)[function.role.arn]
    return f"{' and '.join(users)} have one role" if len(users) > 1 else ""


def _users(deployment: Deployment) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for function in functions(deployment):
        if function.role is not None:
            found.setdefault(function.role.arn, []).append(function.resource.place)
    return found


RULE = Rule(
    id="role-is-its-own",
    title="Every function has a role of its own",
    why="two functions with one role have each other's rights",
    severity="high",
    fix="make a role for each function, in its own stack",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    controls=controls(nist="AC-5 AC-6", soc2="CC6.1 CC6.3", aws="IAM-02"),
    check=_check,
)
