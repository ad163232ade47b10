"""A keyed digest of each request: who knows a request can have it confirmed, and nobody can read it out of the digest.

The key is the environment's own, and is in its memory alone: KMS makes it, by a key that never leaves KMS, of a random
nonce that stands in each record. That takes one call, after the first reply has ended, instead of one a request. Who
may ask KMS for the same again, an auditor, makes the same digest of the same request; see ``docs/confirm.md``.
"""

from __future__ import annotations

import time
from posix import urandom

from ..core.digest import authenticated
from ..core.jsontext import writer
from ..request.splice import whole
from ..services.kms import KmsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.team import Team
    from ..services.kms import Kms

#: Seconds that the key may take; those that are left of the function's time when it is not asked for; and those after
#: which it is asked for again, if it was not to be had.
PATIENCE, RESERVE, PAUSE = 2.0, 0.5, 30.0

_ordered = writer(ordered=True)


class Digests:
    """Makes the digests of this environment.

    Parameters
    ----------
    team
        Whose requests they are of; it names the key.
    kms
        Has the key.

    Attributes
    ----------
    nonce
        What the environment's key was made of, in hexadecimal digits; None as long as there is no key.
    missing
        Why there is none: ``unasked``, or a code of `KmsError`.
    """

    def __init__(self, team: Team, kms: Kms) -> None:
        self._team = team
        self._kms = kms
        self._key = b""
        self._again = 0.0  # monotonic time before which KMS is not asked
        self.nonce: str | None = None
        self.missing = "unasked"

    def prepare(self, deadline: float) -> None:
        """Have the key, unless it is there; nothing is raised for want of it.

        Parameters
        ----------
        deadline
            Monotonic time at which the function's own time ends.
        """
        now = time.monotonic()
        if self.nonce is not None or now < self._again or deadline - now < RESERVE:
            return
        nonce = urandom(32).hex()
        asked = derivation(self._team.deployment, self._team.name, nonce)
        try:
            self._key = self._kms.mac(self._team.digest_key or "", asked, min(now + PATIENCE, deadline - RESERVE / 2))
        except KmsError as error:
            self.missing, self._again = str(error), now + PAUSE
        else:
            self.nonce = nonce

    def of(self, route: str, id: str | None, body: dict[str, Any], taken: Sequence[memoryview] = ()) -> str | None:
        """Return the digest of a request, in hexadecimal digits, or None without a key.

        Parameters
        ----------
        route, id
            What was called; the id that the record has.
        body
            What was read of the body, and was not changed since.
        taken
            The long base64 that was cut out before.
        """
        if self.nonce is None:
            return None
        pieces = whole(_ordered(body).encode(), taken)
        message = b"".join((f"cloister-request-1\n{route}\n".encode(), *pieces, f"\n{id or ''}".encode()))
        return authenticated(self._key, message).hex()


def derivation(deployment: str, team: str, nonce: str) -> bytes:
    """Return what KMS is asked to authenticate, so that its answer is an environment's key.

    Examples
    --------
    >>> derivation("Cloister", "atlas", "0f")
    b'cloister digest key\\nCloister\\natlas\\n0f'
    """
    return "\n".join(("cloister digest key", deployment, team, nonce)).encode()
