"""Questions to the bedrock-mantle endpoint, for which botocore has no client: signed HTTPS with JSON.

What is asked and answered: https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from preflight.answers import NotAnsweredError

__all__ = ["Mantle", "Reply", "Transport"]

_CONNECT, _READ = 5, 20
# As botocore names them: of one service, and of all (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
_OWN, _ALL = "AWS_ENDPOINT_URL_BEDROCK_MANTLE", "AWS_ENDPOINT_URL"


Transport = Callable[[AWSPreparedRequest], tuple[int, bytes]]
"""Sends a signed request, and returns the status and the body of the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Parameters
    ----------
    status
        The HTTP status.
    body
        The JSON value; None when the body was none.
    """

    status: int
    body: Any

    def text(self, *names: str) -> str | None:
        """Return a text inside the body by the names that lead there; None when there is none.

        Examples
        --------
        >>> Reply(200, {"data_retention": {"mode": "none"}}).text("data_retention", "mode")
        'none'
        >>> Reply(200, ["none"]).text("mode")
        """
        found = self._find(names)
        return found if isinstance(found, str) else None

    def texts(self, *names: str) -> list[str] | None:
        """Return a list of texts inside the body; None when there is none.

        Examples
        --------
        >>> Reply(200, {"data_retention": {"allowed_modes": ["none"]}}).texts("data_retention", "allowed_modes")
        ['none']
        """
        found = self._find(names)
        return found if isinstance(found, list) and all(isinstance(item, str) for item in found) else None

    @property
    def said(self) -> str:
        """What the service says went wrong, in its own words; empty when it says nothing."""
        return (self.text("error", "message") or self.text("error") or self.text("message") or "")[:300]

    @property
    def is_absent(self) -> bool:
        """Whether bedrock-mantle itself says that there is no such thing; a bare 404 may be anybody's."""
        return self.status == 404 and isinstance(self._find(("error",)), dict)

    def _find(self, names: tuple[str, ...]) -> Any:
        found = self.body
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found


class Mantle:
    """The endpoint of a Region.

    Parameters
    ----------
    session
        The caller's credentials.
    region
        The Region.
    signing_name
        The service name in signatures.
    transport
        What sends a prepared request and returns status and body; botocore's own HTTP session when left out.
    """

    def __init__(
        self,
        session: boto3.Session,
        region: str,
        signing_name: str = "bedrock-mantle",
        transport: Transport | None = None,
    ) -> None:
        self._session = session
        self._region = region
        self._signing_name = signing_name
        self._host = f"bedrock-mantle.{region}.api.aws"
        self._transport = transport or self._over_https
        given = os.environ.get(_OWN) or os.environ.get(_ALL) or f"https://{self._host}"
        self._base = given.rstrip("/")
        # A stand-in for the endpoint answers for its name; what stands for all of AWS answers for its own.
        self._named = bool(os.environ.get(_OWN)) or not os.environ.get(_ALL)

    def send(self, action: str, method: str, path: str, body: Any = None) -> Reply:
        """Send one request and return its reply, whatever its status.

        Parameters
        ----------
        action
            The IAM action that allows it, for the message if nothing comes back.
        method, path, body
            The request; the body is sent as JSON.

        Raises
        ------
        NotAnsweredError
            Nothing came back, or there are no credentials.
        """
        try:
            credentials = self._session.get_credentials()
            if credentials is None:
                raise NotAnsweredError(action, "no credentials")
            headers = {"Accept": "application/json", **({"Host": self._host} if self._named else {})}
            data = None
            if body is not None:
                data = json.dumps(body).encode()
                headers["Content-Type"] = "application/json"
            request = AWSRequest(method, f"{self._base}{path}", headers=headers, data=data)
            SigV4Auth(credentials.get_frozen_credentials(), self._signing_name, self._region).add_auth(request)
            status, raw = self._transport(request.prepare())
        except BotoCoreError as error:
            raise NotAnsweredError(action, type(error).__name__) from None
        try:
            return Reply(status, json.loads(raw))
        except ValueError:
            return Reply(status, None)

    def _over_https(self, request: AWSPreparedRequest) -> tuple[int, bytes]:
        bundle = os.environ.get("AWS_CA_BUNDLE") or True
        proxies = {} if urlsplit(self._base).hostname == "127.0.0.1" else get_environ_proxies(self._base)
        session = URLLib3Session(verify=bundle, proxies=proxies, timeout=(_CONNECT, _READ))
        try:
            answer = session.send(request)
            return int(answer.status_code), bytes(answer.content)
        finally:
            session.close()
