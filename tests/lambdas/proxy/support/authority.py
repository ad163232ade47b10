"""A throwaway certificate authority."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import trustme


class Authority:
    """Issues server certificates; its own is not in any trust store.

    Parameters
    ----------
    folder
        Where to write ``ca.pem``, which ``ssl`` reads.
    name
        Of the authority itself.
    """

    def __init__(self, folder: Path, name: str = "Test authority") -> None:
        self.folder = folder
        self._authority = trustme.CA(organization_name=name)
        self.path = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.path)

    def server(self, *names: str) -> ssl.SSLContext:
        """Return a server's context with a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names).configure_cert(context)
        return context

    @cache  # noqa: B019  # one object for each test run, and it lives as long
    def client(self) -> ssl.SSLContext:
        """Return a client's context that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.path))
