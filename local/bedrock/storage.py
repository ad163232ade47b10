"""The buckets of S3: verifies the caller, then gives the object that the embedded AWS has.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

What the caller's role and the bucket's policy allow is not looked at: the embedded AWS enforces neither.
"""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.signatures import Received, RefusedError

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CODES = {
    "MissingAuthenticationTokenException": "AccessDenied",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
}
_KINDS = {403: "AccessDenied", 404: "NoSuchKey", 500: "InternalError", 503: "SlowDown"}


def failure(status: int, retry_after: float | None) -> web.Response:
    """An answer that fails with this status."""
    made = error(status, _KINDS.get(status, "InternalError"), "set by the control")
    if retry_after is not None:
        made.headers["Retry-After"] = f"{retry_after:g}"
    return made


def refusal(refused: RefusedError) -> web.Response:
    """The answer to a request whose signature is not right."""
    return error(403, _CODES.get(refused.code, "SignatureDoesNotMatch"), refused.reason)


async def answer(request: Received, aws: Embedded) -> web.Response:
    """Give an object.

    Parameters
    ----------
    request
        A request to `{bucket}.s3.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS, where buckets are the first part of the path.
    """
    bucket = (request.header("host") or "").partition(".")[0]
    if request.method != "GET" or "?" in request.target or request.target == "/":
        return error(405, "MethodNotAllowed", "this stand-in answers GetObject only")
    if request.header("x-amz-content-sha256") is None:
        return error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    found = await aws.ask("s3", "GET", f"/{bucket}{request.target}")
    if found is None:
        return error(503, "ServiceUnavailable", "the embedded AWS does not answer")
    if found.status != 200:
        code = _KINDS.get(found.status, "InternalError")
        return error(found.status, code, "the embedded AWS has no such object")
    return web.Response(body=found.body, content_type=found.kind)


def error(status: int, code: str, message: str) -> web.Response:
    """An error of S3, which speaks XML."""
    id = uuid.uuid4().hex[:16].upper()
    text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{id}</RequestId></Error>"
    return web.Response(status=status, text=text, content_type="application/xml", headers={"x-amz-request-id": id})
