"""Ask AWS STS who presigned a request."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from typing import Any

from .refusal import RefusedError, UndecidedError
from .token import Presigned

__all__ = ["DEADLINE", "caller_arn"]

DEADLINE = 5.0  # seconds for everything
_LARGEST = 16_384  # bytes; an answer has about 400

# Made when the environment starts, since reading the trust store costs more than the call's own handshake.
_TLS = ssl.create_default_context()


def caller_arn(presigned: Presigned, api_id: str, deadline: float = DEADLINE) -> tuple[str, str]:
    """Return the ARN and the account of whoever presigned the request.

    Parameters
    ----------
    presigned
        The request.
    api_id
        The API that is being called. The request is signed over this header, so a token made for another API is one
        whose signature is wrong.
    deadline
        Seconds until it is given up.

    Raises
    ------
    RefusedError
        When AWS STS refuses the signature.
    UndecidedError
        When it gives no usable answer.
    """
    # STS writes JSON to whoever accepts nothing else, as AWS's own authenticator for Kubernetes relies on too
    # (https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go).
    status, body = _get(presigned, {"Accept": "application/json", "x-cloister-api": api_id}, deadline)
    if status == http.HTTPStatus.OK:
        return _identity(body)
    # Throttling is a 400 in the query protocol that AWS STS speaks
    # (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html).
    if status in (400, 401, 403) and b"Throttl" not in body:
        raise RefusedError("sts_refused")
    raise UndecidedError(f"sts_status_{status}")


def _get(presigned: Presigned, headers: dict[str, str], deadline: float) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(presigned.host, 443, timeout=deadline, context=_TLS)
    late = threading.Event()
    try:
        connection.connect()
        # A socket's timeout starts anew with every byte; this ends a slow answer as a whole.
        watch = threading.Timer(deadline, _cut, (connection.sock, late))
        watch.daemon = True
        watch.start()
        try:
            # http.client follows no redirect and knows no proxy.
            connection.request("GET", presigned.target, headers=headers)
            with connection.getresponse() as response:
                status, body, missing = response.status, response.read(_LARGEST + 1), response.length
        finally:
            watch.cancel()
    # Nothing is chained and nothing quoted: http.client puts what it sent or read into its messages.
    except ssl.SSLCertVerificationError:
        raise UndecidedError("sts_certificate") from None
    except (OSError, ValueError, http.client.HTTPException):
        raise UndecidedError("sts_too_slow" if late.is_set() else "sts_unreachable") from None
    finally:
        connection.close()
    if late.is_set():
        raise UndecidedError("sts_too_slow")
    if len(body) > _LARGEST:
        raise UndecidedError("sts_answer_too_large")
    if missing:  # bytes that were announced and did not come: read() with a limit does not tell
        raise UndecidedError("sts_answer_cut")
    return status, body


def _cut(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):  # the answer came in this very moment
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _identity(body: bytes) -> tuple[str, str]:
    try:
        answer: Any = json.loads(body)
        result = answer["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
        arn, account = result["Arn"], result["Account"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UndecidedError("sts_answer_unreadable") from None
    if not isinstance(arn, str) or not isinstance(account, str):
        raise UndecidedError("sts_answer_unreadable")
    return arn, account
