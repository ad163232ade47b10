"""Which resource types CloudFormation has in the Region: not every Region has the newest."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops
from preflight.plan import Plan
from review.finding import Finding

_PROJECT = "AWS::BedrockMantle::Project"
_TYPES = (_PROJECT, "AWS::Bedrock::Guardrail", "AWS::Bedrock::GuardrailVersion")
_SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html"
_PROJECTS = "https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    without = [team for team in plan.teams if team.project is None]
    for name in _TYPES:
        if name == _PROJECT and not without:
            yield ok("resource-type", name, "every team names a Project that exists: none is made")
            continue
        known = account.ask(
            "cloudformation", "DescribeType", Type="RESOURCE", TypeName=name, absent=("TypeNotFoundException",)
        )
        if known is not None:
            yield ok("resource-type", name, f"CloudFormation has it in {plan.region}")
        elif name == _PROJECT:
            first = without[0]
            yield stops(
                "resource-type",
                name,
                f"CloudFormation does not have it in {plan.region}, and {len(without)} of the teams name no Project",
                why="CloudFormation refuses a template with a type that it does not have, before it makes anything.",
                cure=f"make project TEAM={first.name}, and the line that it prints into {plan.team_file(first)}; the "
                f"same for {', '.join(team.name for team in without[1:]) or 'no other'}",
                source=_PROJECTS,
            )
        else:
            yield stops(
                "resource-type",
                name,
                f"CloudFormation does not have it in {plan.region}",
                why="Nothing passes to a model unguarded, so nothing can be deployed without a guardrail.",
                cure=f"set 'region' in {plan.deployment_file} to one that has it",
                source=_SOURCE,
            )


LOOK = Look(
    "resource-type",
    "Resource types of the Region",
    "CloudFormation refuses a template with a type that it does not have.",
    _SOURCE,
    _ask,
)
