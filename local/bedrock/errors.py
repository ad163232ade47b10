"""Errors in the three dialects that the endpoints speak: OpenAI's on mantle, JSON on the runtime, XML on STS."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from aiohttp import web


class RejectedError(Exception):
    """A request that mantle answers with OpenAI's error object.

    Parameters
    ----------
    status
        The HTTP status.
    code, message, param, kind
        The object's `code`, `message`, `param` and `type`.
    retry_after
        Seconds for a Retry-After header, or None for none.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        kind: str = "invalid_request_error",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.body = {"error": {"code": code, "message": message, "param": param, "type": kind}}
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """The error as an HTTP response."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return web.json_response(self.body, status=self.status, headers=headers)


def aws_json(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error of an AWS service that speaks REST-JSON."""
    shown = {"x-amzn-ErrorType": code, "x-amzn-RequestId": str(uuid.uuid4()), **(headers or {})}
    return web.json_response({"message": message}, status=status, headers=shown)


def sts_xml(status: int, code: str, message: str) -> web.Response:
    """An error of STS, which speaks XML whatever the caller accepts."""
    text = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return web.Response(status=status, text=text, content_type="text/xml")


def dumps(value: object) -> str:
    """Compact JSON, as the service writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
