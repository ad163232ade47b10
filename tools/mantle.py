"""One signed call of bedrock-mantle's API for Projects, with a person's own credentials.

boto3 has no client for the service; its signer and its HTTP session do for one call. No function has this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session

__all__ = ["MantleError", "Send", "call", "over_https"]

_SECONDS = 10

Send = Callable[[AWSRequest], tuple[int, bytes]]
"""Sends a signed request, and returns the status and the body of the answer."""


class MantleError(Exception):
    """The service refused, or gave no answer that could be read; the text says which, and what to do."""


def over_https(request: AWSRequest) -> tuple[int, bytes]:
    """Send a request as botocore does, its proxies and certificates included.

    Raises
    ------
    MantleError
        When there is no answer.
    """
    try:
        answer = URLLib3Session(timeout=_SECONDS).send(request.prepare())
    except HTTPClientError as error:  # its texts name hosts, and no credentials
        raise MantleError(f"bedrock-mantle could not be reached: {error}") from None
    return answer.status_code, answer.content


def call(
    credentials: ReadOnlyCredentials,
    region: str,
    path: str,
    body: Mapping[str, Any],
    *,
    signing_name: str = "bedrock-mantle",
    send: Send = over_https,
) -> dict[str, Any]:
    """Post to the service, and return what it answers.

    Parameters
    ----------
    credentials
        A person's own.
    region
        The Region of the Projects.
    path
        Below the host, such as ``/v1/organization/projects``
        (https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html).
    body
        What is sent, as JSON.
    signing_name
        The service name in the signature, as in ``cloister.yaml``.
    send
        What sends the request.

    Raises
    ------
    MantleError
        When the answer is no success, or no JSON object.
    """
    request = AWSRequest(
        "POST",
        f"https://bedrock-mantle.{region}.api.aws{path}",
        headers={"content-type": "application/json"},
        data=json.dumps(dict(body)).encode(),
    )
    SigV4Auth(credentials, signing_name, region).add_auth(request)
    status, content = send(request)
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if status >= 300:
        raise MantleError(f"bedrock-mantle answered {status} to POST {path}: {_said(answer)}")
    if not isinstance(answer, dict):
        raise MantleError(f"bedrock-mantle answered {status} to POST {path}, and not with a JSON object")
    return answer


def _said(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return str(message)[:300] if message else "without a reason"
