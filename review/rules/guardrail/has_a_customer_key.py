"""The guardrail's words and topics are encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::Bedrock::Guardrail")
def _check(deployment: Deployment, guardrail: Resource) -> str:
    keys = {deployment.resolver.arn(key) for key in deployment.assembly.of_type("AWS::KMS::Key")}
    named = deployment.resolver.of(guardrail, "KmsKeyArn")
    return "" if named in keys else f"its words and topics are encrypted with {named or 'a key of AWS'}"


RULE = Rule(
    id="has-a-customer-key",
    title="The guardrail's words and topics are encrypted with a key of the deployment",
    why="a list of forbidden words is a list of secrets",
    severity="medium",
    fix="set KmsKeyArn to the deployment's key",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-data-encryption.html",
    controls=controls(nist="SC-12 SC-28", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
