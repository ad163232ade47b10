"""What the relay answers itself, in OpenAI's form, and what it lets nobody through for.

A page in somebody's browser can send requests to loopback, and through a name of its own that resolves to loopback (DNS
rebinding) as if they were the relay's own. A browser says so in ``Host``, ``Origin`` and ``Sec-Fetch-Site``, which no
page can change (https://fetch.spec.whatwg.org/#forbidden-request-header).
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence

__all__ = ["LARGEST", "RefusedError", "length", "refuse_strangers", "target"]

LARGEST = 10 * 1024 * 1024
"""Bytes of a body: what API Gateway takes (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""

Headers = Sequence[tuple[str, str]]
# A model's id has dots, a route none of the characters that mean something in a URL.
_PATH = re.compile(r"/v1((?:/[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}){1,6})(\?[A-Za-z0-9._~=&%+-]{0,512})?")


class RefusedError(Exception):
    """The relay answers this itself.

    Parameters
    ----------
    status
        The HTTP status.
    code
        What programs match.
    text
        What people read; it quotes nothing of the request.
    retry
        Whether the same request may be sent again by a program, where the status would make it do so.
    """

    def __init__(self, status: int, code: str, text: str, *, retry: bool = True) -> None:
        super().__init__(text)
        self.status, self.code, self.retry = status, code, retry

    def body(self) -> bytes:
        """Return OpenAI's error object."""
        kinds = {401: "authentication_error", 403: "permission_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "api_error")
        return json.dumps(
            {"error": {"message": str(self), "type": kind, "param": None, "code": self.code}}, ensure_ascii=False
        ).encode()


def refuse_strangers(headers: Headers, port: int, key: str) -> None:
    """Refuse what a web page sends, every ``Host`` but loopback, and whoever has not the relay's key.

    Raises
    ------
    RefusedError
        With the reason.

    Examples
    --------
    >>> refuse_strangers([("Host", "127.0.0.1:8765"), ("Authorization", "Bearer k")], 8765, "k")
    >>> refuse_strangers([("Host", "evil.example")], 8765, "k")
    Traceback (most recent call last):
    client.refusals.RefusedError: requests for this Host are not answered here
    """
    found = [(name.lower(), value.strip()) for name, value in headers]
    hosts = [value.lower() for name, value in found if name == "host"]
    if hosts not in ([f"127.0.0.1:{port}"], [f"localhost:{port}"]):
        raise RefusedError(403, "forbidden_host", "requests for this Host are not answered here")
    # `none` is what a person typed into the browser themselves; everything else came from a page.
    if any(name == "origin" or (name == "sec-fetch-site" and value.lower() != "none") for name, value in found):
        raise RefusedError(403, "forbidden_origin", "web pages are not answered here")
    sent = [value for name, value in found if name == "authorization"]
    scheme, _, word = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not hmac.compare_digest(word.strip().encode(), key.encode()):
        raise RefusedError(401, "invalid_api_key", "this is not the key that the relay printed when it was started")


def length(headers: Headers) -> int:
    """Return the length of a request's body, in bytes.

    Raises
    ------
    RefusedError
        It is not told plainly, or too large.
    """
    if any(name.lower() == "transfer-encoding" for name, _ in headers):
        raise RefusedError(411, "length_required", "send the body with its Content-Length")
    told = {value.strip() for name, value in headers if name.lower() == "content-length"}
    if not told:
        return 0
    if len(told) > 1 or not re.fullmatch(r"[0-9]{1,18}", value := told.pop()):
        raise RefusedError(400, "bad_request", "the Content-Length is none")
    if int(value) > LARGEST:
        raise RefusedError(
            413, "request_too_large", f"the body is above {LARGEST:,} bytes, which the API does not take"
        )
    return int(value)


def target(asked: str) -> str:
    """Return what stands behind the base URL in a request's target.

    Raises
    ------
    RefusedError
        It is no route of the API.

    Examples
    --------
    >>> target("/v1/models/google.gemma-4-31b?client_version=1")
    '/models/google.gemma-4-31b?client_version=1'
    """
    found = _PATH.fullmatch(asked)
    if not found:
        raise RefusedError(
            404, "not_found", "the relay's base URL ends in /v1, and behind it stands a route of the API"
        )
    return found[1] + (found[2] or "")
