"""The buckets of S3: verifies the caller, then does with the embedded AWS's objects what the endpoint lets through.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

What the caller's role and the bucket's policy allow is not looked at: the embedded AWS enforces neither. Of the
endpoint's policy it is looked at what a role of a kind may do at all: a proxy reads an object, or puts one into an
archive of prompts, which it never reads; a function of a team's own lists a bucket, and writes an object, too.
"""

from __future__ import annotations

import base64
import hashlib
import re
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


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
_LIST = re.compile(r"/\?(?=.*\blist-type=2\b)[\w%.=&~-]+")
#: The archive of a team's prompts, by the name that the kit gives it (`stacks.settings.archive`), and an object of it.
_ARCHIVE = re.compile(r"[a-z0-9-]+-audit-[a-z0-9-]+-[0-9a-f]{10}")


async def answer(request: Received, aws: Embedded, own: bool = False) -> web.Response:
    """Give an object; of a team's own function, take one or list them.

    Parameters
    ----------
    request
        A request to `{bucket}.s3.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS, where buckets are the first part of the path.
    own
        Whether a function of a team's own asks.
    """
    bucket = (request.header("host") or "").partition(".")[0]
    archive = _ARCHIVE.fullmatch(bucket)
    reads = request.method == "GET" and "?" not in request.target and request.target != "/"
    lists = request.method == "GET" and _LIST.fullmatch(request.target) is not None
    writes = request.method == "PUT" and "?" not in request.target and request.target != "/"
    if not (reads or writes or (own and lists)):
        said = "GetObject, PutObject and ListObjectsV2" if own else "GetObject and PutObject"
        return error(405, "MethodNotAllowed", f"this stand-in answers {said} only")
    if request.header("x-amz-content-sha256") is None:
        return error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    # Names of deployments and teams may hold what joins them, so the bucket alone does not tell the team's.
    team, slash, _ = request.target[1:].partition("/")
    archived = archive is not None and writes and bool(slash) and bucket[:-11].endswith(f"-audit-{team}")
    if (archive is not None and (own or not archived)) or (archive is None and writes and not own):
        return error(403, "AccessDenied", "the endpoint lets a proxy put objects into its team's archive, and no more")
    if archive is not None and (wrong := _unchecked(request)):
        return wrong
    body, kind = (request.body, request.header("content-type") or "") if writes else (b"", "")
    found = await aws.ask("s3", request.method, f"/{bucket}{request.target}", body, kind)
    if found is None:
        return error(503, "ServiceUnavailable", "the embedded AWS does not answer")
    if found.status != 200:
        code = _KINDS.get(found.status, "InternalError")
        return error(found.status, code, "the embedded AWS has no such object")
    return web.Response(body=found.body, content_type=found.kind)


def _unchecked(request: Received) -> web.Response | None:
    """Refuse what Object Lock refuses: an object that comes without a checksum, or whose checksum is another's.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    checksum = request.header("x-amz-checksum-sha256")
    if checksum is None:
        needed = "Content-MD5 OR x-amz-checksum- HTTP header is required"
        return error(400, "InvalidRequest", f"{needed} for Put Object requests with Object Lock parameters")
    if checksum != base64.b64encode(hashlib.sha256(request.body).digest()).decode():
        return error(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
    return None


def error(status: int, code: str, message: str) -> web.Response:
    """An error of S3, which speaks XML."""
    id = uuid.uuid4().hex[:16].upper()
    text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{id}</RequestId></Error>"
    return web.Response(status=status, text=text, content_type="application/xml", headers={"x-amz-request-id": id})
