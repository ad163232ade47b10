"""Verifies AWS Signature Version 4 the way AWS does: with botocore's own signer as the reference.

The request is rebuilt from what arrived, with the headers that its caller says were signed, and signed again with
the secret that belongs to the access key. Everything is refused that AWS refuses: an unknown key, another Region or
service in the scope, a clock that is off, a session token that is missing or foreign, a body other than the signed
one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from local.keys import Key, Keys

SKEW = timedelta(minutes=5)
"""How far a caller's clock may be off (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html)."""

_ALGORITHM = "AWS4-HMAC-SHA256"
# What S3 takes in place of the body's hash; clients of the embedded AWS send bodies so
# (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html).
_UNHASHED = frozenset(
    {
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    }
)
_PARTS = re.compile(r"\s*([A-Za-z]+)=([^,\s]+)\s*")


Find = Callable[[str], Key | None]
"""Finds a key by its id."""


class RefusedError(Exception):
    """A request that AWS would not let in.

    Attributes
    ----------
    code
        The error code of AWS, such as `InvalidSignatureException`.
    reason
        A sentence for the caller. It never holds a secret, nor a byte of the body.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in from the network.

    Parameters
    ----------
    method, target
        `target` is the path with its query, undecoded, as it stood on the request line.
    headers
        All headers, in their order.
    body
        The whole body.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Give a header's value (several are joined by commas), or None."""
        values = [value.strip() for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None


@dataclass(frozen=True, slots=True)
class _Claim:
    credential: str
    signed: str
    signature: str
    timestamp: str
    token: str | None
    payload_hash: str


def verify(
    request: Received,
    keys: Keys | Find,
    *,
    services: Collection[str] | None,
    region: str | None,
    now: datetime | None = None,
) -> Key:
    """Verify the Authorization header's signature.

    Parameters
    ----------
    request
        What arrived.
    keys
        The known keys, or what finds one by its id.
    services, region
        What the credential's scope may name; None where any will do.
    now
        The server's clock, for tests.

    Returns
    -------
    Key
        The key that signed.

    Raises
    ------
    RefusedError
        With AWS's error code, for anything but a valid signature.
    """
    authorization = request.header("authorization")
    if not authorization:
        raise RefusedError("MissingAuthenticationTokenException", "Missing Authentication Token")
    algorithm, _, rest = authorization.partition(" ")
    parts = dict(_PARTS.findall(rest))
    if algorithm != _ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= parts.keys():
        raise RefusedError(
            "IncompleteSignatureException", "the Authorization header is not AWS4-HMAC-SHA256 with all parts"
        )
    body_hash = hashlib.sha256(request.body).hexdigest()
    declared = request.header("x-amz-content-sha256")
    if services is None and parts["Credential"].split("/")[-2:-1] == ["s3"] and declared in _UNHASHED:
        body_hash = declared
    elif declared is not None and declared != body_hash:
        raise RefusedError("InvalidSignatureException", "x-amz-content-sha256 does not match the body")
    claim = _Claim(
        credential=parts["Credential"],
        signed=parts["SignedHeaders"],
        signature=parts["Signature"],
        timestamp=request.header("x-amz-date") or "",
        token=request.header("x-amz-security-token"),
        payload_hash=body_hash,
    )
    moment = now or datetime.now(UTC)
    key = _check(request, claim, keys, services, region, request.target)
    age = moment - _parse_time(claim.timestamp)
    if abs(age) > SKEW:
        raise RefusedError(
            "InvalidSignatureException", f"Signature expired or not yet valid: x-amz-date is {claim.timestamp}"
        )
    return key


def verify_presigned(
    request: Received,
    keys: Keys,
    *,
    service: str,
    region: str,
    longest: timedelta = timedelta(days=7),
    now: datetime | None = None,
) -> Key:
    """Verify the signature in the query of a presigned URL.

    Parameters
    ----------
    longest
        The longest X-Amz-Expires that is taken; SigV4's own limit is seven days.

    Raises
    ------
    RefusedError
        As for `verify`, and when the URL has expired or asks for longer than `longest`.
    """
    path, _, query = request.target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    parameters = dict(pairs)
    if parameters.get("X-Amz-Algorithm") != _ALGORITHM:
        raise RefusedError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    needed = ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires")
    for name in needed:
        if names.count(name) != 1:
            raise RefusedError("IncompleteSignatureException", f"the URL needs {name} exactly once")
    # botocore takes the query as it stands; the signature itself is the one part that is not signed.
    unsigned = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
    claim = _Claim(
        credential=parameters["X-Amz-Credential"],
        signed=parameters["X-Amz-SignedHeaders"],
        signature=parameters["X-Amz-Signature"],
        timestamp=parameters["X-Amz-Date"],
        token=parameters.get("X-Amz-Security-Token"),
        payload_hash=hashlib.sha256(request.body).hexdigest(),
    )
    if not re.fullmatch(r"[0-9]{1,6}", parameters["X-Amz-Expires"]):
        raise RefusedError("IncompleteSignatureException", "X-Amz-Expires is not a number of seconds")
    lifetime = timedelta(seconds=int(parameters["X-Amz-Expires"]))
    if lifetime > longest:
        raise RefusedError(
            "IncompleteSignatureException", f"X-Amz-Expires is longer than {longest.total_seconds():.0f} s"
        )
    key = _check(request, claim, keys, [service], region, f"{path}?{unsigned}")
    moment = now or datetime.now(UTC)
    signed_at = _parse_time(claim.timestamp)
    if moment < signed_at - SKEW:
        raise RefusedError("SignatureDoesNotMatch", f"Signature not yet current: {claim.timestamp}")
    if moment >= signed_at + lifetime:
        raise RefusedError("SignatureDoesNotMatch", f"Signature expired: {claim.timestamp} is over")
    return key


def _check(
    request: Received,
    claim: _Claim,
    keys: Keys | Find,
    services: Collection[str] | None,
    region: str | None,
    target: str,
) -> Key:
    scope = claim.credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        raise RefusedError(
            "IncompleteSignatureException", "the credential's scope is not key/date/region/service/aws4_request"
        )
    access_key, date, scope_region, service, _ = scope
    key = keys.find(access_key) if isinstance(keys, Keys) else keys(access_key)
    if key is None:
        raise RefusedError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if (key.session_token or "") != (claim.token or ""):
        raise RefusedError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if region is not None and scope_region != region:
        raise RefusedError(
            "InvalidSignatureException", f"Credential should be scoped to a valid region: this is {region}."
        )
    if services is not None and service not in services:
        raise RefusedError(
            "InvalidSignatureException", f"Credential should be scoped to service {' or '.join(services)}."
        )
    _parse_time(claim.timestamp)
    if not claim.timestamp.startswith(date):
        raise RefusedError("InvalidSignatureException", "Date in Credential scope does not match the request's date.")
    names = claim.signed.split(";")
    if "host" not in names:
        raise RefusedError("InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
    if names != sorted({name.lower() for name in names}):
        raise RefusedError("InvalidSignatureException", "SignedHeaders is not a sorted list of lower-case names.")
    expected = _signature(request, claim, key, service, scope_region, target, names)
    if not hmac.compare_digest(expected, claim.signature):
        raise RefusedError(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        )
    return key


def _signature(
    request: Received, claim: _Claim, key: Key, service: str, region: str, target: str, names: Iterable[str]
) -> str:
    headers = HTTPHeaders()
    for name in names:
        value = request.header(name)
        if value is None:
            raise RefusedError("InvalidSignatureException", f"signed header {name} is not in the request")
        headers[name] = value
    # S3 alone takes a path as it was sent; every other service encodes it once more.
    flavour: Any = S3SigV4Auth if service == "s3" else SigV4Auth
    signer: Any = flavour(Credentials(key.access_key, key.secret_key, key.session_token), service, region)
    # The caller chose which headers count; left alone, botocore would choose them by its own list.
    signer.headers_to_sign = lambda _request: headers
    rebuilt: Any = AWSRequest(method=request.method, url=f"https://{request.header('host') or ''}{target}")
    rebuilt.headers["X-Amz-Content-SHA256"] = claim.payload_hash
    rebuilt.context["timestamp"] = claim.timestamp
    return str(signer.signature(signer.string_to_sign(rebuilt, signer.canonical_request(rebuilt)), rebuilt))


def _parse_time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError(
            "IncompleteSignatureException", "the request carries no date of the form 20260101T000000Z"
        ) from None
