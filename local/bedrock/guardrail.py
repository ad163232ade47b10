"""The bedrock-runtime endpoint: verifies the caller, then has the embedded AWS evaluate the guardrail.

The embedded AWS evaluates word and PII policies. Its answer differs from the service's in two ways that are put
right here (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html):

- when nothing intervenes it returns the texts as `outputs`; the service returns an empty list;
- it has no `actionReason`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.bedrock.errors import aws_json
from local.signatures import Received

_APPLY = re.compile(r"/guardrail/[^/]+/version/[^/]+/apply")
_KINDS = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


def failure(status: int, retry_after: float | None) -> web.Response:
    """An answer that fails with this status."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return aws_json(status, _KINDS.get(status, "InternalServerException"), "set by the control", headers)


async def answer(request: Received, aws: Embedded) -> web.Response:
    """Pass an ApplyGuardrail call on to the embedded AWS.

    Parameters
    ----------
    request
        A request whose signature has been verified.
    aws
        The embedded AWS.
    """
    path = request.target.partition("?")[0]
    if request.method != "POST" or not _APPLY.fullmatch(path):
        return aws_json(404, "UnknownOperationException", "this stand-in answers ApplyGuardrail only")
    found = await aws.ask("bedrock", "POST", path, request.body, request.header("content-type") or "application/json")
    if found is None:
        return aws_json(503, "ServiceUnavailableException", "the embedded AWS does not answer")
    if found.status != 200:
        code = _KINDS.get(found.status, "InternalServerException")
        return aws_json(found.status, code, "the embedded AWS refused the call")
    return web.json_response(normalised(json.loads(found.body)))


def normalised(found: dict[str, Any]) -> dict[str, Any]:
    """Give the embedded AWS's answer the form of the service's."""
    intervened = found.get("action") == "GUARDRAIL_INTERVENED"
    assessments = found.get("assessments") or []
    blocked = '"BLOCKED"' in json.dumps(assessments)
    reason = "Guardrail blocked." if blocked else "Guardrail masked." if intervened else "No action."
    return {
        **found,
        "actionReason": reason,
        "outputs": found.get("outputs", []) if intervened else [],
        "assessments": assessments or [{}],
    }
