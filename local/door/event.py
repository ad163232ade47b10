"""The events that API Gateway makes of a request: for the proxy integration, and for a REQUEST authorizer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.door.deployed import Api
from local.keys import Key
from local.signatures import Received

# What concerns one connection only does not reach the function.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "te", "upgrade"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an API.

    Parameters
    ----------
    api
        The API.
    request
        As it came in from the network.
    path
        Path below the stage, such as `/chat/completions`, undecoded.
    """

    api: Api
    request: Received
    path: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended: str = field(default_factory=lambda: base64.urlsafe_b64encode(os.urandom(11)).decode())

    @property
    def arn(self) -> str:
        """The method ARN."""
        return self.api.arn(self.request.method, self.path)


def context(call: Call, key: Key | None) -> dict[str, Any]:
    """The request context; `key` is the caller's, for signed requests."""
    api, now = call.api, time.time()
    identity = {
        "accessKey": key.access_key if key else None,
        "accountId": key.account if key else None,
        "caller": key.user_id if key else None,
        "sourceIp": "127.0.0.1",
        "user": key.user_id if key else None,
        "userAgent": call.request.header("user-agent"),
        "userArn": key.arn if key else None,
        "vpceId": api.endpoint or None,
    }
    return {
        "accountId": api.account,
        "apiId": api.id,
        "domainName": api.domain,
        "domainPrefix": api.id,
        "extendedRequestId": call.extended,
        "httpMethod": call.request.method,
        "identity": identity,
        "path": f"/{api.stage}{call.path}",
        "protocol": "HTTP/1.1",
        "requestId": call.id,
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": api.resource_id,
        "resourcePath": api.resource_path,
        "stage": api.stage,
    }


def _common(call: Call) -> dict[str, Any]:
    headers = [(name, value) for name, value in call.request.headers if name.lower() not in {*_HOP, "host"}]
    headers += [
        ("Host", call.api.domain),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]
    query = parse_qsl(call.request.target.partition("?")[2], keep_blank_values=True)
    return {
        "resource": call.api.resource_path,
        "path": call.path,
        "httpMethod": call.request.method,
        "headers": dict(headers),
        "multiValueHeaders": _lists(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _lists(query) or None,
        "pathParameters": {"proxy": call.path.lstrip("/")},
        "stageVariables": None,
    }


def _lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def proxy(call: Call, key: Key | None, authorizer: Mapping[str, str] | None) -> bytes:
    """The proxy integration's event, as JSON.

    Parameters
    ----------
    key
        The caller's, for signed requests.
    authorizer
        What the authorizer said: its context, with `principalId`.
    """
    around = context(call, key)
    if authorizer is not None:
        around["authorizer"] = dict(authorizer)
    body = call.request.body
    binary = bool(body) and is_binary(call.request.header("content-type"), call.api.binary)
    # A body that is not declared binary is handed over as text, and what is not UTF-8 in it is damaged.
    text = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace") if body else None
    event = {**_common(call), "requestContext": around, "body": text, "isBase64Encoded": binary}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def authorizer(call: Call) -> bytes:
    """The REQUEST authorizer's event, as JSON: no body, and the method's ARN."""
    event = {"type": "REQUEST", "methodArn": call.arn, **_common(call), "requestContext": context(call, None)}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def is_binary(media_type: str | None, declared: tuple[str, ...]) -> bool:
    """Whether a media type matches one of the API's binary media types, which may end in `/*`."""
    plain = (media_type or "").partition(";")[0].strip().lower()
    if not plain:
        return False
    kinds = [kind.lower() for kind in declared]
    return any(kind in ("*/*", plain) or (kind.endswith("/*") and plain.startswith(kind[:-1])) for kind in kinds)
