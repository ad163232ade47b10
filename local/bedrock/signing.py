"""The keys of KMS: verifies the caller, then has the embedded AWS sign a digest, and do nothing else.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html

What the caller's role, the key's policy and the endpoint's allow is not looked at: the embedded AWS enforces none of
them. What they say is held here instead: another action, algorithm or type of message is refused.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.bedrock.errors import aws_json
from local.signatures import Received

_KIND = "application/x-amz-json-1.1"
_ALLOWED = {"MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}


async def answer(request: Received, aws: Embedded) -> web.Response:
    """Sign a digest.

    Parameters
    ----------
    request
        A request to `kms.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS, which has the key.
    """
    if request.method != "POST" or request.target != "/" or request.header("x-amz-target") != "TrentService.Sign":
        return aws_json(400, "AccessDeniedException", "signing is all that passes the endpoint")
    try:
        asked: Any = json.loads(request.body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return aws_json(400, "SerializationException", "the body is no JSON object")
    if any(asked.get(name) != value for name, value in _ALLOWED.items()):
        return aws_json(400, "AccessDeniedException", "a digest, by ECDSA_SHA_256, is all that may be signed")
    found = await aws.ask("kms", "POST", "/", request.body, _KIND, {"X-Amz-Target": "TrentService.Sign"})
    if found is None:
        return aws_json(503, "KMSInternalException", "the embedded AWS does not answer")
    return web.Response(status=found.status, body=found.body, content_type=_KIND)
