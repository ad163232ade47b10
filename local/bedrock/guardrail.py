"""The bedrock-runtime endpoint: verifies the caller, then has the embedded AWS evaluate the guardrail.

The embedded AWS evaluates word and PII policies. Its answer differs from the service's in ways that are put right here
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html):

- when nothing intervenes it returns the texts as `outputs`; the service returns an empty list;
- it has no `actionReason`;
- it applies no filter of prompt attacks (`local.bedrock.attacks`);
- it counts no text units of content filters and topics, which the service does wherever they are configured;
- it says nothing of images. The service looks at them where a content filter that is on has the modality, and says of
  how many it did so (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html). What is to be seen
  on an image is judged by nobody here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from local.bedrock import attacks
from local.bedrock.embedded import Embedded
from local.bedrock.errors import aws_json
from local.signatures import Received

_APPLY = re.compile(r"/guardrail/(?P<id>[^/]+)/version/(?P<version>[^/]+)/apply")
_IMAGES = 20  # in one call
_UNIT = 1000  # characters of a text unit
_versions: dict[tuple[str, str, str], dict[str, Any]] = {}
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


async def answer(request: Received, aws: Embedded, overlooked: int = 0) -> web.Response:
    """Pass an ApplyGuardrail call on to the embedded AWS.

    Parameters
    ----------
    request
        A request whose signature has been verified.
    aws
        The embedded AWS.
    overlooked
        Images of the call that are not looked at.
    """
    path = request.target.partition("?")[0]
    applied = _APPLY.fullmatch(path)
    if request.method != "POST" or not applied:
        return aws_json(404, "UnknownOperationException", "this stand-in answers ApplyGuardrail only")
    found = await aws.ask("bedrock", "POST", path, request.body, request.header("content-type") or "application/json")
    if found is None:
        return aws_json(503, "ServiceUnavailableException", "the embedded AWS does not answer")
    if found.status != 200:
        code = _KINDS.get(found.status, "InternalServerException")
        return aws_json(found.status, code, "the embedded AWS refused the call")
    answered = normalised(json.loads(found.body))
    asked = json.loads(request.body)
    guardrail = await _kept(aws, applied["id"], applied["version"])
    if guardrail is None:
        return aws_json(503, "ServiceUnavailableException", "the embedded AWS does not tell what the guardrail is")
    _attacks(answered, guardrail, asked)
    if images := sum("image" in block for block in asked["content"]):
        if images > _IMAGES:
            return aws_json(400, _KINDS[400], f"more than {_IMAGES} images")
        guarded = max(0, images - overlooked) if looks_at_images(guardrail, asked["source"]) else 0
        answered.setdefault("guardrailCoverage", {})["images"] = {"guarded": guarded, "total": images}
        answered.setdefault("usage", {})["contentPolicyImageUnits"] = guarded
    return web.json_response(answered)


async def _kept(aws: Embedded, id: str, version: str) -> dict[str, Any] | None:
    """Return what the embedded AWS keeps of a guardrail, asked for once if it is a version, which never changes."""
    known = _versions.get((aws.base, id, version))
    if known is None:
        found = await aws.ask("bedrock", "GET", f"/guardrails/{id}?guardrailVersion={version}")
        if found is None or found.status != 200:
            return None
        known = json.loads(found.body)
        if version.isdigit():
            _versions[aws.base, id, version] = known
    return known


def _attacks(answered: dict[str, Any], guardrail: dict[str, Any], asked: dict[str, Any]) -> None:
    """Add what the filter of prompt attacks finds, and the text units that the embedded AWS does not count."""
    filters = (guardrail.get("contentPolicy") or {}).get("filtersConfig") or []
    characters = sum(len(block["text"]["text"]) for block in asked["content"] if "text" in block)
    units = -(-characters // _UNIT)
    usage = answered.setdefault("usage", {})
    usage["contentPolicyUnits"] = units if filters else 0
    usage["topicPolicyUnits"] = units if (guardrail.get("topicPolicy") or {}).get("topicsConfig") else 0
    finding = attacks.judge(filters, asked["source"], asked["content"])
    if finding is None:
        return
    policy = answered["assessments"][0].setdefault("contentPolicy", {"filters": []})
    policy["filters"].append(finding)
    if finding["action"] == "BLOCKED":
        answered["action"], answered["actionReason"] = "GUARDRAIL_INTERVENED", "Guardrail blocked."
        answered["outputs"] = [{"text": guardrail["blockedInputMessaging"]}]


def looks_at_images(guardrail: Any, source: str) -> bool:
    """Tell whether a filter that is on judges images, in what the embedded AWS keeps of a guardrail.

    Examples
    --------
    >>> looks_at_images({"filters": [{"inputStrength": "HIGH", "inputModalities": ["TEXT", "IMAGE"]}]}, "INPUT")
    True
    >>> looks_at_images({"filters": [{"inputStrength": "NONE", "inputModalities": ["TEXT", "IMAGE"]}]}, "INPUT")
    False
    """
    if isinstance(guardrail, list):
        return any(looks_at_images(item, source) for item in guardrail)
    if not isinstance(guardrail, dict):
        return False
    side = source.lower()
    said = {name.lower(): value for name, value in guardrail.items()}
    is_on = said.get(f"{side}strength", "NONE") != "NONE"
    if is_on and "IMAGE" in (said.get(f"{side}modalities") or ()):
        return True
    return any(looks_at_images(value, source) for value in guardrail.values())


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
