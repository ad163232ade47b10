"""What a web page sends, and is refused for, at every listener of this machine.

A page in somebody's browser can send requests to loopback: those of a form or an image without asking, and through a
name of its own that resolves to loopback (DNS rebinding) as if they were the listener's own. A browser says so in
`Origin`, in `Sec-Fetch-Site` and in `Host`, and no page can change these (https://fetch.spec.whatwg.org/#origin-header,
https://www.w3.org/TR/fetch-metadata/, https://fetch.spec.whatwg.org/#forbidden-request-header). No answer here ever
carries a header of CORS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

CODE = "ForbiddenOrigin"


def loopback(port: int) -> frozenset[str]:
    """Return the `Host` headers of a plain HTTP listener on this loopback port."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def refusal(headers: Iterable[tuple[str, str]], hosts: Collection[str] | None) -> str | None:
    """Say why a request is refused before anything of it is looked at; None when it is not.

    Parameters
    ----------
    headers
        All headers of the request, in any case.
    hosts
        What `Host` may be, in lower case; None where the listener tells its names apart itself.

    Examples
    --------
    >>> refusal([("Host", "127.0.0.1:80"), ("Accept", "*/*")], loopback(80)) is None
    True
    >>> refusal([("Host", "evil.example")], loopback(80))
    'requests for this Host are not answered here'
    >>> refusal([("Host", "127.0.0.1:80"), ("Origin", "null")], loopback(80))
    'web pages are not answered here'
    """
    found = [(name.lower(), value.strip().lower()) for name, value in headers]
    named = [value for name, value in found if name == "host"]
    if len(named) != 1 or (hosts is not None and named[0] not in hosts):
        return "requests for this Host are not answered here"
    if any(name == "origin" for name, _ in found):
        return "web pages are not answered here"
    # `none` is what a person typed into the browser themselves; everything else came from a page.
    if any(name == "sec-fetch-site" and value != "none" for name, value in found):
        return "web pages are not answered here"
    return None
