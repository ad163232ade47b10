"""AWS Signature Version 4 for the services that the function calls.

Only digests: botocore's signer costs 110 ms of imports at cold start, and ten times as long a request.
The algorithm: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import time

from ..core.clock import basic
from ..core.digest import authenticated, sha256
from ..core.uri import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib
    from collections.abc import Sequence
    from datetime import datetime

    from .credentials import Credentials

#: Headers that intermediaries may rewrite are sent but not signed, as AWS's own signers do.
_UNSIGNED = frozenset(("connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"))
#: Headers that the signer alone sets.
_OWN = frozenset(("host", "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"))
_DATE, _DIGEST = "x-amz-date", "x-amz-content-sha256"
_KEYS_KEPT = 8
_BLOCK = 64  # bytes of SHA-256's block
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_FORMS_KEPT = 16

_keys: dict[tuple[str, str, str, str], tuple[hashlib._Hash, hashlib._Hash]] = {}
#: By method, host, path, headers and token: a function makes the same few requests, with other bodies.
_forms: dict[tuple[str, str, str, tuple[tuple[str, str], ...], str | None], tuple[str, str, str, str]] = {}


def sign(
    method: str,
    host: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    body: bytes | Sequence[bytes | memoryview],
    *,
    service: str,
    region: str,
    credentials: Credentials,
    now: datetime | None = None,
) -> list[tuple[str, str]]:
    """Return every header to send for a request that AWS will accept as the credentials' owner's.

    Parameters
    ----------
    method, host, path
        As they go on the wire; the path is already percent-encoded and may hold a query.
    headers
        The caller's own headers; those that an intermediary may rewrite are passed on unsigned.
    body
        The whole body, or its pieces in order; nothing is copied.
    service, region
        The signing name (such as ``bedrock-mantle``) and Region of the credential scope.
    now
        The time of signing, UTC; the clock's if None.

    Returns
    -------
    list of (str, str)
        ``host`` first, the given headers, then date, body digest, session token and authorization.

    Raises
    ------
    ValueError
        If a header is given that the signer sets, or if the path holds dot segments or empty segments, which AWS
        and an intermediary could read differently.

    Examples
    --------
    >>> from lambdas.proxy.services.credentials import Credentials
    >>> signed = sign("GET", "sts.us-east-1.amazonaws.com", "/", [], b"", service="sts", region="us-east-1",
    ...               credentials=Credentials("AKIDEXAMPLE", "secret"))
    >>> [name for name, _ in signed]
    ['host', 'x-amz-date', 'x-amz-content-sha256', 'authorization']
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ") if now else basic(time.time())
    digest = _digest(body)
    token = credentials.session_token
    identity = (method, host, path, tuple(headers), token)
    form = _forms.get(identity)
    if service == "s3":  # whose paths hold keys: they are hardly ever the same again, and not kept
        form = _form(*identity, once=True)
    elif form is None:
        if len(_forms) >= _FORMS_KEPT:
            _forms.clear()
        form = _forms[identity] = _form(*identity)
    names, before, between, after = form
    canonical = f"{before}{digest}{between}{stamp}{after}{digest}"
    day = stamp[:8]
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = _key(credentials.secret_key, day, region, service)
    inner, outer = key[0].copy(), key[1].copy()
    inner.update(to_sign.encode())
    outer.update(inner.digest())
    signature = outer.hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    sent = [("host", host), *headers, ("x-amz-date", stamp), ("x-amz-content-sha256", digest)]
    if token:
        sent.append(("x-amz-security-token", token))
    sent.append(("authorization", authorization))
    return sent


def _form(
    method: str, host: str, path: str, headers: tuple[tuple[str, str], ...], token: str | None, *, once: bool = False
) -> tuple[str, str, str, str]:
    """Return what is signed of a request that is made again and again: all but its time and its body's digest.

    Parameters
    ----------
    once
        Whether the path is signed as it is sent, encoded once, as for S3.

    Returns
    -------
    str, str, str, str
        The signed headers' names; the canonical request up to the digest, from there to the time, and from there to
        the digest that ends it.
    """
    signed: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in _UNSIGNED:
            continue
        if lower in _OWN:
            raise ValueError(f"header {lower!r} is set by the signer and cannot be given")
        value = " ".join(value.split())
        signed[lower] = f"{signed[lower]},{value}" if lower in signed else value
    signed["host"] = host
    signed[_DIGEST] = signed[_DATE] = ""
    if token:
        signed["x-amz-security-token"] = token
    names = sorted(signed)
    target, _, query = path.partition("?")
    lines = [method, _canonical_path(target, once=once), _canonical_query(query)]
    at = len(lines) + names.index(_DIGEST)
    until = len(lines) + names.index(_DATE)  # the next but those that begin with x-amz-c or x-amz-d
    lines += [f"{name}:{signed[name]}" for name in names]
    name_list = ";".join(names)
    lines += ["", name_list, ""]
    return (
        name_list,
        "\n".join(lines[: at + 1]),
        "\n".join(["", *lines[at + 1 : until + 1]]),
        "\n".join(["", *lines[until + 1 :]]),
    )


def _digest(body: bytes | Sequence[bytes | memoryview]) -> str:
    """SHA-256 of the body, in hex."""
    if isinstance(body, bytes):
        return sha256(body).hexdigest()
    state = sha256()
    for piece in body:
        state.update(piece)
    return state.hexdigest()


def _key(secret: str, day: str, region: str, service: str) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The signing key, which holds for a day: four HMACs are saved on every request but the first.

    It is kept as HMAC's two hashes that have taken it in (RFC 2104): ``hmac`` would have each request do that again.
    """
    identity = (secret, day, region, service)
    kept = _keys.get(identity)
    if kept is None:
        key = f"AWS4{secret}".encode()
        for part in (day, region, service, "aws4_request"):
            key = authenticated(key, part.encode())
        key = key.ljust(_BLOCK, b"\0")
        kept = sha256(key.translate(_INNER)), sha256(key.translate(_OUTER))
        if len(_keys) >= _KEYS_KEPT:
            _keys.clear()
        _keys[identity] = kept
    return kept


def _canonical_path(path: str, *, once: bool) -> str:
    """The path as it is signed: encoded once more than it is sent, for every service but S3."""
    if not path.startswith("/") or "//" in path:
        raise ValueError("a path to sign starts with one slash and has no empty segment")
    if "/." in path and not {".", ".."}.isdisjoint(path.split("/")):
        raise ValueError("a path to sign has no dot segment")
    return path if once else encoded(path)


def _canonical_query(query: str) -> str:
    """The query's parameters in order of name, then value; already percent-encoded."""
    if not query:
        return ""
    pairs = sorted((name, value) for name, _, value in (part.partition("=") for part in query.split("&")))
    return "&".join(f"{name}={value}" for name, value in pairs)
