"""The local certificate authority: what lets a function verify TLS with its default trust store on this machine.

The functions have no switch that turns verification off. They are pointed at this authority by `SSL_CERT_FILE`, as
any deployment with its own authority would do it; nothing on the machine trusts it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local import ports
from local.state import State

_AUTHORITY_DAYS = 825
_LEAF_DAYS = 30
# For whoever is led to a stand-in by its address, as AWS's own tools are by AWS_ENDPOINT_URL.
_LOOPBACK = x509.IPAddress(IPv4Address(ports.HOST))


def ensure(state: State) -> Path:
    """Return the authority's certificate, `ca.pem`, making authority and key the first time or when it runs out.

    The key, `ca.key`, is readable by its owner only.
    """
    certificate, key = state.directory / "ca.pem", state.directory / "ca.key"
    if _usable(certificate, key):
        return certificate
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cloister, this machine only")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    for place in (key, certificate):
        state.remove(place.name)
    _write_key(key, private)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate


def issue(state: State, names: Sequence[str], stem: str) -> tuple[Path, Path]:
    """Issue a certificate for these DNS names, and return the paths of certificate and key, `{stem}.pem` and `.key`.

    Parameters
    ----------
    names
        The DNS names that it is for, at least one.
    stem
        The file names' stem, in the state directory.
    """
    authority = x509.load_pem_x509_certificate(ensure(state).read_bytes())
    signer = serialization.load_pem_private_key((state.directory / "ca.key").read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{state.directory / 'ca.key'} is not a key that this module made; remove it and ca.pem")
    private = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(authority.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_LEAF_DAYS))
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, names), _LOOPBACK]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # Python 3.13 verifies strictly (VERIFY_X509_STRICT), and then a certificate has to name its issuer's key.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    certificate, key = state.directory / f"{stem}.pem", state.directory / f"{stem}.key"
    _write_key(key, private)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _usable(certificate: Path, key: Path) -> bool:
    """Whether both are there, whole, belong together, and last for longer than what is issued by them."""
    try:
        known = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return False
    left = known.not_valid_after_utc - datetime.now(UTC)
    return private.public_key() == known.public_key() and left.days > _LEAF_DAYS


def _write_key(path: Path, private: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
