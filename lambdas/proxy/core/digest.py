"""SHA-256, and the HMAC of it, from what ``hashlib`` and ``hmac`` are made of.

Those make an object of each algorithm as they are imported, which is 2 ms more at cold start; and ``hashlib.sha256`` is
this very function wherever Python has OpenSSL (https://github.com/python/cpython/blob/3.13/Lib/hashlib.py), as Lambda's
has.
"""

from __future__ import annotations

try:
    from _hashlib import hmac_digest
    from _hashlib import openssl_sha256 as sha256
except ImportError:  # a Python without it
    from hashlib import sha256
    from hmac import digest as hmac_digest  # type: ignore[assignment]  # it takes more

__all__ = ["authenticated", "sha256"]


def authenticated(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA-256 of a message (RFC 2104).

    Examples
    --------
    >>> authenticated(b"key", b"message").hex()[:16]
    '6e9ef29b75fffc5b'
    """
    return hmac_digest(key, message, "sha256")
