"""A request's head, written so that nothing given can become another header, another line or another request."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What says how long the message is, or in what coding: set here alone.
_FORBIDDEN = frozenset(
    ("connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding")
)
_PRINTED = bytes(range(0x20, 0x7F))
_FINE_KEPT = 16
#: Methods, hosts and names of headers that can be sent: a function makes the same few requests again and again.
_fine: set[tuple[str, str, tuple[str, ...]]] = set()


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
        Values are ASCII: nothing that the proxy sends needs more.
    """
    names, values = zip(*headers, strict=True) if headers else ((), ())
    identity = (method, host, names)
    if identity not in _fine:
        _check(*identity)
        if len(_fine) >= _FINE_KEPT:
            _fine.clear()
        _fine.add(identity)
    if "host" not in names:
        headers = [("host", host), *headers]
    elif names.count("host") > 1 or values[names.index("host")] != host:
        raise ValueError("the host header differs from the host")
    lines = [f"{method} {path} HTTP/1.1", *map(": ".join, headers), "accept-encoding: identity"]
    if length or method not in ("GET", "DELETE"):
        lines.append(f"content-length: {length}")
    text = "\r\n".join([*lines, "\r\n"])
    # Every line end and other sign that is not printed is one of these, or the head is not sent.
    sound = text.isascii() and path.startswith("/") and " " not in path
    head = text.encode() if sound else b""
    if head.translate(None, _PRINTED) != b"\r\n" * (len(lines) + 1):
        raise _wrong(path, headers)
    return head


def _wrong(path: str, headers: Sequence[tuple[str, str]]) -> ValueError:
    if not (path.startswith("/") and _printable(path)) or " " in path:
        return ValueError("the path is not a percent-encoded absolute path")
    wrong = next((name for name, value in headers if not _printable(value)), "")
    return ValueError(f"the value of header {wrong!r} cannot be sent")


def _check(method: str, host: str, names: tuple[str, ...]) -> None:
    """Raise ValueError if a request to this host with headers of these names cannot be sent."""
    if method == "HEAD" or not (method.isascii() and method.isalpha()):
        raise ValueError("the method cannot be sent")
    if not _word(host.replace(".", "")) or host != host.lower():
        raise ValueError("the host is not a lower-case name")
    for name in names:
        if name in _FORBIDDEN or name != name.lower() or not _word(name):
            raise ValueError(f"header {name[:64]!r} cannot be sent")


# Regular expressions would say this too, and cost 0.2 ms each at cold start.
def _word(text: str) -> bool:
    """Letters, digits, hyphens and underscores: less than a token may have, and all that one needs."""
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _printable(text: str) -> bool:
    """Visible ASCII and spaces: no line end, no control character."""
    return text.isascii() and text.isprintable()
