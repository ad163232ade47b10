"""The relay's calls of the team's API, on connections that are kept; answers are handed out as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import HTTPError  # botocore's own HTTP library

from .refusals import RefusedError

__all__ = ["Answer", "BrokenOffError", "Upstream"]

_CONNECT_SECONDS, _SILENT_SECONDS = 10, 320  # API Gateway ends what is silent for 300
_AT_ONCE = 64
_PIECE = 65_536
#: What is about one connection, and what a browser would act on.
_KEPT_BACK = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "set-cookie"}
)


class BrokenOffError(Exception):
    """The answer ended before its end."""


class Answer:
    """An answer whose head has come."""

    def __init__(self, given: object) -> None:
        self._given: object = given
        self.status: int = given.status_code  # type: ignore[attr-defined]
        self._raw = given.raw  # type: ignore[attr-defined]
        headers = [(str(name), str(value)) for name, value in given.headers.items()]  # type: ignore[attr-defined]
        self.headers = [
            (name, value)
            for name, value in headers
            if name.lower() not in _KEPT_BACK and not name.lower().startswith("access-control-")
        ]

    def pieces(self) -> Iterator[bytes]:
        """Give the body as it comes, whole.

        Raises
        ------
        BrokenOffError
            It ended before its end, or nothing came for too long.
        """
        try:
            yield from self._raw.stream(_PIECE, decode_content=False)
        except (HTTPError, OSError):
            raise BrokenOffError from None

    def close(self) -> None:
        """Leave; the API sees it when the answer has not ended."""
        self._raw.close()


class Upstream:
    """The team's API."""

    def __init__(self) -> None:
        timeout = (_CONNECT_SECONDS, _SILENT_SECONDS)
        # No proxy: a private API is reached by the network's own way. The bundle is AWS_CA_BUNDLE's, else botocore's.
        self._session = URLLib3Session(timeout=timeout, max_pool_connections=_AT_ONCE)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and wait for the head of its answer.

        Raises
        ------
        RefusedError
            None came.
        """
        request = AWSPreparedRequest(method, url, dict(headers), body or None, stream_output=True)
        try:
            answer = Answer(self._session.send(request))
        except (ConnectTimeoutError, EndpointConnectionError, SSLError) as error:
            raise RefusedError(
                502,
                "api_unreachable",
                f"the team's API cannot be reached ({type(error).__name__}): is this machine in a network that "
                "leads to the private API, and does its name resolve there?",
            ) from None
        except ReadTimeoutError:
            text = f"the team's API took the request and said nothing for {_SILENT_SECONDS} seconds"
            raise RefusedError(504, "api_silent", text, retry=False) from None
        except (BotoCoreError, HTTPClientError, OSError) as error:
            text = f"the connection to the team's API ended without an answer ({type(error).__name__})"
            raise RefusedError(502, "api_unreachable", text) from None
        if 300 <= answer.status < 400:
            answer.close()
            raise RefusedError(502, "api_redirects", "the team's API answered with a redirect, which is not followed")
        return answer
