"""The TLS context of every outbound connection."""

from __future__ import annotations

import ssl


def context() -> ssl.SSLContext:
    """Return a context that verifies certificate and host name against the default trust store."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made
