"""Projects are made where CloudFormation can make them."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import NotApplicableError, Rule, controls, each

#: Regions whose CloudFormation registry has the type, as cfn-lint's schemas of 2026-10-20 have it.
_REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "us-gov-west-1")


@each("AWS::BedrockMantle::Project")
def _check(deployment: Deployment, project: Resource) -> str:
    region = deployment.assembly.by_stack[project.stack].region
    if region is None:
        raise NotApplicableError("the templates do not say their Region")
    return "" if region in _REGIONS else f"CloudFormation makes no Projects in {region}"


RULE = Rule(
    id="project-can-be-made-in-its-region",
    title="Projects are made where CloudFormation can make them",
    why="the deployment is rolled back halfway",
    severity="medium",
    fix="name a Project that is there already in the team's file",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrockmantle-project.html",
    controls=controls(nist="CM-6", soc2="A1.2"),
    check=_check,
)
