"""Reads the form in which a function streams an HTTP response: metadata as JSON, eight NUL bytes, the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

DELIMITER = bytes(8)
FURTHEST = 16 * 1024
"""The delimiter must come within the first 16 KB."""


class MalformedError(Exception):
    """The function's response is not in that form."""


@dataclass(frozen=True, slots=True)
class Prelude:
    """Status and headers of a response."""

    status: int
    headers: tuple[tuple[str, str], ...]


async def read(pieces: AsyncIterator[bytes]) -> tuple[Prelude, bytes]:
    """Read the metadata, and give it with the body's bytes that have come with it.

    Raises
    ------
    MalformedError
        When there is no delimiter in time, or no valid metadata before it.
    """
    start = b""
    async for piece in pieces:
        start += piece
        place = start.find(DELIMITER)
        if 0 <= place <= FURTHEST - len(DELIMITER):
            return parse(start[:place]), start[place + len(DELIMITER) :]
        if len(start) >= FURTHEST:
            break
    raise MalformedError("no delimiter of eight NUL bytes in the first 16 KB")


def parse(metadata: bytes) -> Prelude:
    """Parse the metadata: `statusCode`, `headers`, `multiValueHeaders`, `cookies`, and nothing else."""
    try:
        found = json.loads(metadata)
    except ValueError:
        raise MalformedError("the metadata is not JSON") from None
    known = {"statusCode", "headers", "multiValueHeaders", "cookies"}
    if not isinstance(found, dict) or not found.keys() <= known:
        raise MalformedError(f"the metadata is not an object with {', '.join(sorted(known))} only")
    status = found.get("statusCode", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise MalformedError("statusCode is not an HTTP status")
    headers: list[tuple[str, str]] = []
    for name, values in (found.get("multiValueHeaders") or {}).items():
        headers += [(str(name), str(value)) for value in values]
    several = {name.lower() for name, _ in headers}
    headers += [(str(n), str(v)) for n, v in (found.get("headers") or {}).items() if str(n).lower() not in several]
    headers += [("Set-Cookie", str(cookie)) for cookie in found.get("cookies") or []]
    return Prelude(status, tuple(headers))
