"""An empty function: what the stock runtime client costs by itself."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer at once, in API Gateway's form."""
    del event, context
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{}"}
