"""The signatures of a chain: what they are over, and whether the team's key made them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

__all__ = ["Keys", "Unknown", "pem", "public", "statement"]

_ALGORITHM = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


class Unknown(Exception):  # noqa: N818  # it is no error: nobody has given the key
    """The team's key is not known."""


@dataclass(slots=True)
class Keys:
    """The teams' public keys.

    Parameters
    ----------
    by_team
        Each team's, one or several: a key that was replaced still has records.
    any
        Those of no team in particular.
    arns
        ARNs of the teams' keys, where these are known.
    """

    by_team: dict[str, list[ec.EllipticCurvePublicKey]] = field(default_factory=dict)
    any: list[ec.EllipticCurvePublicKey] = field(default_factory=list)
    arns: dict[str, set[str]] = field(default_factory=dict)

    def of(self, team: str | None) -> list[ec.EllipticCurvePublicKey]:
        """Return the keys that may have signed for a team."""
        return self.by_team.get(team or "") or self.any

    def signed(self, team: str | None, said: bytes, signature: str) -> bool:
        """Return whether one of the team's keys made a signature.

        Raises
        ------
        Unknown
            If none is known.
        """
        keys = self.of(team)
        if not keys:
            raise Unknown
        digest = sha256(said).digest()
        try:
            made = base64.b64decode(signature, validate=True)
        except ValueError:
            return False
        return any(_made(key, made, digest) for key in keys)


def _made(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        key.verify(signature, digest, _ALGORITHM)
    except InvalidSignature:
        return False
    return True


def statement(line: Mapping[str, Any]) -> bytes:
    r"""Return what a line ``head`` says is signed.

    Examples
    --------
    >>> line = {"deployment": "Cloister", "team": "atlas", "function_version": "1", "log_stream": "s", "start": "1e",
    ...         "signed": {"seq": 4, "hash": "2d"}, "chain": {"id": "0f"}}
    >>> statement(line)
    b'cloister-chain-1\nCloister\natlas\n1\ns\n0f\n1e\n4\n2d'
    """
    names = ("deployment", "team", "function_version", "log_stream")
    signed = line["signed"]
    parts = (*(line[name] for name in names), line["chain"]["id"], line["start"], signed["seq"], signed["hash"])
    return "\n".join(("cloister-chain-1", *map(str, parts))).encode()


def public(data: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key, PEM or DER.

    Raises
    ------
    ValueError
        If it is not one of ECC_NIST_P256.
    """
    load = (
        serialization.load_pem_public_key if data.lstrip().startswith(b"-----") else serialization.load_der_public_key
    )
    key = load(data)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the public key is none of ECC_NIST_P256, with which records are signed")
    return key


def pem(key: ec.EllipticCurvePublicKey) -> str:
    """Return a public key in PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()
