"""A request's head, written so that nothing given can become another header, another line or another request."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What says how long the message is, or in what coding: set here alone.
_FORBIDDEN = frozenset(
    ("connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding")
)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_HOST = re.compile(r"[0-9a-z.-]+")


def write_head(method: str, host: str, path: str, headers: Sequence[tuple[str, str]], length: int) -> bytes:
    """Return the request's head, blank line included.

    Parameters
    ----------
    method, host, path, headers
        As for ``http1.Client.request``.
    length
        Bytes of the body that follows.

    Raises
    ------
    ValueError
        If something given cannot be part of a request; values of headers are not quoted in the message.
    """
    if method == "HEAD" or not _TOKEN.fullmatch(method):
        raise ValueError("the method cannot be sent")
    if not _HOST.fullmatch(host):
        raise ValueError("the host is not a lower-case name")
    if not _TARGET.fullmatch(path):
        raise ValueError("the path is not a percent-encoded absolute path")
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    for name, value in headers:
        lower = name.lower()
        if lower == "host":
            if value != host:
                raise ValueError("the host header differs from the host")
            continue
        if lower in _FORBIDDEN or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"header {name[:64]!r} cannot be sent")
        lines.append(f"{name}: {value}")
    lines.append("accept-encoding: identity")
    if length or method not in ("GET", "DELETE"):
        lines.append(f"content-length: {length}")
    lines.append("\r\n")
    return "\r\n".join(lines).encode("latin-1")
