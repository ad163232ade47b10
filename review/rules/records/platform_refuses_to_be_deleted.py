"""Stacks of the platform refuse to be deleted."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import developing, is_on
from review.rules.rule import Result, Rule, controls


def _check(deployment: Deployment) -> Iterator[Result]:
    for template in deployment.assembly.templates:
        kinds = {resource.type for resource in template.resources.values() if not _is_a_teams(deployment, resource)}
        if not kinds & {"AWS::KMS::Key", "AWS::S3::Bucket", "AWS::EC2::VPC", "AWS::Bedrock::Guardrail"}:
            continue
        if template.properties is None:
            yield Result(
                f"{template.stack}/template", Status.NOT_APPLICABLE, "no manifest says how the stack is deployed"
            )
        elif developing(deployment):
            yield Result(
                f"{template.stack}/template", Status.NOT_APPLICABLE, "the deployment says that it may be taken away"
            )
        elif is_on(template.properties.get("terminationProtection")):
            yield Result(f"{template.stack}/template", Status.PASS, "")
        else:
            yield Result(f"{template.stack}/template", Status.FAIL, "the stack can be deleted by one call")


def _is_a_teams(deployment: Deployment, resource: Resource) -> bool:
    """Whether it is a key that signs a team's records: it encrypts nothing, and stays when its stack goes."""
    usage = deployment.resolver.of(resource, "KeyUsage") if resource.type == "AWS::KMS::Key" else None
    return usage in ("SIGN_VERIFY", "GENERATE_VERIFY_MAC") and resource.body.get("DeletionPolicy") == "Retain"


RULE = Rule(
    id="platform-refuses-to-be-deleted",
    title="Stacks of the platform refuse to be deleted",
    why="the network, the keys and the guardrail of all teams would go by one mistake",
    severity="medium",
    fix="set the stack's termination protection",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html",
    controls=controls(nist="CP-9 CM-5", soc2="CC8.1 A1.2"),
    check=_check,
)
