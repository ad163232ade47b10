"""The archive of a team's prompts and answers: an object is put into its bucket, which the function cannot read.

S3 encrypts it with the bucket's own key, and Object Lock keeps it: a put into such a bucket needs a checksum beside the
digest that is signed (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). The same key again is another version: an object
that was archived stays as it was.
"""

from __future__ import annotations

import time
from binascii import b2a_base64
from hashlib import sha256

from ..core.errors import DeadlineReachedError
from ..http.client import HttpError
from .call import FAULTS, Call, Service, Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..http.client import Client
    from .credentials import Credentials

#: A put that was heard and not answered is made again: that is a second version with the same bytes.
TERMS = Terms(read_timeout=5.0, longest_retry_after=1.0, faults=FAULTS - {"protocol", "too_large"})
#: Seconds that one object may take, its attempts together.
LONGEST = 10.0
_ANSWER_LIMIT = 64 * 1024


class Archive:
    """The bucket of a team, as the function reaches it.

    Parameters
    ----------
    bucket
        Its name.
    on_failure
        ``record`` or ``refuse``.
    region
        The Region that both are in.

    Attributes
    ----------
    refuses
        Whether nothing is released that could not be archived.
    """

    def __init__(self, client: Client, bucket: str, on_failure: str, region: str, credentials: Credentials) -> None:
        self._service = Service(client, credentials, region, "s3", TERMS)
        self._host = f"{bucket}.s3.{region}.amazonaws.com"
        self.refuses = on_failure == "refuse"

    def warm(self) -> None:
        """Open a connection ahead of the first request."""
        self._service.warm(self._host)

    def put(self, key: str, body: Sequence[bytes | memoryview], deadline: float) -> bool:
        """Write an object; return whether S3 has it.

        Parameters
        ----------
        key
            Letters, digits, hyphens, dots and slashes.
        body
            Its bytes, in pieces.
        deadline
            Monotonic time in seconds; the archive's own `LONGEST` holds too.
        """
        digest = sha256()
        for piece in body:
            digest.update(piece)
        checksum = b2a_base64(digest.digest(), newline=False).decode()
        headers = [("content-type", "application/json"), ("x-amz-checksum-sha256", checksum)]
        until = min(deadline, time.monotonic() + LONGEST)
        try:
            response, _ = self._service.send(
                "PUT", self._host, f"/{key}", headers, body, call=Call(), deadline=until, limit=_ANSWER_LIMIT
            )
        except (HttpError, DeadlineReachedError):
            return False
        if response.status != 200:
            response.close()
        return response.status == 200
