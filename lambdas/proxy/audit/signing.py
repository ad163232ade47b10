"""The last line of a chain, signed by a key of AWS KMS: now and then, when nobody waits for it.

A signature is over the hash of the last line, so over all lines before it. It is made after a reply has ended: of the
first request, after `LINES` lines, and when the last one is `SECONDS` old; and when the process is ended. So a process
that is killed leaves at most `LINES` lines, and those of the request that it was answering, without a signature.

Each costs 0.000015 USD (https://aws.amazon.com/kms/pricing/: asymmetric keys but RSA 2048, 10,000 requests) and the few
milliseconds of a call, which the caller does not wait for.
"""

from __future__ import annotations

import time

from ..core.digest import sha256
from ..services.kms import ALGORITHM, KmsError
from .log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.team import Team
    from ..services.kms import Kms

#: Lines, and seconds, after which another signature is due.
LINES, SECONDS = 20, 30.0
#: Seconds that a signature may take, and those that are left of the function's time when it is not begun.
PATIENCE, RESERVE = 2.0, 0.5
#: Seconds for the last one: a function without extensions that Lambda tells it to ends has 0.5
#: (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown).
LAST_PATIENCE = 0.35
_METRICS = (
    '"SigningErrors":1,"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"Cloister","Dimensions":'
    '[["deployment","team"]],"Metrics":[{"Name":"SigningErrors","Unit":"Count"}]}]}'
)


class Signing:
    """Signs the chain of this environment.

    Parameters
    ----------
    log
        Whose last line is signed.
    team
        Names the key and whose chain it is.
    kms
        Signs.
    whose
        Deployment, team, version of the function, and the log stream that it writes to.
    """

    def __init__(self, log: Log, team: Team, kms: Kms, whose: dict[str, str]) -> None:
        self._log = log
        self._kms = kms
        self._key = team.signing_key or ""
        self._whose = whose
        self._signed = -1  # number of the last line that a signature covers
        self._next = 0.0  # monotonic time at which one is due, whatever has been written
        self._again = 0.0  # and before which none is tried, after one that failed
        self._signing = False

    def settle(self, deadline: float) -> None:
        """Sign if a signature is due; nothing is raised for want of one.

        Parameters
        ----------
        deadline
            Monotonic time at which the function's own time ends.
        """
        now = time.monotonic()
        lines = self._log.seq - self._signed
        if lines <= 0 or (lines < LINES and now < self._next) or now < self._again or deadline - now < RESERVE:
            return
        self._sign(min(now + PATIENCE, deadline - RESERVE / 2))

    def end(self) -> None:
        """Write that the chain ends, and sign that, unless a signature is being made."""
        if not self._signing:
            self._log.say("end", {**self._whose, "reason": "terminated"})
            self._sign(time.monotonic() + LAST_PATIENCE)

    def _sign(self, deadline: float) -> None:
        self._signing = True
        seq, hash = self._log.seq, self._log.hash
        statement = said(self._whose, self._log.id, self._log.start, seq, hash)
        try:
            signature = self._kms.sign(self._key, sha256(statement).digest(), deadline)
        except KmsError as error:
            self._failed(seq, str(error))
        else:
            head = {
                **self._whose,
                "start": self._log.start,
                "signed": {"seq": seq, "hash": hash},
                "key": self._key,
                "algorithm": ALGORITHM,
                "signature": signature,
            }
            self._log.say("head", head)
            self._signed = seq + 1  # the head itself says nothing that is not signed
            self._next = time.monotonic() + SECONDS
        finally:
            self._signing = False

    def _failed(self, seq: int, reason: str) -> None:
        self._again = time.monotonic() + SECONDS
        fields = {**self._whose, "reason": reason, "lines": seq - self._signed}
        self._log.say("unsigned", fields, _METRICS % int(time.time() * 1000))


def said(whose: dict[str, str], id: str, start: str, seq: int, hash: str) -> bytes:
    """Return what is signed: whose chain it is, which, how it began, and its last line.

    Examples
    --------
    >>> whose = {"deployment": "Cloister", "team": "atlas", "function_version": "1", "log_stream": "2026/11/28/[1]ab"}
    >>> said(whose, "0f", "1e", 4, "2d").decode().split("\\n")
    ['cloister-chain-1', 'Cloister', 'atlas', '1', '2026/11/28/[1]ab', '0f', '1e', '4', '2d']
    """
    names = ("deployment", "team", "function_version", "log_stream")
    return "\n".join(("cloister-chain-1", *(whose[name] for name in names), id, start, str(seq), hash)).encode()
