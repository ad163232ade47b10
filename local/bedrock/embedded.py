"""The embedded AWS, as the stand-ins ask it: with the run's own key, once they have verified whoever asked them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from local import root
from local.keys import Key


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embedded AWS.

    Parameters
    ----------
    session
        Sends the requests.
    base
        Its base URL.
    region
        The Region.
    key
        The run's root key.
    """

    session: aiohttp.ClientSession
    base: str
    region: str
    key: Key

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        body: bytes = b"",
        kind: str = "",
        more: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """Send a request, and return its answer; None when there is none.

        Parameters
        ----------
        service
            The name of the service in the signature's scope, such as `s3`.
        path
            The path as it goes on the request line.
        kind
            The body's media type.
        more
            Headers besides.
        """
        url = f"{self.base}{path}"
        headers = {**({"Content-Type": kind} if kind else {}), **(more or {})}
        headers = root.sign(self.key, service, self.region, method, url, body, headers)
        try:
            asked = self.session.request(method, URL(url, encoded=True), data=body or None, headers=headers)
            async with asked as answer:
                return Answer(answer.status, await answer.read(), answer.content_type)
        except (TimeoutError, aiohttp.ClientError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole: status, body and media type."""

    status: int
    body: bytes
    kind: str
