"""What is sent: chat requests as clients make them, and API Gateway's events around them."""

from __future__ import annotations

import base64
import json
import random

from benchmarks.services import MODEL

__all__ = ["BIG", "chat", "event", "picture"]

#: Bytes of the large request: as near to the models' limit of 3.5 MB (3,670,016 bytes) as a client will go.
BIG = 3_600_000

_SYSTEM = (
    "You are the assistant of a company's engineers. Answer shortly and exactly, say what you do not know, and name "
    "the document that an answer rests on. Never guess a number. "
)
_QUESTION = (
    "Our service keeps a queue of jobs in a table. Two workers sometimes take the same job, though each marks it as "
    "taken before it begins. What is the usual reason for this, and what would you look at first? "
)


def chat(mark: str = "") -> bytes:
    """Return the body of a request of about 1 KB; a mark (`benchmarks.services.MARKS`) makes it one for a stream."""
    body: dict[str, object] = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": mark + _SYSTEM * 2},
            {"role": "user", "content": _QUESTION * 2},
        ],
        "max_completion_tokens": 400,
        "temperature": 0.2,
    }
    if mark:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(body).encode()


def picture(size: int = BIG) -> bytes:
    """Return the body of a request of about ``size`` bytes that holds an image (its bytes are noise)."""
    noise = random.Random(4).randbytes((size - 500) // 4 * 3)  # noqa: S311  # the same picture in every run
    url = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + noise[8:]).decode()
    content = [{"type": "text", "text": "What is on this picture?"}, {"type": "image_url", "image_url": {"url": url}}]
    return json.dumps({"model": MODEL, "messages": [{"role": "user", "content": content}]}).encode()


def event(body: bytes) -> bytes:
    """Return the event that API Gateway's REST API makes of a request."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "Host": "abcdef1234.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "OpenAI/Python 3.54.0",
        "X-Amz-Date": "20261123T120000Z",
        "X-Forwarded-For": "10.0.1.17",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "x-amz-security-token": "t" * 700,
        "x-amzn-vpce-id": "vpce-0123456789abcdef0",
        "x-stainless-lang": "python",
    }
    caller = "arn:aws:sts::123456789012:assumed-role/atlas-developer/someone"
    return json.dumps(
        {
            "resource": "/{proxy+}",
            "path": "/chat/completions",
            "httpMethod": "POST",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": "chat/completions"},
            "stageVariables": None,
            "requestContext": {
                "resourceId": "abc123",
                "resourcePath": "/{proxy+}",
                "httpMethod": "POST",
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "stage": "v1",
                "apiId": "abcdef1234",
                "accountId": "123456789012",
                "identity": {"sourceIp": "10.0.1.17", "userArn": caller, "accountId": "123456789012"},
                "responseTransferMode": "STREAM",
            },
            "body": body.decode(),
            "isBase64Encoded": False,
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
