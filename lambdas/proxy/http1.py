"""HTTP/1.1 over TLS for the function's outbound calls."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence
    from socket import socket
    from typing import Literal

    Kind = Literal["dns", "connect", "tls", "timeout", "reset", "protocol", "too_large", "closed"]


class HttpError(Exception):
    """A request that got no complete response. ``kind``: see Kind ("closed": close() was called meanwhile)."""

    def __init__(self, kind: Kind, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.sent = sent


class Response:
    status: int
    headers: list[tuple[str, str]]

    def header(self, name: str) -> str | None:
        raise NotImplementedError

    def read(self, limit: int) -> bytes:
        raise NotImplementedError

    def chunks(self) -> Iterator[bytes]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Client:
    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        connect: Callable[[tuple[str, int], float], socket] | None = None,
    ) -> None:
        raise NotImplementedError

    def request(
        self,
        method: str,
        host: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | Sequence[bytes] = b"",
        *,
        timeout: float,
        deadline: float,
    ) -> Response:
        raise NotImplementedError

    def warm(self, host: str, *, timeout: float = 5.0) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
