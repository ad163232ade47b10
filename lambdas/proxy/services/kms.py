"""AWS KMS: a digest is signed, or a message authenticated, by a key that nobody has.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html,
https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
"""

from __future__ import annotations

import binascii
import json

from ..core.errors import DeadlineReachedError
from ..core.jsontext import compact
from ..http.client import HttpError
from .call import Call, Service, Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.team import Team
    from ..http.client import Client
    from .credentials import Credentials

TERMS = Terms(read_timeout=1.5, longest_retry_after=0.2, attempts=2)
#: What the keys of the deployment sign with: ECC_NIST_P256.
ALGORITHM = "ECDSA_SHA_256"
#: And what they authenticate with: HMAC_256.
MAC_ALGORITHM = "HMAC_SHA_256"
_ANSWER_LIMIT = 64 * 1024
_MAC = 32  # bytes


class KmsError(Exception):
    """KMS did not do it; the message is a code for the log, such as ``kms_403`` or ``kms_timeout``."""


class Kms:
    """AWS KMS, as the team's function reaches it.

    Parameters
    ----------
    client
        Of its own: it is used when the process is ended, whatever another is in the middle of.
    """

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._service = Service(client, credentials, team.region, "kms", TERMS)
        self._host = team.kms_host

    def sign(self, key: str, digest: bytes, deadline: float) -> str:
        """Return the signature of a SHA-256 digest: DER, in base64.

        Parameters
        ----------
        key
            ARN of the key.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        KmsError
        """
        message = binascii.b2a_base64(digest, newline=False).decode()
        asked = {"KeyId": key, "Message": message, "MessageType": "DIGEST", "SigningAlgorithm": ALGORITHM}
        return self._ask("Sign", asked, "Signature", deadline)

    def mac(self, key: str, message: bytes, deadline: float) -> bytes:
        """Return the HMAC-SHA-256 of a message, of 4,096 bytes at the most.

        Parameters
        ----------
        key
            ARN of the key.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        KmsError
        """
        text = binascii.b2a_base64(message, newline=False).decode()
        asked = {"KeyId": key, "Message": text, "MacAlgorithm": MAC_ALGORITHM}
        made = binascii.a2b_base64(self._ask("GenerateMac", asked, "Mac", deadline))
        if len(made) != _MAC:
            raise KmsError("kms_answer")
        return made

    def _ask(self, action: str, asked: dict[str, str], wanted: str, deadline: float) -> str:
        headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", f"TrentService.{action}")]
        body = compact(asked).encode()
        try:
            response, data = self._service.send(
                "POST", self._host, "/", headers, body, call=Call(), deadline=deadline, limit=_ANSWER_LIMIT
            )
        except HttpError as error:
            raise KmsError(f"kms_{error.kind}") from None
        except DeadlineReachedError:
            raise KmsError("kms_deadline") from None
        if response.status != 200:
            response.close()
            raise KmsError(f"kms_{response.status}")
        return _text(data, wanted)


def _text(data: bytes, name: str) -> str:
    try:
        answer: Any = json.loads(data)
        found = answer[name]
        binascii.a2b_base64(found, strict_mode=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KmsError("kms_answer") from None
    return str(found)
