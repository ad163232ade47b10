"""A request as API Gateway hands it over: the REST API's proxy event (payload format 1.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import binascii

from ..core.errors import BadRequestError
from ..core.jsontext import parse
from .splice import Body, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_UUID = [8, 4, 4, 4, 12]  # digits between its hyphens
_HEX = frozenset("0123456789abcdef-")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class Request:
    """What the proxy reads of an event.

    Attributes
    ----------
    method, path
        ``POST``, ``/chat/completions``; the stage is not part of the path.
    headers
        Names in lower case; the last value of a name that came twice.
    body
        What the client sent.
    principal
        ARN of the caller, as API Gateway authenticated it, or None.
    id
        API Gateway's request id, or None: a client may choose another by a header, and what is not of its form is none
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html).
    extended
        API Gateway's other id of it, which no client chooses, or None
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html).
    endpoint, address
        The interface endpoint that it came by, and the address that it came from, as the event has them.
    """

    __slots__ = ("address", "body", "endpoint", "extended", "headers", "id", "method", "path", "principal")

    def __init__(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: Body,
        principal: str | None,
        id: str | None,
        extended: str | None,
        endpoint: object,
        address: object,
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.principal = principal
        self.id = id
        self.extended = extended
        self.endpoint = endpoint
        self.address = address


def read(event: bytes | bytearray, *, whole: bool = False) -> Request:
    """Read the event of one invocation.

    Parameters
    ----------
    whole
        Whether nothing is to be cut out of the body.

    Raises
    ------
    BadRequestError
        If it is not such an event, or its body cannot be decoded.
    """
    taken: list[memoryview] = []
    if not whole:
        event, taken = cut(event)
    try:
        data = parse(event.decode())
    except (ValueError, RecursionError):
        data = None
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("httpMethod"), str)
        or not isinstance(data.get("path"), str)
    ):
        raise BadRequestError(
            "The function was invoked with something other than an API Gateway event.", code="not_http"
        )
    context = _mapping(data.get("requestContext"))
    given = _mapping(data.get("headers"))
    if {str}.issuperset(map(type, given.values())):
        headers: dict[str, str] = dict(zip(map(str.lower, given), given.values(), strict=True))
    else:
        headers = {name.lower(): value for name, value in given.items() if isinstance(value, str)}
    id, extended = context.get("requestId"), context.get("extendedRequestId")
    identity = _mapping(context.get("identity"))
    return Request(
        data["httpMethod"],
        data["path"],
        headers,
        Body(_body(data), taken),
        _principal(context),
        id if _is_uuid(id) else None,
        extended if _is_extended(extended) else None,
        identity.get("vpceId"),
        identity.get("sourceIp"),
    )


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and list(map(len, value.split("-"))) == _UUID and _HEX.issuperset(value)


def _is_extended(value: Any) -> bool:
    """Whether it is as API Gateway makes them: base64 for URLs that is filled up, as ``JKJaXmPLvHcESHA=``."""
    return isinstance(value, str) and len(value) <= 64 and value[-1:] == "=" and _BASE64.issuperset(value.rstrip("="))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _body(data: dict[str, Any]) -> bytes:
    body = data.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise BadRequestError("The body could not be read.", code="invalid_body")
    try:
        if data.get("isBase64Encoded") is True:
            return binascii.a2b_base64(body, strict_mode=True)
        return body.encode()
    except ValueError:
        raise BadRequestError("The body could not be decoded: it must be JSON in UTF-8.", code="invalid_body") from None


def _principal(context: dict[str, Any]) -> str | None:
    # The authorizer's word comes first: with it, the identity block is that of nobody.
    authorizer, identity = _mapping(context.get("authorizer")), _mapping(context.get("identity"))
    for found in (authorizer.get("principal"), identity.get("userArn")):
        if isinstance(found, str) and found:
            return found[:2048]
    return None
