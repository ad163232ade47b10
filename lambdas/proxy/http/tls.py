"""The TLS context of every outbound connection: verified, always, against the system's own trust store.

Loading that store whole (140 certificates) takes 15 ms, most of the proxy's start. Every host that the proxy calls has
a certificate from Amazon Trust Services (https://www.amazontrust.com/repository/), so the context starts with the
store's own certificates of that authority, those that it issues under, and loads the rest the first time a certificate
is not verified by them. The set is never larger than the system's, so nothing is trusted that would not be otherwise,
and nothing is pinned.
"""

from __future__ import annotations

import ssl
from binascii import a2b_base64

#: Names in the subjects of Amazon's roots for RSA and for ECDSA, as their DER bytes hold them. 2 and 4 are "reserved
#: for future use" (https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html), and the older
#: roots are there for those who do not know these. Each certificate takes 0.4 ms to load.
_RSA, _ECDSA = b"Amazon Root CA 1", b"Amazon Root CA 3"
#: The bytes after the line that begins a certificate which hold the name: of a root, whose first name is its own. Five
#: lines of PEM, which are whole groups of four letters whether their ends are LF or CR LF (RFC 7468, section 2).
_HOLDS_NAME = 1 + 5 * 65
#: A store this small is loaded whole.
_SMALL = 32 * 1024
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class _Context(ssl.SSLContext):
    """A context that knows whether it holds the whole store."""

    partial = False


def context() -> ssl.SSLContext:
    """Return a context that verifies certificate and host name, TLS 1.2 or later.

    The store is the one that OpenSSL finds, which ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` can move.
    """
    made = _Context(ssl.PROTOCOL_TLS_CLIENT)  # which verifies certificates and names
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # What ssl.create_default_context sets from Python 3.13 on, so that it is the same on every Python
    made.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    made.set_alpn_protocols(["http/1.1"])
    roots = _amazon_roots()
    if roots:
        made.load_verify_locations(cadata=roots)
        made.partial = True
    else:
        made.load_default_certs()
    return made


def complete(made: ssl.SSLContext) -> bool:
    """Load the rest of the store into a context of ``context``; False if nothing was left to load.

    Call it when a certificate was refused, and try once more if it says True.
    """
    if not (isinstance(made, _Context) and made.partial):
        return False
    made.partial = False
    made.load_default_certs()
    return True


def _amazon_roots() -> bytes | None:
    """The DER certificates of Amazon's roots in the store, or None if it is small, elsewhere or without them."""
    path = ssl.get_default_verify_paths().cafile
    if path is None:
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib would be one more import at cold start
            store = file.read()
    except OSError:
        return None
    if len(store) < _SMALL:
        return None
    found = []
    try:
        for block in store.split(_BEGIN)[1:]:
            start = a2b_base64(block[:_HOLDS_NAME])
            if _RSA in start or _ECDSA in start:
                found.append(a2b_base64(block.partition(_END)[0]))
    except ValueError:  # not the PEM that was expected: OpenSSL is the judge of it
        return None
    return b"".join(found) or None
