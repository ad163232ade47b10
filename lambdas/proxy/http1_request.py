"""A request's head, written so that nothing given can become another header, another line or another request."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What says how long the message is, or in what coding: set here alone.
_FORBIDDEN = frozenset(
    ("connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding")
)


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
    if method == "HEAD" or not (method.isascii() and method.isalpha()):
        raise ValueError("the method cannot be sent")
    if not _word(host.replace(".", "")) or host != host.lower():
        raise ValueError("the host is not a lower-case name")
    if not (path.startswith("/") and _printable(path)) or " " in path:
        raise ValueError("the path is not a percent-encoded absolute path")
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    if _fine(headers, host):
        lines += [f"{name}: {value}" for name, value in headers if name != "host"]
        headers = ()
    for name, value in headers:
        lower = name.lower()
        if lower == "host":
            if value != host:
                raise ValueError("the host header differs from the host")
            continue
        if lower in _FORBIDDEN or not _word(name) or not _printable(value):
            raise ValueError(f"header {name[:64]!r} cannot be sent")
        lines.append(f"{name}: {value}")
    lines.append("accept-encoding: identity")
    if length or method not in ("GET", "DELETE"):
        lines.append(f"content-length: {length}")
    lines.append("\r\n")
    return "\r\n".join(lines).encode("ascii")


def _fine(headers: Sequence[tuple[str, str]], host: str) -> bool:
    """Whether all headers can be sent, told at once; if not, or if in doubt, they are looked at one by one."""
    names = {name for name, _ in headers}
    text = "".join(names)
    return (
        text.islower()
        and _word(text)
        and "" not in names
        and _FORBIDDEN.isdisjoint(names)
        and _printable("".join([value for _, value in headers]))
        and all(value == host for name, value in headers if name == "host")
    )


# Regular expressions would say this too, and cost 0.2 ms each at cold start.
def _word(text: str) -> bool:
    """Letters, digits, hyphens and underscores: less than a token may have, and all that one needs."""
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _printable(text: str) -> bool:
    """Visible ASCII and spaces: no line end, no control character."""
    return text.isascii() and text.isprintable()
