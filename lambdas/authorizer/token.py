"""Read a bearer token: a presigned ``sts:GetCallerIdentity`` of this Region, and nothing that merely looks like one.

The token is ``cloister-`` and the base64url of the presigned URL. What is sent to AWS STS later is built anew from the
few pieces that are checked here; no text of the caller's decides where it goes.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from .refusal import RefusedError

__all__ = ["LONGEST", "MAXIMUM_LIFETIME", "PREFIX", "Presigned", "bearer", "read"]

PREFIX = "cloister-"
LONGEST = 8192  # characters; API Gateway takes 10,240 bytes of headers in all
MAXIMUM_LIFETIME = 900  # seconds; AWS STS holds its own presigned requests to the same 15 minutes
_SKEW = datetime.timedelta(seconds=60)

_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED_HEADERS = "host;x-cloister-api"
_FIXED = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": _ALGORITHM,
    "X-Amz-SignedHeaders": _SIGNED_HEADERS,
}
# A session token is never absent: the credentials of a role always have one, and nobody but a role is let in.
_FREE = {
    "X-Amz-Credential": re.compile(r"[A-Za-z0-9_]{16,128}/[0-9]{8}/[a-z0-9-]{1,32}/sts/aws4_request"),
    "X-Amz-Date": re.compile(r"[0-9]{8}T[0-9]{6}Z"),
    "X-Amz-Expires": re.compile(r"[1-9][0-9]{0,2}"),
    "X-Amz-Security-Token": re.compile(r"[A-Za-z0-9+/=_-]{1,6000}"),
    "X-Amz-Signature": re.compile(r"[0-9a-f]{64}"),
}
_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Presigned:
    """A presigned request that may be sent.

    Parameters
    ----------
    host
        The regional name of AWS STS, made from the function's own Region.
    target
        Path and query, as they go on the request line. Holds a signature and a session token: never to be logged.
    """

    host: str
    target: str = field(repr=False)


def bearer(event: dict[str, object]) -> str:
    """Return the bearer token of a request to API Gateway.

    Raises
    ------
    RefusedError
        When there is none, or more than one Authorization header.
    """
    values: list[object] = []
    many = event.get("multiValueHeaders")
    single = event.get("headers")
    if isinstance(many, dict) and many:
        for name, listed in many.items():
            if str(name).lower() == "authorization":
                values += listed if isinstance(listed, list) else [listed]
    elif isinstance(single, dict):
        values = [value for name, value in single.items() if str(name).lower() == "authorization"]
    if len(values) != 1 or not isinstance(values[0], str):
        raise RefusedError("no_token" if not values else "several_tokens")
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer":
        raise RefusedError("not_bearer")
    return token


def read(token: str, region: str, now: datetime.datetime) -> Presigned:
    """Check a token, and take from it what is needed to ask AWS STS who made it.

    Parameters
    ----------
    token
        What follows ``Bearer`` in the request.
    region
        The Region of the function.
    now
        The time, with its zone.

    Raises
    ------
    RefusedError
        When the token is anything but a presigned ``GetCallerIdentity`` for this Region, valid now.
    """
    host = f"sts.{region}.amazonaws.com"
    values = _query(_url(token), host)
    for name, right in _FIXED.items():
        if values[name] != right:
            raise RefusedError(_code(name))
    for name, pattern in _FREE.items():
        if not pattern.fullmatch(values[name]):
            raise RefusedError(_code(name))
    _, day, signed_region, _, _ = values["X-Amz-Credential"].split("/")
    if signed_region != region:
        raise RefusedError("other_region")
    if day != values["X-Amz-Date"][:8]:
        raise RefusedError("other_day")
    _check_time(values["X-Amz-Date"], int(values["X-Amz-Expires"]), now)
    target = "/?" + "&".join(f"{name}={quote(values[name], safe='-_.~')}" for name in sorted(values))
    return Presigned(host, target)


def _code(name: str) -> str:
    return "query_" + name.removeprefix("X-Amz-").lower()


def _url(token: str) -> str:
    if len(token) > LONGEST:
        raise RefusedError("too_long")
    if not token.startswith(PREFIX):
        raise RefusedError("no_prefix")
    encoded = token[len(PREFIX) :]
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        url = raw.decode("ascii")
    except (binascii.Error, ValueError):
        raise RefusedError("not_base64url") from None
    # One token has one spelling: stray bits at the end, padding and the other alphabet are all refused.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != encoded:
        raise RefusedError("not_base64url")
    return url


def _query(url: str, host: str) -> dict[str, str]:
    # Before anything parses it: urlsplit drops tabs and line ends, and would see another URL than a reader does.
    if not _VISIBLE.fullmatch(url):
        raise RefusedError("not_a_url")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise RefusedError("not_a_url") from None
    if not url.startswith("https://"):
        raise RefusedError("scheme")
    if "#" in url:
        raise RefusedError("fragment")
    if parts.netloc != host:  # a port or a user name makes another text, and so another host
        raise RefusedError("host")
    if parts.path != "/":
        raise RefusedError("path")
    values: dict[str, str] = {}
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        plain = unquote(value, errors="replace")
        if name in values or (name not in _FIXED and name not in _FREE):
            raise RefusedError("query")
        if quote(plain, safe="-_.~") != value:
            raise RefusedError("query_encoding")
        values[name] = plain
    if len(values) != len(_FIXED) + len(_FREE):
        raise RefusedError("query")
    return values


def _check_time(date: str, expires: int, now: datetime.datetime) -> None:
    try:
        made = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise RefusedError(_code("X-Amz-Date")) from None
    if expires > MAXIMUM_LIFETIME:
        raise RefusedError("lifetime")
    if made > now + _SKEW:
        raise RefusedError("not_yet_valid")
    if now >= made + datetime.timedelta(seconds=expires):
        raise RefusedError("expired")
