"""The stacks that are there: those whose team has no file any more, and those that are in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.account import Account
from preflight.looks._base import Look, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"
_FAILED = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
_SETTLED = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
)


def every(account: Account) -> dict[str, Mapping[str, Any]]:
    """Return the stacks of the account and Region by name; what was deleted is not among them."""
    stacks = account.all("cloudformation", "DescribeStacks", "Stacks")
    return {stack["StackName"]: stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}


def outputs(account: Account, name: str) -> dict[str, str]:
    """Return the outputs of a stack; none if it is not there."""
    found = every(account).get(name, {}).get("Outputs", ())
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def is_deployed(account: Account, name: str) -> bool:
    """Whether a stack is there with its resources, so that what has its names is its own."""
    stack = every(account).get(name)
    return stack is not None and stack["StackStatus"] not in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    stacks = every(account)
    left = [name for name in sorted(stacks) if _is_team(plan, stacks[name]) and name not in plan.stacks]
    for name in left:
        yield _left(plan, name)
    if not left:
        yield ok("team-has-file", plan.stack("Team-*"), "no stack of a team without a file")
    for name in plan.stacks:
        if name in stacks:
            yield from _state(plan, stacks[name])


def _is_team(plan: Plan, stack: Mapping[str, Any]) -> bool:
    """Whether a stack is one of this deployment's teams; the tag tells `prod` from a deployment called `prod-Team`."""
    owner = _tags(stack).get("deployment", plan.name)
    return owner == plan.name and stack["StackName"].startswith(plan.stack("Team-"))


def _tags(stack: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}


def _left(plan: Plan, name: str) -> Finding:
    team = name.removeprefix(plan.stack("Team-"))
    return warning(
        "team-has-file",
        name,
        f"the stack is there, and {plan.file(f'teams/{team}.yaml')} is not",
        why="cdk deploy does not look at it: its API goes on answering its callers, and its Project goes on costing.",
        cure=f"if the team has left: aws cloudformation delete-stack --stack-name {name} --region {plan.region}, which "
        f"keeps its logs and archives its Project; if not, restore {plan.file(f'teams/{team}.yaml')}",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html",
    )


def _state(plan: Plan, stack: Mapping[str, Any]) -> Iterator[Finding]:
    name, status = stack["StackName"], stack["StackStatus"]
    if status in _SETTLED:
        owner = _tags(stack).get("deployment")
        if owner is not None and owner != plan.name:
            yield stops(
                "stack-is-ours",
                name,
                f"its tag 'deployment' is '{owner}', and this deployment is '{plan.name}'",
                why="Deploying would turn somebody else's stack into this one.",
                cure=f"set another 'name' in {plan.deployment_file}",
                source=_SOURCE,
            )
        else:
            yield ok("stack-state", name, f"{status}: it will be updated")
    elif status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        yield stops(
            "stack-state",
            name,
            f"{status}: somebody is changing it",
            why="CloudFormation takes no second change of a stack before the first has ended.",
            cure=f"aws cloudformation wait stack-update-complete --stack-name {name} --region {plan.region}",
            source=_SOURCE,
        )
    elif status in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"):
        yield warning(
            "stack-state",
            name,
            f"{status}: left by a first try that did not get to its end",
            why="The CDK deletes such a stack and makes it anew; CloudFormation's own console does not.",
            cure=f"aws cloudformation delete-stack --stack-name {name} --region {plan.region}",
            source=_FAILED,
        )
    else:
        yield stops("stack-state", name, status, why=_why(status), cure=_cure(plan, name, status), source=_FAILED)


def _why(status: str) -> str:
    if status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
        return "A resource could not be deleted, often a DNS firewall's association under mutation protection."
    return "CloudFormation takes no update of a stack in this state."


def _cure(plan: Plan, name: str, status: str) -> str:
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"aws cloudformation continue-update-rollback --stack-name {name} --region {plan.region}"
    return (
        f"aws cloudformation describe-stack-events --stack-name {name} --region {plan.region} names the resource; "
        f"docs/network.md has the command that unlocks a DNS firewall; then aws cloudformation delete-stack "
        f"--stack-name {name} --region {plan.region}"
    )


LOOK = Look(
    "stack-state",
    "Stacks that are there already",
    "A stack in the wrong state takes no deployment; a team's stack without a file goes on answering.",
    _SOURCE,
    _ask,
)
