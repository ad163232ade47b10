"""The keys of KMS: verifies the caller, then has the embedded AWS sign or authenticate, and do nothing else.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html,
https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html

What the caller's role, the key's policy and the endpoint's allow is not looked at: the embedded AWS enforces none of
them. What they say is held here instead: another action, algorithm or type of message is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.bedrock.errors import aws_json
from local.signatures import Received

_KIND = "application/x-amz-json-1.1"
#: What passes the endpoint, each with what it must ask for.
_ALLOWED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "TrentService.Sign": {"MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"},
        "TrentService.GenerateMac": {"MacAlgorithm": "HMAC_SHA_256"},
    }
)


async def answer(request: Received, aws: Embedded) -> web.Response:
    """Sign a digest, or authenticate a message.

    Parameters
    ----------
    request
        A request to `kms.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS, which has the key.
    """
    target = request.header("x-amz-target") or ""
    if request.method != "POST" or request.target != "/" or target not in _ALLOWED:
        return aws_json(400, "AccessDeniedException", "signing and authenticating are all that passes the endpoint")
    try:
        asked: Any = json.loads(request.body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return aws_json(400, "SerializationException", "the body is no JSON object")
    if any(asked.get(name) != value for name, value in _ALLOWED[target].items()):
        allowed = ", ".join(f"{name} {value}" for name, value in _ALLOWED[target].items())
        return aws_json(400, "AccessDeniedException", f"of {target} nothing passes the endpoint but {allowed}")
    found = await aws.ask("kms", "POST", "/", request.body, _KIND, {"X-Amz-Target": target})
    if found is None:
        return aws_json(503, "KMSInternalException", "the embedded AWS does not answer")
    return web.Response(status=found.status, body=found.body, content_type=_KIND)
