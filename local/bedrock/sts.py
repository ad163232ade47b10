"""The regional STS endpoint: answers a presigned GetCallerIdentity, and nothing else.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from aiohttp import web

from local.bedrock.errors import sts_xml
from local.keys import Key, Keys
from local.signatures import Received, RefusedError, verify_presigned

LONGEST = timedelta(seconds=900)
"""Tokens live 900 s at most. STS itself would take longer ones; a longer one here is a mistake of the kit."""

_CODES = {
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "IncompleteSignatureException": "IncompleteSignature",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
}


def answer(request: Received, keys: Keys, region: str) -> web.Response:
    """Answer a request to the STS endpoint.

    Parameters
    ----------
    request
        What arrived; only its query, headers and signature matter.
    keys, region
        The known keys, and the Region whose endpoint this is.
    """
    parameters = parse_qs(request.target.partition("?")[2])
    if request.method != "GET" or parameters.get("Action") != ["GetCallerIdentity"]:
        return sts_xml(400, "InvalidAction", "this stand-in answers a presigned GET of GetCallerIdentity only")
    if parameters.get("Version") != ["2011-06-15"]:
        return sts_xml(400, "InvalidAction", "Version must be 2011-06-15")
    try:
        key = verify_presigned(request, keys, service="sts", region=region, longest=LONGEST)
    except RefusedError as refused:
        return sts_xml(403, _CODES.get(refused.code, refused.code), refused.reason)
    return _identity(key, as_json="application/json" in (request.header("accept") or ""))


def _identity(key: Key, *, as_json: bool) -> web.Response:
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    result = {"Arn": key.arn, "UserId": key.user_id or key.access_key, "Account": key.account}
    if as_json:
        body = {
            "GetCallerIdentityResponse": {
                "GetCallerIdentityResult": {"Account": key.account, "Arn": key.arn, "UserId": result["UserId"]},
                "ResponseMetadata": {"RequestId": request_id},
            }
        }
        return web.json_response(body, headers=headers)
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult>{fields}</GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    return web.Response(text=text, content_type="text/xml", headers=headers)
