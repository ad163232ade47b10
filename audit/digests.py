"""The keyed digest of a request, made again by an auditor: canonical form, the environment's key, the digest itself.

It is written a second time here, as ``docs/confirm.md`` says it, so that the function's code is held against it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

__all__ = ["Mac", "Request", "canonical", "derivation", "key_of"]

#: Asks KMS for the HMAC-SHA-256 of a message by a key: its id, or ``alias/`` and its name.
Mac = Callable[[str, bytes], bytes]


def canonical(body: bytes) -> bytes:
    r"""Return the canonical form of a request's body: its JSON with sorted keys and nothing between, in UTF-8.

    Raises
    ------
    ValueError
        If it is no JSON object that the proxy would read. The message quotes nothing of it.

    Examples
    --------
    >>> canonical(b' {"b": [1, 2.50], "a": "\\u00e9"} ').decode()
    '{"a":"é","b":[1,2.5]}'
    """
    try:
        value = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        if not isinstance(value, dict):
            raise ValueError
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (ValueError, RecursionError):  # those of the parser quote the body's place, and of UTF-8 its bytes
        raise ValueError("the request is no JSON object in UTF-8 that the proxy would read") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _no_constant(_: str) -> float:
    raise ValueError


def derivation(deployment: str, team: str, nonce: str) -> bytes:
    """Return the message whose HMAC, by the team's key in KMS, is the key of an execution environment."""
    return "\n".join(("cloister digest key", deployment, team, nonce)).encode()


def key_of(deployment: str, team: str) -> str:
    """Return the alias of a team's key in KMS.

    Examples
    --------
    >>> key_of("Cloister", "atlas")
    'alias/cloister/digests/atlas'
    """
    return f"alias/{deployment.lower()}/digests/{team}"


class Request:
    """A request that is looked for.

    Parameters
    ----------
    body
        As the client sent it, or in any other order and spacing.
    mac
        Asks KMS as the auditor; once for each nonce.
    key
        Id of the key in KMS, for every team; `key_of` without one.

    Raises
    ------
    ValueError
        If the body is not a request.
    """

    def __init__(self, body: bytes, mac: Mac, key: str | None = None) -> None:
        self._body = canonical(body)
        self._mac = mac
        self._key = key
        self._begun: dict[tuple[str, str, str, str], hmac.HMAC] = {}

    def made(self, line: dict[str, Any]) -> bool:
        """Return whether a record's digest is of this request; the record is one that fits its schema, and has one."""
        of = line["deployment"], line["team"], line["digest"]["nonce"], line["route"]
        begun = self._begun.get(of)
        if begun is None:
            key = self._mac(self._key or key_of(*of[:2]), derivation(*of[:3]))
            begun = hmac.new(key, f"cloister-request-1\n{of[3]}\n".encode() + self._body, "sha256")
            self._begun[of] = begun
        mine = begun.copy()
        mine.update(f"\n{line['request_id'] or ''}".encode())
        return hmac.compare_digest(mine.hexdigest(), line["digest"]["hmac"])
