"""Every method of an API leads to a function of its own stack, by API Gateway's own right."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import leads_to_its_own
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::ApiGateway::Method")
def _check(deployment: Deployment, method: Resource) -> str:
    integration = deployment.resolver.of(method, "Integration") or {}
    if integration.get("Type") == "MOCK":
        raise NotApplicableError("it answers by itself")
    if integration.get("ConnectionType") not in (None, "INTERNET"):
        return f"it leads by a {integration.get('ConnectionType')} to where no rule looks"
    if integration.get("Credentials"):
        return "it takes on a role of its own when it calls the function"
    own = leads_to_its_own(deployment, method, integration.get("Uri"))
    return "" if own else "it leads to no function of its own stack"


RULE = Rule(
    id="every-method-goes-to-a-function",
    title="Every method of an API leads to a function of its own stack, by API Gateway's own right",
    why="a method that leads to another team's function spends that team's money and uses its rights",
    severity="high",
    fix="name the stack's own function in the integration's Uri",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integrations.html",
    controls=controls(nist="AC-3 AC-4", owasp="LLM02", soc2="CC6.1"),
    check=_check,
)
