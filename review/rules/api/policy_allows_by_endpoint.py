"""Each statement that lets somebody call an API is bound to an endpoint, a stage, and where callers sign to callers."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.identities import document
from review.rules.facts import allowing
from review.rules.rule import Rule, controls, each


@each("AWS::ApiGateway::RestApi")
def _check(deployment: Deployment, api: Resource) -> str:
    written = deployment.resolver.of(api, "Policy")
    if written is None:
        return "it has no policy"
    signed = any(
        deployment.resolver.of(method, "AuthorizationType") == "AWS_IAM" for method in deployment.methods_of(api)
    )
    for statement in allowing(document(written, api.place)):
        keys = {t.key.lower() for t in statement.condition if "Not" not in t.operator and "IfExists" not in t.operator}
        actions = statement.action.values if statement.action and not statement.action.negated else ("*",)
        resources = statement.resource.values if statement.resource and not statement.resource.negated else ("*",)
        named = statement.principals.kinds if statement.principals else {"*": ("*",)}
        everybody = "*" in named or "*" in named.get("AWS", ())
        if "aws:sourcevpce" not in keys:
            return f"{statement.place} lets in whoever comes, through whichever endpoint"
        if signed and everybody and "aws:principalarn" not in keys:
            return f"{statement.place} lets in whoever signs"
        if any(action.lower() != "execute-api:invoke" for action in actions):
            return f"{statement.place} lets them more than execute-api:Invoke"
        if any(value.rpartition("/")[0].endswith(":") or "/" not in value for value in resources):
            return f"{statement.place} is about every stage"
    endpoints = (deployment.resolver.of(api, "EndpointConfiguration") or {}).get("VpcEndpointIds")
    return "" if endpoints else "it names no endpoint that it is reached by"


RULE = Rule(
    id="policy-allows-by-endpoint",
    title="Each statement that lets somebody call an API is bound to an endpoint, a stage and its callers",
    why="a statement that is only held back by another one is open when that one is changed",
    severity="medium",
    fix="bind the statement by aws:SourceVpce, by its stage, and by the callers' ARNs",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html",
    controls=controls(nist="AC-3 SC-7", soc2="CC6.1 CC6.6", aws="IAM-08"),
    check=_check,
)
