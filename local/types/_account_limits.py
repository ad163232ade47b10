"""How many hosted zones an account may have, for `GetAccountLimit` of Route 53, which ministack does not answer.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetAccountLimit.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local.types import emulator

_SERVICE, _LIMIT = "route53", "MAX_HOSTED_ZONES_BY_OWNER"
_PATH = f"/2013-04-01/accountlimit/{_LIMIT}"
#: AWS's default (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html).
_MOST = 500

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, Mapping[str, str], bytes, Any], Awaitable[Answer]]


def add() -> None:
    """Have ministack's own handler answer this question too."""
    handlers = emulator.handlers()
    handlers[_SERVICE] = _limited(handlers[_SERVICE])


def _limited(answer: Handler) -> Handler:
    async def answered(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Answer:
        if path != _PATH:
            return await answer(method, path, headers, body, query)
        listed = await answer("GET", "/2013-04-01/hostedzone", headers, b"", {})
        count = listed[2].count(b"<HostedZone>")
        text = (
            '<GetAccountLimitResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
            f"<Limit><Type>{_LIMIT}</Type><Value>{_MOST}</Value></Limit><Count>{count}</Count></GetAccountLimitResponse>"
        )
        return 200, {"Content-Type": "text/xml"}, text.encode()

    return answered
