"""What an API answers by itself is an error of OpenAI's form, with the request's id and nothing else of it."""

from __future__ import annotations

import json

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of
from review.rules.rule import Rule, controls, each

_ID = "gatewayresponse.header.x-request-id"
_NEEDED = ("message", "type", "code")


@each("AWS::ApiGateway::GatewayResponse")
def _check(deployment: Deployment, response: Resource) -> str:
    known = of(deployment, response)
    if (known.get("ResponseParameters") or {}).get(_ID) != "context.requestId":
        return "it does not carry the request's id, by which its record is found"
    template = (known.get("ResponseTemplates") or {}).get("application/json")
    if template is None:
        return "its words are API Gateway's own, in a form that no client of OpenAI's reads"
    if "$" in template:
        return "its words are made of the request: what a caller sent comes back, and may be a prompt"
    said = json.loads(template).get("error")
    if not isinstance(said, dict) or any(not said.get(name) for name in _NEEDED):
        return f"its words are no error of OpenAI's form, with {', '.join(_NEEDED)}"
    if not str(known.get("ResponseType")).startswith("DEFAULT_") and not known.get("StatusCode"):
        return "it does not say its status, by which clients know whether to try again"
    return ""


RULE = Rule(
    id="refusals-carry-their-id",
    title="What an API answers by itself is an error of OpenAI's form, with the request's id and nothing else of it",
    why="a refusal without its id is not found in the log, and one that repeats the request may repeat a prompt",
    severity="low",
    fix="set the header x-request-id to context.requestId, and fixed words as JSON",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    controls=controls(nist="AU-3 SI-11", owasp="LLM02", soc2="CC7.2"),
    check=_check,
)
