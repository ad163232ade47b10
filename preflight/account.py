"""The account and Region that are looked at: questions to AWS, each asked once, none that changes anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from preflight import rights
from preflight.answers import NotAnsweredError
from preflight.mantle import Mantle, Reply

__all__ = ["Account", "code_of"]

# A question that has no answer by then is one that could not be asked. Two attempts: a throttled question is worth
# asking again, a service that is down is not.
_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})
_REFUSALS = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403"}
)


def code_of(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


class Account:
    """Questions to one account in one Region, with the caller's own credentials.

    The same question is asked once, whoever asks it and from whichever thread. A question that is not in
    `preflight.rights.CALLS` is a mistake of the code, not of the account, and is refused before it is sent.

    Parameters
    ----------
    session
        The caller's credentials.
    region
        The Region.
    mantle
        The bedrock-mantle endpoint, for which botocore has no client; that of the Region when left out.

    Example
    -------
    >>> account = Account(boto3.Session(aws_access_key_id="A", aws_secret_access_key="S"), "us-east-1")
    >>> account.ask("s3", "DeleteBucket", Bucket="acme")
    Traceback (most recent call last):
    LookupError: s3 DeleteBucket is not in preflight/rights.py, so docs/preflight-policy.json does not allow it
    """

    def __init__(self, session: boto3.Session, region: str, mantle: Mantle | None = None) -> None:
        self.region = region
        self._session = session
        self._mantle = mantle or Mantle(session, region)
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._asked: dict[str, Future[Any]] = {}

    def ask(self, service: str, operation: str, *, absent: Collection[str] = (), **parameters: Any) -> Any:
        """Return the answer to one question, None if what it is about does not exist.

        Parameters
        ----------
        service, operation
            As botocore names them: ``ec2``, ``DescribeVpcs``.
        absent
            The error codes by which AWS says that there is no such thing.
        parameters
            The question's own.

        Raises
        ------
        NotAnsweredError
            It was refused, or failed.
        LookupError
            It is not among the questions that a preflight may ask.
        """
        name = rights.action(service, operation)
        return self._once(
            f"{service} {operation} {json.dumps(parameters, sort_keys=True)} {sorted(absent)}",
            lambda: self._call(name, service, operation, frozenset(absent), parameters),
        )

    def all(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return what all pages of an answer list under a key.

        Parameters
        ----------
        service, operation, parameters
            As for `ask`.
        key
            The member of the answer that holds the list.

        Raises
        ------
        NotAnsweredError, LookupError
            As `ask` does.
        """
        name = rights.action(service, operation)
        found: list[Any] = self._once(
            f"{service} {operation} {json.dumps(parameters, sort_keys=True)} all",
            lambda: self._pages(name, service, operation, key, parameters),
        )
        return found

    def mantle(self, operation: str, method: str, path: str, body: Any = None) -> Reply:
        """Return the reply of bedrock-mantle, whatever its status.

        Parameters
        ----------
        operation
            The operation as IAM names it, such as ``GetModel``.
        method, path, body
            The HTTP request; the body is sent as JSON.

        Raises
        ------
        NotAnsweredError
            Nothing came back.
        LookupError
            As `ask` does.
        """
        name = rights.action("bedrock-mantle", operation)
        reply: Reply = self._once(
            f"mantle {method} {path} {json.dumps(body)}", lambda: self._mantle.send(name, method, path, body)
        )
        return reply

    def _once(self, question: str, answer: Callable[[], Any]) -> Any:
        with self._lock:
            known = self._asked.get(question)
            if known is None:
                mine: Future[Any] = Future()
                self._asked[question] = mine
        if known is not None:
            return known.result()
        try:
            mine.set_result(answer())
        except BaseException as error:
            mine.set_exception(error)
        return mine.result()

    def _client(self, service: str) -> Any:
        # Making a client is not safe in several threads at once, using one is
        # (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients).
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service, region_name=self.region, config=_CONFIG)
            return self._clients[service]

    def _call(self, name: str, service: str, operation: str, absent: frozenset[str], parameters: dict[str, Any]) -> Any:
        try:
            return getattr(self._client(service), xform_name(operation))(**parameters)
        except ClientError as error:
            if code_of(error) in absent:
                return None
            raise _unanswered(name, error) from None
        except BotoCoreError as error:
            raise NotAnsweredError(name, type(error).__name__) from None

    def _pages(self, name: str, service: str, operation: str, key: str, parameters: dict[str, Any]) -> list[Any]:
        try:
            client = self._client(service)
            if not client.can_paginate(xform_name(operation)):
                return _by_token(getattr(client, xform_name(operation)), key, parameters)
            pages = client.get_paginator(xform_name(operation)).paginate(**parameters)
            return [item for page in pages for item in page.get(key, ())]
        except ClientError as error:
            raise _unanswered(name, error) from None
        except BotoCoreError as error:
            raise NotAnsweredError(name, type(error).__name__) from None


def _by_token(ask: Callable[..., Any], key: str, parameters: dict[str, Any]) -> list[Any]:
    """Follow ``NextToken`` of an operation that botocore knows no paginator for."""
    found: list[Any] = []
    token: dict[str, Any] = {}
    while True:
        page = ask(**parameters, **token)
        found += page.get(key, ())
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def _unanswered(name: str, error: ClientError) -> NotAnsweredError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return NotAnsweredError(name, code_of(error), is_refused=code_of(error) in _REFUSALS or status == 403)
