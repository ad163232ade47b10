"""Images that lie in S3: fetched once, before anybody is shown anything, so that what is guarded is what is sent.

The bytes that come are put into the request as if the caller had sent them. The function's own role reads them; nobody
else needs a right to the bucket, and whatever becomes of the object later changes nothing. The host is made of the
team's own settings. No answer of S3's is quoted, and no redirect followed.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from binascii import b2a_base64

from ..core.address import target
from ..core.errors import StorageUnavailableError, TooLargeError
from ..http.client import HttpError
from ..request import images
from ..request.check import unsupported
from .call import BUSY, FAULTS, Call, Service, Terms
from .together import together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.address import Address
    from ..core.team import Team
    from ..http.client import Client
    from ..request.images import Image
    from .credentials import Credentials


# A silence is tried again; an answer that breaks HTTP's rules, or is too large, would come again. 503 is also how S3
# throttles: SlowDown.
TERMS = Terms(read_timeout=10.0, longest_retry_after=2.0, faults=FAULTS - {"protocol", "too_large"})


class Objects:
    """The buckets that the team may name, as the function reaches them."""

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._service = Service(client, credentials, team.region, "s3", TERMS)
        self._region = team.region
        self._hosts = {bucket: f"{bucket}.s3.{team.region}.amazonaws.com" for bucket, _ in team.images}

    def fetch(self, shown: Sequence[Image], limit: int, deadline: float) -> int:
        """Fetch the objects that are among some images, each once, and let the images show them.

        Parameters
        ----------
        shown
            Images of a request. Their addresses are such as the team may name: no other bucket has a host here.
        limit
            Bytes that they may add to the request, as data URLs.
        deadline
            Monotonic time in seconds.

        Returns
        -------
        int
            How many objects were fetched.

        Raises
        ------
        BadRequestError
            If an object cannot be read, or is no image.
        TooLargeError
            If they are too large together.
        StorageUnavailableError, DeadlineReachedError
        """
        groups: dict[Address, list[Image]] = {}
        for image in shown:
            if image.address is not None:
                groups.setdefault(image.address, []).append(image)
        taken: list[int] = []
        jobs = []
        for address, group in groups.items():
            jobs.append(lambda address=address, group=group: self._one(address, group, taken, limit, deadline))
        together(jobs)
        return len(groups)

    def _one(self, address: Address, group: list[Image], taken: list[int], limit: int, deadline: float) -> None:
        """Fetch the object that some images are; ``taken`` holds what others take of the limit, and grows."""
        path = group[0].path
        # Each of them stands in the request whole: so much is left for one, less what stands before its base64.
        left = (limit - sum(taken)) // len(group) - images.LONGEST_HEAD
        data = self._read(address, path, max(0, left // 4 * 3), deadline)
        if data is not None:
            format = images.sniff_format(data)
            if format is None:
                raise unsupported(path, "is an object that is neither PNG nor JPEG.", code="unsupported_image_format")
            encoded = b2a_base64(data, newline=False)
            for image in group:
                image.show(format, encoded)
                taken.append(images.LONGEST_HEAD + len(encoded))
        if data is None or sum(taken) > limit:
            raise TooLargeError(
                f"With {path} the request is over what the model takes; its images count in base64, which is a third "
                "more than their bytes. Smaller images are the usual remedy.",
                code="request_too_large",
                param=path,
            )

    def _read(self, address: Address, param: str, most: int, deadline: float) -> bytes | None:
        """Return an object's bytes, or None if they are more than there may be."""
        host, path = self._hosts[address[0]], target(address[1])
        try:
            response, data = self._service.send("GET", host, path, (), b"", call=Call(), deadline=deadline, limit=most)
        except HttpError as error:
            if error.kind == "too_large":
                return None
        else:
            if response.status == 200:
                return data
            if 300 <= response.status < 500 and response.status not in BUSY:
                # A role that may not list a bucket hears 403, and no 404, of what is not there. Of a bucket of another
                # Region it hears 301, 307 or, in newer Regions, 400:
                # https://docs.aws.amazon.com/AmazonS3/latest/API/UsingRouting.html
                raise unsupported(
                    param,
                    f"is not given to the proxy by S3 in {self._region} (HTTP {response.status}): "
                    + (
                        "its bucket is in another Region, and no redirect is followed."
                        if response.status < 400
                        else "the object is not there, its bucket is in another Region, or the bucket or the "
                        "key that it is encrypted with does not let the proxy's role read it."
                    ),
                    code="image_unavailable",
                )
        raise StorageUnavailableError(
            f"{param} could not be fetched from S3. Try again.",
            code="image_storage_unavailable",
            param=param,
            headers=[("Retry-After", "2")],
        )
