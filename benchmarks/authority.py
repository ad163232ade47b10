"""A certificate authority that lives as long as one run, in a trust store as large as a real one.

The store is botocore's (some 140 roots) with one more in it. That one bears a name of Amazon's, as those that the
proxy meets on AWS do: what is measured is the way that its context takes there.
"""

from __future__ import annotations

from pathlib import Path

import botocore
import trustme

__all__ = ["make"]


def make(folder: Path, names: list[str]) -> None:
    """Write ``store.pem``, ``server.pem`` and ``server.key`` into a folder.

    Parameters
    ----------
    names
        Hosts that the server's certificate is for.
    """
    authority = trustme.CA(organization_name="Amazon Root CA 1 of a benchmark on this machine")
    server = authority.issue_cert(*names)
    store = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
    (folder / "store.pem").write_bytes(store + b"\n" + authority.cert_pem.bytes())
    (folder / "server.pem").write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_bytes(server.private_key_pem.bytes())
