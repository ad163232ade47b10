"""API Gateway's own answers, as they are deployed: status, headers and body by the type of the response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
import re

from aiohttp import web

from local.door.event import Call

_STATUS = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "UNAUTHORIZED": 401,
    "DEFAULT_4XX": 403,
    "DEFAULT_5XX": 502,
}
_VARIABLE = re.compile(r"\$(?:\{context\.([A-Za-z.]+)\}|context\.([A-Za-z.]+[A-Za-z]))")


class RefusalError(Exception):
    """A request that API Gateway answers itself.

    Attributes
    ----------
    kind
        The type of the gateway response, such as `UNAUTHORIZED`.
    message
        API Gateway's message, for templates that show it.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message


def response(call: Call, refusal: RefusalError) -> web.Response:
    """Write the answer from the deployed gateway response."""
    deployed = call.api.responses.get(refusal.kind, {})
    family = call.api.responses.get("DEFAULT_4XX" if _STATUS[refusal.kind] < 500 else "DEFAULT_5XX", {})
    status = int(deployed.get("statusCode") or family.get("statusCode") or _STATUS[refusal.kind])
    templates = deployed.get("responseTemplates") or family.get("responseTemplates") or {}
    template = templates.get("application/json", '{"message":$context.error.messageString}')
    values = {
        "error.message": refusal.message,
        "error.messageString": json.dumps(refusal.message),
        "error.responseType": refusal.kind,
        "requestId": call.id,
        "stage": call.api.stage,
    }
    body = _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), template)
    headers = {"x-amzn-RequestId": call.id, "x-amzn-ErrorType": refusal.kind}
    for target, source in (deployed.get("responseParameters") or family.get("responseParameters") or {}).items():
        name = target.removeprefix("gatewayresponse.header.")
        if name != target:
            headers[name] = source[1:-1] if source.startswith("'") else values.get(source.removeprefix("context."), "")
    return web.Response(status=status, text=body, content_type="application/json", headers=headers)
