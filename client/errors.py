"""What stops a caller before a request is sent; each text says why, and what to do."""

from __future__ import annotations

__all__ = ["AccessError", "CredentialsError", "MintError"]


class AccessError(Exception):
    """The API cannot be called."""


class CredentialsError(AccessError):
    """There are no AWS credentials, or they have ended."""


class MintError(AccessError):
    """No token can be made of what there is."""
