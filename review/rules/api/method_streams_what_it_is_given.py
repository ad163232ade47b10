"""A method whose function streams its answer hands it on as it comes, for as long as it takes."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import NotApplicableError, Rule, controls, each

#: What API Gateway takes otherwise: whole answers, of 29 seconds at most, and for a function no method that it knows.
_SAID = {"IntegrationHttpMethod": "POST", "ResponseTransferMode": "STREAM"}


@each("AWS::ApiGateway::Method")
def _check(deployment: Deployment, method: Resource) -> str:
    integration = deployment.resolver.of(method, "Integration") or {}
    if not str(integration.get("Uri")).endswith("/response-streaming-invocations"):
        raise NotApplicableError("it leads to no function that streams")
    for name, right in _SAID.items():
        if integration.get(name) != right:
            return f"its integration has the {name} {integration.get(name)}: {right} is right"
    return "" if integration.get("TimeoutInMillis") else "it does not say how long it waits, and ends after 29 seconds"


RULE = Rule(
    id="method-streams-what-it-is-given",
    title="A method whose function streams its answer hands it on as it comes, for as long as it takes",
    why="an answer that is cut off after it was guarded, recorded and paid for is one that nobody has",
    severity="low",
    fix="set IntegrationHttpMethod to POST, ResponseTransferMode to STREAM, and TimeoutInMillis",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    controls=controls(nist="SC-5 CM-6", soc2="A1.1"),
    check=_check,
)
