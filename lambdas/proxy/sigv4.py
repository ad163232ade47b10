"""AWS Signature Version 4 for the three services that the function calls."""

from __future__ import annotations

from .credentials import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def sign(
    method: str,
    host: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    body: bytes | Sequence[bytes],
    *,
    service: str,
    region: str,
    credentials: Credentials,
    now: datetime | None = None,
) -> list[tuple[str, str]]:
    """Return every header to send: host, the given ones, the date, the body's digest, the token, the signature."""
    raise NotImplementedError
