"""A request's head, written so that nothing given can become another header, another line or another request."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What says how long the message is, or in what coding: set here alone.
_FORBIDDEN = frozenset(
    ("connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding")
)
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
    names = tuple([name for name, _ in headers])
    identity = (method, host, names)
    if identity not in _fine:
        _check(*identity)
        if len(_fine) >= _FINE_KEPT:
            _fine.clear()
        _fine.add(identity)
    if not (path.startswith("/") and _printable(path)) or " " in path:
        raise ValueError("the path is not a percent-encoded absolute path")
    if not _printable("".join([value for _, value in headers])):
        wrong = next(name for name, value in headers if not _printable(value))
        raise ValueError(f"the value of header {wrong!r} cannot be sent")
    if [1 for name, value in headers if name == "host" and value != host]:
        raise ValueError("the host header differs from the host")
    fields = [f"{name}: {value}\r\n" for name, value in headers if name != "host"]
    size = f"content-length: {length}\r\n" if length or method not in ("GET", "DELETE") else ""
    return (
        f"{method} {path} HTTP/1.1\r\nhost: {host}\r\n{''.join(fields)}accept-encoding: identity\r\n{size}\r\n"
    ).encode("ascii")


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
