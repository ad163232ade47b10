"""Percent-encoding, as AWS signs and reads it."""

from __future__ import annotations

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def encoded(text: str) -> str:
    """Return a text with each byte but the unreserved ones and the slash in percent-encoding.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request

    Examples
    --------
    >>> encoded("a b/%C3")
    'a%20b/%25C3'
    """
    raw = text.encode()
    if _UNRESERVED.issuperset(raw):
        return text
    return "".join([chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw])
