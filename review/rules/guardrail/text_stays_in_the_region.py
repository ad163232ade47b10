"""Text is read in the Region of the deployment, or its outputs say where else."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Document
from review.rules.facts import allowing, identity_policies, of, output
from review.rules.rule import NotApplicableError, Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for guardrail in deployment.assembly.of_type("AWS::Bedrock::Guardrail"):
        yield judged(_tier, deployment, guardrail)
    for resource, found in identity_policies(deployment):
        if any(s.action and any(a.startswith("bedrock") for a in s.action.values) for s in allowing(found)):
            yield judged(lambda d, r, found=found: _arns(d, r, found), deployment, resource)  # type: ignore[misc]


def _tier(deployment: Deployment, guardrail: Resource) -> str:
    if "CrossRegionConfig" not in guardrail.properties and "STANDARD" not in str(of(deployment, guardrail)):
        return ""
    if "acknowledge_cross_region" in output(deployment, "Residency"):
        raise NotApplicableError(f"the deployment says in its output Residency: {output(deployment, 'Residency')}")
    return "it reads text in other Regions, and no output of the deployment says so"


def _arns(deployment: Deployment, resource: Resource, found: Document) -> str:
    region = deployment.resolver.place(resource.stack).region
    said = "acknowledge_cross_region" in output(deployment, "Residency")
    for statement in allowing(found):
        for arn in statement.resource.values if statement.resource else ():
            parts = arn.split(":")
            if (
                len(parts) > 5
                and parts[2].startswith("bedrock")
                and parts[3] not in (region, "")
                and not (said and "guardrail-profile" in arn)
            ):
                return f"{statement.place} reaches {parts[2]} in {parts[3]}"
    return ""


RULE = Rule(
    id="text-stays-in-the-region",
    title="Text is read in the Region of the deployment, or its outputs say where else",
    why="where text is processed is a promise to the people whose it is",
    severity="high",
    fix="use the tier classic, and name one Region in every ARN",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region.html",
    controls=controls(nist="SC-7 AC-4 PT-2", ai600="2.4", iso="A.10.3", soc2="C1.1"),
    check=_check,
)
