"""DynamoDB, as the proxies call it: verifies the caller, refuses what AWS refuses, then has the embedded AWS write.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html

The embedded AWS takes arithmetic in a ConditionExpression, which AWS refuses, and so it is here. What the caller's role
and the endpoint's policy allow is not looked at: the embedded AWS enforces neither.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.signatures import Received

KIND = "application/x-amz-json-1.0"
_TARGET = "DynamoDB_20120810.UpdateItem"
_PREFIX = "com.amazonaws.dynamodb.v20120810#"
# A name and a value, then another: with a sign between them it is arithmetic, which a condition has not
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html).
_ARITHMETIC = re.compile(r"[-+]")


def failure(status: int, retry_after: float | None) -> web.Response:
    """An answer that fails with this status."""
    kind = "ProvisionedThroughputExceededException" if status < 500 else "InternalServerError"
    made = error(status, kind, "set by the control")
    if retry_after is not None:
        made.headers["Retry-After"] = f"{retry_after:g}"
    return made


def wrong(body: bytes) -> str | None:
    """Say why AWS would refuse a write that the embedded AWS takes, None if nothing is known against it.

    Examples
    --------
    >>> wrong(b'{"ConditionExpression": "#c <= :room"}')
    >>> wrong(b'{"ConditionExpression": "#c + :n <= :limit"}')
    'Invalid ConditionExpression: Syntax error; token: "+"'
    """
    try:
        request: Any = json.loads(body)
    except ValueError:
        return None  # the embedded AWS says so itself
    condition = request.get("ConditionExpression") if isinstance(request, dict) else None
    found = _ARITHMETIC.search(condition) if isinstance(condition, str) else None
    return f'Invalid ConditionExpression: Syntax error; token: "{found[0]}"' if found else None


async def answer(request: Received, aws: Embedded) -> web.Response:
    """Write an item.

    Parameters
    ----------
    request
        A request to `dynamodb.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS.
    """
    if request.method != "POST" or request.target != "/" or request.header("x-amz-target") != _TARGET:
        return error(400, "UnknownOperationException", "this stand-in answers UpdateItem only")
    if refused := wrong(request.body):
        return error(400, "ValidationException", refused)
    found = await aws.ask("dynamodb", "POST", "/", request.body, KIND, {"X-Amz-Target": _TARGET})
    if found is None:
        return error(500, "InternalServerError", "the embedded AWS does not answer")
    return web.Response(status=found.status, body=found.body, content_type=KIND)


def error(status: int, code: str, message: str) -> web.Response:
    """An error of DynamoDB."""
    text = json.dumps({"__type": _PREFIX + code, "message": message})
    return web.Response(status=status, text=text, content_type=KIND)
