"""What is asked of Route 53 Resolver, which ministack has not: the configurations that record queries.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListResolverQueryLogConfigs.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.types import _resolver, emulator, query_logging_config

_SERVICE = "route53resolver"
_TARGET = "Route53Resolver.ListResolverQueryLogConfigs"

Answer = tuple[int, dict[str, str], bytes]


def add() -> None:
    """Have ministack answer the one question, and refuse others by their name.

    Raises
    ------
    RuntimeError
        ministack has the service now.
    """
    handlers = emulator.handlers()
    if _SERVICE in handlers:
        raise RuntimeError(f"ministack {emulator.VERSION} has {_SERVICE} already; remove {__name__}")
    handlers[_SERVICE] = _answer


async def _answer(_method: str, _path: str, headers: Mapping[str, str], _body: bytes, _query: Any) -> Answer:
    target = headers.get("x-amz-target", "")
    kind = {"Content-Type": "application/x-amz-json-1.1"}
    if target != _TARGET:
        said = f"the embedded AWS answers {_TARGET} of {_SERVICE}, and no other question"
        return 400, kind, json.dumps({"__type": "UnknownOperationException", "message": said}).encode()
    configs = [
        {"Id": made["Id"], "Arn": made["Arn"], "Name": made.get("Name"), "DestinationArn": made.get("DestinationArn")}
        for made in _resolver.every(query_logging_config.PREFIX)
    ]
    answer = {"ResolverQueryLogConfigs": configs, "TotalCount": len(configs), "TotalFilteredCount": len(configs)}
    return 200, kind, json.dumps(answer).encode()
