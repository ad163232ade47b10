"""What an earlier try, or somebody else, left under the names that this deployment will use."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, stops
from preflight.looks.stacks import is_deployed
from preflight.plan import Plan
from review.finding import Finding

_NAMED = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    for where, part in (
        (plan.guardrail, _guardrail),
        (plan.trail, _trail),
        (f"alias/{plan.name.lower()}/*", _aliases),
        (plan.query_policy or "log resource policy", _policy),
        (f"{plan.name}-Team-*", _functions),
    ):
        yield from attempt(LOOK, where, part(account, plan))


def _guardrail(account: Account, plan: Plan) -> Iterator[Finding]:
    if is_deployed(account, plan.stack("Guardrails")):
        yield ok("name-is-free", plan.guardrail, "the guardrail is its stack's own")
        return
    found = [g for g in account.all("bedrock", "ListGuardrails", "guardrails") if g["name"] == plan.guardrail]
    if not found:
        yield ok("name-is-free", plan.guardrail, "no guardrail has the name")
    for guardrail in found:
        yield _taken(
            plan,
            f"guardrail {plan.guardrail}",
            f"{guardrail['id']} has the name, and no stack of this deployment made it",
            f"aws bedrock delete-guardrail --guardrail-identifier {guardrail['id']} --region {plan.region}",
        )


def _trail(account: Account, plan: Plan) -> Iterator[Finding]:
    if is_deployed(account, plan.stack("Audit")):
        yield ok("name-is-free", plan.trail, "the trail is its stack's own")
        return
    trails = account.ask("cloudtrail", "DescribeTrails", includeShadowTrails=True)["trailList"]
    if not any(trail["Name"] == plan.trail and trail.get("HomeRegion") == plan.region for trail in trails):
        yield ok("name-is-free", plan.trail, "no trail has the name")
        return
    yield _taken(
        plan,
        f"trail {plan.trail}",
        "a trail has the name, and no stack of this deployment made it",
        f"aws cloudtrail delete-trail --name {plan.trail} --region {plan.region}",
    )


def _aliases(account: Account, plan: Plan) -> Iterator[Finding]:
    there = {alias["AliasName"]: alias for alias in account.all("kms", "ListAliases", "Aliases")}
    for name, stack in plan.aliases.items():
        if name in there and not is_deployed(account, stack):
            yield _taken(
                plan,
                name,
                f"key {there[name].get('TargetKeyId', 'unknown')} has the alias, and the stack {stack} is not there",
                f"aws kms delete-alias --alias-name {name} --region {plan.region}",
                kept=" The key stays, and what it encrypted can still be read.",
            )
        else:
            yield ok("name-is-free", name, "the alias is free, or its stack's own")


def _policy(account: Account, plan: Plan) -> Iterator[Finding]:
    name = plan.query_policy
    if name is None:
        return
    policies = account.all("logs", "DescribeResourcePolicies", "resourcePolicies")
    if any(p["policyName"] == name for p in policies) and not is_deployed(account, plan.stack("Network")):
        yield _taken(
            plan,
            f"log resource policy {name}",
            "a policy has the name, and no stack of this deployment made it",
            f"aws logs delete-resource-policy --policy-name {name} --region {plan.region}",
        )
    else:
        yield ok("name-is-free", name, "the log resource policy's name is free, or its stack's own")


def _functions(account: Account, plan: Plan) -> Iterator[Finding]:
    for name, stack in plan.functions.items():
        if is_deployed(account, stack):
            continue
        found = account.ask(
            "lambda", "GetFunctionConcurrency", FunctionName=name, absent=("ResourceNotFoundException",)
        )
        if found is not None:
            yield _taken(
                plan,
                f"function {name}",
                f"a function has the name, and the stack {stack} is not there",
                f"aws lambda delete-function --function-name {name} --region {plan.region}",
            )
        else:
            yield ok("name-is-free", name, "no function has the name")


def _taken(plan: Plan, where: str, found: str, command: str, kept: str = "") -> Finding:
    return stops(
        "name-is-free",
        where,
        found,
        why="CloudFormation cannot make what exists under its name: the stack fails and is rolled back.",
        cure=f"if nothing uses it: {command}. If it is another deployment's, set another 'name' in "
        f"{plan.deployment_file}.{kept}",
        source=_NAMED,
    )


LOOK = Look(
    "name-is-free",
    "Leftovers under the deployment's names",
    "CloudFormation cannot make what exists under its name.",
    _NAMED,
    _ask,
)
