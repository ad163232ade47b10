"""The endpoints of Bedrock let through roles that are known by their path alone."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, allowing, service_of
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    if not service_of(deployment, endpoint).startswith("bedrock"):
        raise NotApplicableError("no model answers behind it")
    for attached in deployment.attached(ENDPOINT):
        if attached.resource.place != endpoint.place or attached.document is None:
            continue
        for statement in allowing(attached.document):
            named = [
                t
                for t in statement.condition
                if t.key.lower() == "aws:principalarn"
                and t.operator.startswith("Arn")
                and "Not" not in t.operator
                and not t.operator.endswith("IfExists")
            ]
            if not any(
                ":role/" in value and not value.partition(":role/")[2].startswith(("*", "?"))
                for t in named
                for value in t.values
            ):
                return f"{statement.place} lets through principals of any name or path"
    return ""


RULE = Rule(
    id="model-endpoint-takes-roles-by-path",
    title="The endpoints of Bedrock let through roles that are known by their path alone",
    why="a role of this account that is no proxy would call the model past the guardrail",
    severity="high",
    fix="add ArnLike on aws:PrincipalArn with the proxies' path",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.md",
    controls=controls(nist="AC-3 AC-6 SC-7", owasp="LLM02", soc2="CC6.1 CC6.6", aws="INFRA-01", lens="GENSEC01-BP01"),
    check=_check,
)
